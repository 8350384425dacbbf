import { TenantryError } from '../platform/errors.js';
import { errorOf, failureOf, type FailureCode } from './failure.js';
import { isRecord, listAt, textAt } from './json-value.js';

/** What the API server answered instead of what was asked. */
export interface ApiRefusal {
  readonly status: number;
  /** The Status object, where the body was one. */
  readonly body: unknown;
  readonly method: string;
  readonly path: string;
}

/** An error of the API server in the words of this room; `members.status` and `members.reason` keep the server's own. */
export function refused(refusal: ApiRefusal): TenantryError {
  const message = textAt(refusal.body, 'message') ?? `${refusal.method} ${refusal.path} answered ${refusal.status}`;
  const failure = failureOf(codeOf(refusal, message), message);
  return errorOf(failure, { status: refusal.status, reason: reasonOf(refusal.body), causes: causesOf(refusal.body) });
}

/** The server did not answer: refused, reset, timed out. */
export function unreachable(method: string, path: string, cause: unknown): TenantryError {
  const why = textAt(cause, 'code') ?? (cause instanceof Error ? cause.message : 'no answer');
  return errorOf(failureOf('cluster_unreachable', `${method} ${path}: ${why}`), { status: 0 }, cause);
}

/** The HTTP status that the API server answered with, or undefined for any other error. 0: it did not answer. */
export function apiStatusOf(error: unknown): number | undefined {
  if (!(error instanceof TenantryError)) return undefined;
  const status = error.members['status'];
  return typeof status === 'number' ? status : undefined;
}

function codeOf(refusal: ApiRefusal, message: string): FailureCode {
  const { status } = refusal;
  if (/because it is being terminated|object is being deleted/.test(message)) return 'namespace_terminating';
  if (/exceeded quota|failed quota|(maximum|minimum) [a-z-]+ usage per /.test(message)) return 'quota_exceeded';
  // An apply that the schema refuses is answered as an internal error of the server.
  if (/field not declared in schema|failed to create typed patch object/.test(message)) return 'render_failed';
  if (status === 403 && /violates PodSecurity/.test(message)) return 'render_failed';
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 409) return reasonOf(refusal.body) === 'AlreadyExists' ? 'name_taken' : 'conflict';
  if (status === 400 || status === 422 || status === 415) return 'render_failed';
  if (status === 429 || status >= 500) return 'cluster_unreachable';
  return status === 408 ? 'timeout' : 'unknown';
}

function reasonOf(body: unknown): string {
  return textAt(body, 'reason') ?? '';
}

/** Which fields the server objects to; for an apply conflict each names the other manager. */
function causesOf(body: unknown): { field: string; message: string }[] {
  return listAt(body, 'details', 'causes')
    .filter(isRecord)
    .map((cause) => ({ field: textAt(cause, 'field') ?? '', message: textAt(cause, 'message') ?? '' }));
}
