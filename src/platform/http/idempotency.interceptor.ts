import { isDeepStrictEqual } from 'node:util';
import { type CallHandler, type ExecutionContext, type NestInterceptor, StreamableFile } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { from, lastValueFrom, map } from 'rxjs';
import { z } from 'zod';
import { TenantryError } from '../errors.js';
import { identityOf, keyOf } from '../idempotency/idempotency-key.js';
import type { IdempotentAnswer, IdempotentRequests, KeyedRequest } from '../idempotency/idempotent-requests.service.js';
import type { KeptAnswer } from '../idempotency/kept-answer.js';
import { currentContext } from '../request-context.js';
import { etagHeader } from './etag.js';
import { parseInput } from './parse-input.js';
import type { RouteDefinition } from './route.js';
import { Answer, statusesOf } from './route.js';
import { keepInput, routeMetadata } from './route.decorator.js';

export interface RouteInterceptorOptions {
  /** Answers that differ from their schema become 500: for tests and development, where a contract is to be broken loudly. */
  checkAnswers: boolean;
}

/** Parses what comes in before any other interceptor acts on it, and sends what comes out. Registered first. */
export class RouteInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly options: RouteInterceptorOptions,
    private readonly idempotency?: IdempotentRequests,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const route = this.reflector.get<RouteDefinition | undefined>(routeMetadata, context.getHandler());
    if (!route) return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    keepInput(request, parseInput(route, request));
    const reply = http.getResponse<FastifyReply>();
    const keyed = keyedRequest(route, request);
    if (!this.idempotency || !keyed) return next.handle().pipe(map((result) => this.send(route, result, reply)));
    const act = async () => this.write(route, await lastValueFrom(next.handle(), { defaultValue: undefined }));
    return from(this.idempotency.answer(keyed, act)).pipe(map((answered) => sendKept(answered, reply)));
  }

  /** The answer as `send` would send it, as text: what is sent again later is the same, byte for byte. */
  private write(route: RouteDefinition, result: unknown): KeptAnswer {
    const { status, body, headers } = asAnswer(route, result);
    if (this.options.checkAnswers) checkAnswer(route, status, body);
    const etag = etagOfBody(body);
    const type = route.answers[status]?.contentType ?? jsonContentType;
    return {
      status,
      headers: {
        'cache-control': 'no-store',
        ...(etag === undefined ? {} : { etag: etagHeader(etag) }),
        ...(body === undefined ? {} : { 'content-type': type }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    };
  }

  private send(route: RouteDefinition, result: unknown, reply: FastifyReply): unknown {
    const { status, body, headers } = asAnswer(route, result);
    if (this.options.checkAnswers) checkAnswer(route, status, body);
    reply.status(status).headers({ 'cache-control': 'no-store', ...headers });
    const etag = etagOfBody(body);
    if (etag !== undefined && !reply.hasHeader('etag')) reply.header('etag', etagHeader(etag));
    const type = route.answers[status]?.contentType;
    if (type !== undefined && !reply.hasHeader('content-type')) reply.type(type);
    // nginx and its kin hold answers back until they end.
    if (type === 'text/event-stream') reply.header('x-accel-buffering', 'no');
    return body;
  }
}

const jsonContentType = 'application/json; charset=utf-8';

/** What makes a request one that can be sent again, if it is. */
function keyedRequest(route: RouteDefinition, request: FastifyRequest): KeyedRequest | undefined {
  const key = keyOf(route, request.headers);
  const context = currentContext();
  if (key === undefined || context?.actor === undefined) return undefined;
  return { owner: context.actor, key, identity: identityOf(route, request), context };
}

function sendKept({ answer, replayed }: IdempotentAnswer, reply: FastifyReply): unknown {
  reply.status(answer.status).headers(answer.headers);
  if (replayed) reply.header('idempotent-replayed', 'true');
  // As bytes: to text Fastify might add a charset.
  return answer.body === null ? undefined : Buffer.from(answer.body);
}

function asAnswer(route: RouteDefinition, result: unknown): Answer<number, unknown> {
  if (isAnswer(result)) return result;
  const [status = 200] = statusesOf(route);
  return new Answer(status, result, {});
}

/** `instanceof` alone leaves status and body as `any`. */
function isAnswer(result: unknown): result is Answer<number, unknown> {
  return result instanceof Answer;
}

/** Resources carry their etag as a member; the header repeats it. */
function etagOfBody(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('etag' in body)) return undefined;
  return typeof body.etag === 'string' ? body.etag : undefined;
}

/** Looks at what the client gets, as JSON, and wants neither less nor more than the route promises. */
function checkAnswer(route: RouteDefinition, status: number, body: unknown): void {
  const promised = route.answers[status];
  if (!promised) throw broken(route, `answers ${status}, which it does not promise`);
  if (promised.contentType === 'text/event-stream') return;
  if (promised.stream !== undefined && body instanceof StreamableFile) return;
  if (!promised.schema) {
    if (body !== undefined) throw broken(route, `answers ${status} with a body it does not promise`);
    return;
  }
  const sent: unknown = body === undefined ? undefined : JSON.parse(JSON.stringify(body));
  const result = promised.schema.safeParse(sent);
  if (!result.success) throw broken(route, z.prettifyError(result.error));
  if (!isDeepStrictEqual(result.data, sent)) throw broken(route, `answers ${status} with members it does not promise`);
}

function broken(route: RouteDefinition, reason: string): TenantryError {
  return new TenantryError('internal', 'internal', `route ${route.name} broke its promise: ${reason}`);
}
