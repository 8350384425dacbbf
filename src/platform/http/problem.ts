import { HttpException } from '@nestjs/common';
import { DatabaseError } from '../database-error.js';
import type { ErrorKind, InputFault } from '../errors.js';
import { TenantryError } from '../errors.js';
import { quotaExceededOf } from '../quota-exceeded.js';

/** The body of every answer of 400 and above: RFC 9457 with the members that clients rely on. */
export interface Problem {
  [member: string]: unknown;
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors: readonly InputFault[];
}

export interface ProblemAnswer {
  problem: Problem;
  headers: Record<string, string>;
}

export const problemContentType = 'application/problem+json';

/** Beyond these only their number is told: a body of a megabyte can have a hundred thousand faults. */
const shownFaults = 100;
const internalDetail = 'Something failed on our side. The request id finds it in the logs.';

const statusByKind: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  payment_required: 402,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  too_large: 413,
  unsupported: 415,
  unprocessable: 422,
  limited: 429,
  internal: 500,
  unavailable: 503,
};

/** What a framework's error means; everything else below 500 is `bad_request`. */
const frameworkErrors: Record<string, { kind: ErrorKind; code: string; detail: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { kind: 'too_large', code: 'body_too_large', detail: 'The body is too large.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    kind: 'unsupported',
    code: 'unsupported_media_type',
    detail: 'The Content-Type of the body is not accepted here; send application/json.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    kind: 'invalid',
    code: 'invalid_content_length',
    detail: 'The body is not as long as Content-Length says.',
  },
  FST_ERR_BAD_URL: { kind: 'invalid', code: 'invalid_url', detail: 'The path is not well-formed.' },
  FST_ERR_MAX_PARAM_LENGTH: { kind: 'invalid', code: 'invalid_url', detail: 'A part of the path is too long.' },
};

/** Codes that HTTP has a status of their own for. */
const statusByCode: Readonly<Record<string, number>> = {
  method_not_allowed: 405,
  request_timeout: 408,
  headers_too_large: 431,
};

/** The HTTP status that stands for a kind of error. */
export function statusOfKind(kind: ErrorKind): number {
  return statusByKind[kind];
}

/** `slug_taken` becomes `Slug taken`: a title depends on the code alone. */
function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The stable URI that names a kind of problem. */
function problemType(code: string): string {
  return `https://tenantry.dev/problems/${code}`;
}

/**
 * The error behind what was thrown, in the product's own terms. Nest wraps Fastify's errors, so the cause is looked at
 * too. What nobody foresaw becomes `internal`, with the original as cause.
 */
export function toTenantryError(thrown: unknown): TenantryError {
  if (thrown instanceof TenantryError) return thrown;
  if (thrown instanceof DatabaseError) return fromDatabaseError(thrown);
  const framework = frameworkErrorOf(thrown);
  if (framework) return framework;
  if (thrown instanceof HttpException) return fromHttpException(thrown);
  return new TenantryError('internal', 'internal', internalDetail, { cause: thrown });
}

/**
 * What rooms have no answer of their own for: the database is away, or found inside of a change that its caller's key or membership holds no
 * longer, that a quota does not allow it, or that the tenant is suspended.
 */
function fromDatabaseError(error: DatabaseError): TenantryError {
  if (error.hint === 'quota_exceeded' && error.details !== undefined) return quotaExceededOf(error.details);
  if (error.hint === 'subscription_suspended') {
    const message = 'The subscription of the tenant is suspended: nothing of it can be brought to run.';
    return new TenantryError('payment_required', 'subscription_suspended', message, {
      cause: error,
      members: { reason: error.details ?? null },
    });
  }
  if (error.hint === 'credential_revoked') {
    return new TenantryError('unauthenticated', 'unauthenticated', 'The API key holds no longer.', { cause: error });
  }
  if (error.hint === 'membership_ended') {
    return new TenantryError('forbidden', 'forbidden', 'You may not do this for the tenant any more.', {
      cause: error,
    });
  }
  if (!error.retryable) return new TenantryError('internal', 'internal', internalDetail, { cause: error });
  return new TenantryError('unavailable', 'database_unavailable', 'The database does not answer; ask again.', {
    cause: error,
    members: { retry_after_seconds: 1 },
  });
}

function frameworkErrorOf(thrown: unknown): TenantryError | undefined {
  const error = thrown instanceof HttpException && thrown.cause instanceof Error ? thrown.cause : thrown;
  if (error instanceof TenantryError) return error;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const known = frameworkErrors[error.code];
  if (known) return new TenantryError(known.kind, known.code, known.detail, { cause: thrown });
  const status = 'statusCode' in error && error.code.startsWith('FST_') ? error.statusCode : undefined;
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined;
  return new TenantryError('invalid', 'bad_request', 'The request is not well-formed.', { cause: thrown });
}

function fromHttpException(exception: HttpException): TenantryError {
  const status: number = exception.getStatus();
  const options = { cause: exception };
  if (status === 404) return new TenantryError('not_found', 'not_found', 'There is nothing here.', options);
  if (status === 401) return new TenantryError('unauthenticated', 'unauthenticated', 'Who are you?', options);
  if (status === 403) return new TenantryError('forbidden', 'forbidden', 'This is not allowed to you.', options);
  if (status >= 500) return new TenantryError('internal', 'internal', internalDetail, options);
  return new TenantryError('invalid', 'bad_request', 'The request is not well-formed.', options);
}

/** No route has this path. */
export function routeNotFound(method: string, path: string): TenantryError {
  return new TenantryError('not_found', 'route_not_found', `There is no ${method} ${path}.`);
}

/** The path exists, with other methods. */
export function methodNotAllowed(method: string, path: string, allowed: readonly string[]): TenantryError {
  return new TenantryError('unsupported', 'method_not_allowed', `${path} does not take ${method}.`, {
    members: { allowed_methods: allowed },
  });
}

/**
 * The answer for whatever was thrown. Messages and members of `internal` errors stay inside; a member
 * `retry_after_seconds` becomes `Retry-After`, `allowed_methods` becomes `Allow`.
 */
export function problemAnswer(thrown: unknown, requestId: string): ProblemAnswer {
  const error = toTenantryError(thrown);
  const secret = error.kind === 'internal';
  const status = statusByCode[error.code] ?? statusByKind[error.kind];
  const problem: Problem = {
    ...(secret ? {} : error.members),
    type: problemType(error.code),
    title: titleOf(error.code),
    status,
    detail: secret ? internalDetail : detailOf(error),
    code: error.code,
    request_id: requestId,
    errors: secret ? [] : error.faults.slice(0, shownFaults),
  };
  return { problem, headers: headersOf(error) };
}

function detailOf(error: TenantryError): string {
  const hidden = error.faults.length - shownFaults;
  return hidden > 0 ? `${error.message} The first ${shownFaults} are listed; ${hidden} more are not.` : error.message;
}

function headersOf(error: TenantryError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.kind === 'unauthenticated') headers['www-authenticate'] = 'Bearer realm="tenantry"';
  const { retry_after_seconds: retryAfter, allowed_methods: allowed } = error.members;
  if (typeof retryAfter === 'number') headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfter)));
  if (Array.isArray(allowed)) headers['allow'] = allowed.join(', ');
  return headers;
}
