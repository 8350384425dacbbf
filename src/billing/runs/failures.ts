import { DatabaseError } from '../../platform/database-error.js';
import type { BillingFailure } from './period-rating.js';

/** Whether a call failed because of what it was about, and would fail again; not because the database is away. */
export function isOfOne(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && !error.retryable;
}

export function failureOf(error: DatabaseError): BillingFailure {
  return { code: 'database_refused', message: `${error.code}: ${error.message}` };
}
