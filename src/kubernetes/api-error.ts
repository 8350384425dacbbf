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

/** What the words tell better than the number: an apply that the schema refuses is answered as an internal error, say. */
const WORDS: readonly (readonly [RegExp, FailureCode])[] = [
  [/because it is being terminated|object is being deleted/, 'namespace_terminating'],
  [/exceeded quota|failed quota|(maximum|minimum) [a-z-]+ usage per /, 'quota_exceeded'],
  [/field not declared in schema|failed to create typed patch object|violates PodSecurity/, 'render_failed'],
];

const NUMBERS: Readonly<Record<number, FailureCode>> = {
  400: 'render_failed',
  401: 'forbidden',
  403: 'forbidden',
  408: 'timeout',
  409: 'conflict',
  415: 'render_failed',
  422: 'render_failed',
  429: 'cluster_unreachable',
};

function codeOf({ status, body }: ApiRefusal, message: string): FailureCode {
  const told = WORDS.find(([pattern]) => pattern.test(message));
  if (told !== undefined) return told[1];
  if (status === 409 && reasonOf(body) === 'AlreadyExists') return 'name_taken';
  return NUMBERS[status] ?? (status >= 500 ? 'cluster_unreachable' : 'unknown');
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
