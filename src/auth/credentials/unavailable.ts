import { TenantryError } from '../../platform/errors.js';

/** The database does not say whether a credential holds: neither a yes nor a no would be true. */
export function unavailable(cause: unknown): TenantryError {
  const message = 'It cannot be told now whether the credential holds; ask again.';
  return new TenantryError('unavailable', 'database_unavailable', message, {
    cause,
    members: { retry_after_seconds: 1 },
  });
}
