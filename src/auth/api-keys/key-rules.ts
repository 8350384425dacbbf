import { z } from 'zod';
import { TenantryError } from '../../platform/errors.js';
import { grantedScopes } from '../../platform/http/scopes.js';
import { fitsTenant } from '../access/tenant-scopes.js';
import type { Principal } from '../principal.js';
import { beyond, type KeyLimits, widerLimits } from './grants.js';

const known = z.array(z.enum(grantedScopes));

const pointers: Readonly<Record<keyof KeyLimits, string>> = {
  expiresAt: 'expires_at',
  rateLimitPerMinute: 'rate_limit_per_minute',
};

/**
 * Whether the caller may make a key like this one; null: an operator key.
 * @throws TenantryError `validation_failed` with what no such key can have, `forbidden` with what the caller does not have
 */
export function assertGrantable(
  principal: Principal,
  tenantId: string | null,
  scopes: readonly string[],
  limits: KeyLimits,
  now: Date,
): void {
  const wanted = known.safeParse(scopes);
  if (!wanted.success) throw forbidden('The key has scopes that this version does not know.', {});
  const faults = [
    ...wanted.data.flatMap((scope, index) =>
      tenantId === null || fitsTenant(scope)
        ? []
        : [{ pointer: `/scopes/${index}`, message: `a key of a tenant cannot have ${scope}` }],
    ),
    ...(limits.expiresAt !== null && limits.expiresAt <= now
      ? [{ pointer: '/expires_at', message: 'must be in the future' }]
      : []),
  ];
  if (faults.length > 0) {
    throw new TenantryError('invalid', 'validation_failed', 'Such a key cannot be made.', { faults });
  }
  const missing = beyond(principal, tenantId, wanted.data);
  if (missing.length > 0) {
    throw forbidden(`You cannot give what you do not have: ${missing.join(', ')}.`, { missing_scopes: missing });
  }
  const wider = widerLimits(principal, limits).map((limit) => pointers[limit]);
  if (wider.length > 0) {
    throw forbidden(`What is made with a key is limited like it: ${wider.join(', ')}.`, { limited: wider });
  }
}

/** When the key in place of another expires: as told, or after as long a life as the old one was given, never after the caller's own. */
export function rotatedExpiry(
  old: { readonly created_at: string; readonly expires_at: string | null },
  wanted: string | null | undefined,
  principal: Principal,
  now: Date,
): Date | null {
  if (wanted !== undefined) return wanted === null ? null : new Date(wanted);
  if (old.expires_at === null) return principal.expiresAt;
  const lifeMs = new Date(old.expires_at).getTime() - new Date(old.created_at).getTime();
  const expiresAt = new Date(now.getTime() + lifeMs);
  return principal.expiresAt !== null && principal.expiresAt < expiresAt ? principal.expiresAt : expiresAt;
}

export function keyNotFound(): TenantryError {
  return new TenantryError('not_found', 'api_key_not_found', 'there is no such API key');
}

function forbidden(message: string, members: Record<string, unknown>): TenantryError {
  return new TenantryError('forbidden', 'forbidden', message, { members });
}
