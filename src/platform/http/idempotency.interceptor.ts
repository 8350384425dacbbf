import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, Optional } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, map, type Observable } from 'rxjs';
import { identityOf, keyOf } from '../idempotency/idempotency-key.js';
import {
  type IdempotentAnswer,
  IdempotentRequests,
  type KeyedRequest,
} from '../idempotency/idempotent-requests.service.js';
import { currentContext } from '../request-context.js';
import { answerOf, writeAnswer, WrittenBody } from './route-answer.js';
import { inputOf } from './route-input.js';
import type { RouteDefinition } from './route.js';

/** Answers requests that came with an idempotency key. Routes that take none go without: whatever intercepts costs each request something. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  /** @param requests an application without a database has none */
  constructor(@Optional() private readonly requests?: IdempotentRequests) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { route } = request.routeOptions.config;
    const keyed = route && this.requests && keyedRequest(route, request);
    if (!route || !this.requests || !keyed) return next.handle();
    // Before anything is claimed or sent again: what is at fault is no use of the key.
    inputOf(request);
    const act = async () =>
      writeAnswer(route, answerOf(route, await lastValueFrom(next.handle(), { defaultValue: undefined })));
    return from(this.requests.answer(keyed, act)).pipe(map((answered) => sendKept(answered, reply)));
  }
}

/** What makes a request one that can be sent again, if it is. */
function keyedRequest(route: RouteDefinition, request: FastifyRequest): KeyedRequest | undefined {
  const key = keyOf(route, request.headers);
  const context = currentContext();
  if (key === undefined || context?.actor === undefined) return undefined;
  return { owner: context.actor, key, identity: identityOf(route, request), context };
}

function sendKept({ answer, replayed }: IdempotentAnswer, reply: FastifyReply): WrittenBody {
  reply.status(answer.status).headers(answer.headers);
  if (replayed) reply.header('idempotent-replayed', 'true');
  // As bytes: to text Fastify might add a charset.
  return new WrittenBody(answer.body === null ? undefined : Buffer.from(answer.body));
}
