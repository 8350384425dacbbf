import type { ServerResponse } from 'node:http';

import { StatusError } from '../../store/status-error.js';

/** What a handler answers: bytes, or a stream that it writes itself. */
export type Answer =
  | { code: number; body: Buffer; contentType: string; headers?: Readonly<Record<string, string>> }
  | { stream(response: ServerResponse): void };

export function jsonAnswer(code: number, value: unknown, headers?: Readonly<Record<string, string>>): Answer {
  return bytesAnswer(code, Buffer.from(JSON.stringify(value)), headers);
}

/** JSON that is serialized already. */
export function bytesAnswer(code: number, body: Buffer, headers?: Readonly<Record<string, string>>): Answer {
  const answer = { code, body, contentType: 'application/json' };
  return headers === undefined ? answer : { ...answer, headers };
}

export function textAnswer(code: number, text: string): Answer {
  return { code, body: Buffer.from(text), contentType: 'text/plain; charset=utf-8' };
}

/** The metav1.Status of a refusal; anything unexpected is a 500 that says no more than its message. */
export function errorAnswer(error: unknown): Answer {
  const known = error instanceof StatusError ? error : internalError(error);
  const retryAfter = known.details?.retryAfterSeconds;
  const headers = retryAfter === undefined ? undefined : { 'Retry-After': String(retryAfter) };
  return jsonAnswer(known.code, known.body(), headers);
}

function internalError(error: unknown): StatusError {
  const message = error instanceof Error ? error.message : String(error);
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}
