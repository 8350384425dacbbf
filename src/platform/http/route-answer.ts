import { isDeepStrictEqual } from 'node:util';
import { StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import { TenantryError } from '../errors.js';
import type { KeptAnswer } from '../idempotency/kept-answer.js';
import { etagHeader } from './etag.js';
import { Answer, type RouteDefinition, statusesOf } from './route.js';

/** Of an answer on its way what is set and looked at. */
export interface AnswerReply {
  status(status: number): { headers(headers: Readonly<Record<string, string>>): unknown };
  header(name: string, value: string): unknown;
  hasHeader(name: string): boolean;
  type(type: string): unknown;
}

/** An answer whose status and headers are set already: what is left is its body, byte for byte. */
export class WrittenBody {
  constructor(readonly bytes: Buffer | undefined) {}
}

/** Sets status and headers as a route's handler means them. @returns the body */
export function setAnswer(
  route: RouteDefinition,
  { status, body, headers }: Answer<number, unknown>,
  reply: AnswerReply,
): void {
  reply.status(status).headers({ 'cache-control': 'no-store', ...headers });
  const etag = etagOfBody(body);
  if (etag !== undefined && !reply.hasHeader('etag')) reply.header('etag', etagHeader(etag));
  const type = route.answers[status]?.contentType;
  if (type !== undefined && !reply.hasHeader('content-type')) reply.type(type);
  // nginx and its kin hold answers back until they end.
  if (type === 'text/event-stream') reply.header('x-accel-buffering', 'no');
}

/** The answer as `setAnswer` would have it sent, as text: what is sent again later is the same, byte for byte. */
export function writeAnswer(route: RouteDefinition, { status, body, headers }: Answer<number, unknown>): KeptAnswer {
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

const jsonContentType = 'application/json; charset=utf-8';

/** What a handler returned, as an answer: where it is the bare body, with the route's only status. */
export function answerOf(route: RouteDefinition, result: unknown): Answer<number, unknown> {
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

/**
 * Looks at what the client gets, as JSON, and wants neither less nor more than the route promises.
 * @throws TenantryError `internal` where that differs
 */
export function checkAnswer(route: RouteDefinition, { status, body }: Answer<number, unknown>): void {
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

/** Looks so at an answer that was written already; a problem is none of the route's own. */
export function checkWritten(route: RouteDefinition, status: number, { bytes }: WrittenBody): void {
  if (status >= 400) return;
  checkAnswer(route, new Answer(status, bytes && JSON.parse(bytes.toString('utf8')), {}));
}

function broken(route: RouteDefinition, reason: string): TenantryError {
  return new TenantryError('internal', 'internal', `route ${route.name} broke its promise: ${reason}`);
}
