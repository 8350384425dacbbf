import { TenantryError } from '../../platform/errors.js';

/** No room: the bound is reached, or the disk is full. */
export function spoolFull(cause?: unknown): TenantryError {
  const message = 'The database is away, and there is no more room for events on this machine; nothing was taken.';
  return unavailable('spool_full', message, cause);
}

/** The disk does not take events, whatever room there is. */
export function spoolUnavailable(cause?: unknown): TenantryError {
  const message = 'The database is away, and this machine cannot keep events meanwhile; nothing was taken.';
  return unavailable('spool_unavailable', message, cause);
}

function unavailable(code: string, message: string, cause: unknown): TenantryError {
  return new TenantryError('unavailable', code, message, {
    ...(cause === undefined ? {} : { cause }),
    members: { retry_after_seconds: 5 },
  });
}
