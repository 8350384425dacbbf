import { inspect } from 'node:util';
import { isNativeError } from 'node:util/types';

/** How PostgREST and supabase-js report a failed call. */
export interface DatabaseFault {
  readonly message: string;
  readonly code?: string | null;
  readonly details?: string | null;
  readonly hint?: string | null;
}

export interface DatabaseErrorOptions {
  readonly code: string;
  readonly retryable: boolean;
  readonly details?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * A call to the database that failed. `code` is the SQLSTATE, a `PTxxx` that a function of ours raised, a `PGRSTxxx` of the
 * gateway, `network` when no answer came, or `http_<status>` when the answer was not the gateway's. `retryable` says that the
 * same call may succeed later; whether it may be sent twice is the caller's knowledge. `details` may quote a row.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: string;
  readonly retryable: boolean;
  readonly details: string | undefined;
  readonly hint: string | undefined;

  constructor(message: string, options: DatabaseErrorOptions) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = options.code;
    this.retryable = options.retryable;
    this.details = options.details;
    this.hint = options.hint;
  }
}

const transientCodes = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  'PGRST000', // the gateway cannot connect to the database
  'PGRST001',
  'PGRST002', // the gateway is still loading the schema
  'PGRST003', // no free connection in time
]);

const transientStatuses = new Set([0, 408, 429, 502, 503, 504, 520, 521, 522, 523, 524]);

/** True when the same call may succeed later. Class 08 is a lost connection, 53 a lack of resources. */
export function isTransient(code: string, status: number): boolean {
  if (transientCodes.has(code) || code.startsWith('08') || code.startsWith('53')) return true;
  return transientStatuses.has(status) && !code.startsWith('PT');
}

/**
 * Turns what supabase-js answers into the one error that rooms see. `call` names the function, never its arguments. `status` 0: no
 * answer came.
 */
export function toDatabaseError(call: string, fault: DatabaseFault, status: number): DatabaseError {
  const code = fault.code || (status === 0 ? 'network' : `http_${status}`);
  const message = code === 'PGRST202' || code === 'PGRST205' ? missingSchema(fault.message) : fault.message;
  return new DatabaseError(`${call}: ${shorten(message)}`, {
    code,
    retryable: isTransient(code, status),
    details: fault.details || undefined,
    hint: fault.hint || undefined,
  });
}

/** What was thrown instead of answered, such as a refused connection. */
export function toNetworkError(call: string, thrown: unknown): DatabaseError {
  if (thrown instanceof DatabaseError) return thrown;
  const reason = isNativeError(thrown) ? thrown.message : inspect(thrown);
  return new DatabaseError(`${call}: ${shorten(reason)}`, { code: 'network', retryable: true, cause: thrown });
}

function missingSchema(message: string): string {
  return `${message} (are the migrations applied? npm run db:push)`;
}

// A gateway in the way may answer with a whole page of HTML.
function shorten(message: string): string {
  return message.length <= 500 ? message : `${message.slice(0, 500)}…`;
}
