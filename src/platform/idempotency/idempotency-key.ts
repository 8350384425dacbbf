import { z } from 'zod';
import type { InputFault } from '../errors.js';
import { faultsOfIssues } from '../http/faults.js';
import type { RouteDefinition } from '../http/route.js';

/** The header as OpenAPI has it. Its value is opaque: whoever writes it in quotes has a key with quotes. */
export const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .regex(/^[ -~]*$/, 'must be printable ASCII')
    .optional()
    .describe(
      'Makes the request safe to send again, for 24 hours: whoever sends it again with the same key gets the first answer, and nothing is done twice. Choose a new one, such as a UUID, for every request of its own.',
    ),
});

/** What makes two requests with one key the same request. */
export interface SentRequest {
  readonly method: string;
  /** With the query, as it was sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The text as it was sent; absent where there was none. */
  readonly body: unknown;
}

/** Whether requests of a route may come with an idempotency key: those that write, unless the route says otherwise. */
export function takesIdempotencyKey(route: RouteDefinition): boolean {
  return route.method !== 'GET' && route.access !== 'public' && route.idempotency !== 'none';
}

/** What is wrong with the key of a request, if it has one. */
export function faultsOfKey(route: RouteDefinition, headers: unknown): InputFault[] {
  if (!takesIdempotencyKey(route)) return [];
  const { error } = idempotencyHeader.safeParse(headers ?? {});
  return error ? faultsOfIssues('headers', error.issues) : [];
}

/** The key of a request that has one, and whose route takes one. */
export function keyOf(route: RouteDefinition, headers: SentRequest['headers']): string | undefined {
  const key = headers['idempotency-key'];
  return takesIdempotencyKey(route) && typeof key === 'string' ? key : undefined;
}

/** Text that two requests share exactly when they ask for the same: method, path, query, the headers that the route reads, and body. */
export function identityOf(route: RouteDefinition, { method, url, headers, body }: SentRequest): string {
  const names = ['content-type', ...Object.keys(route.headers?.shape ?? {}).sort()];
  return JSON.stringify([method, url, names.map((name) => [name, headers[name] ?? null]), body ?? null]);
}
