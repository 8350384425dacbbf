import { timingSafeEqual } from 'node:crypto';
import { TenantryError } from '../../platform/errors.js';
import { allowance, type OperatorPrincipal, type TenantKeyPrincipal } from '../principal.js';
import type { KeyFacts } from './credentials.store.js';

/** What is remembered of a key, ready to let requests in. */
export interface KeyRecord {
  readonly id: string;
  readonly tenantId: string | undefined;
  readonly revoked: boolean;
  readonly expiresAt: Date | null;
  readonly principal: OperatorPrincipal | TenantKeyPrincipal;
  readonly digest: Buffer;
}

export function toKeyRecord(facts: KeyFacts): KeyRecord {
  const { id, tenant, revoked, expires_at: expires } = facts;
  const expiresAt = expires === null ? null : new Date(expires);
  const known = {
    id: `key:${id}`,
    display: facts.name,
    credential: id,
    rateLimitPerMinute: facts.rate_limit_per_minute,
    expiresAt,
  };
  const allowed = allowance(facts.scopes);
  const principal: KeyRecord['principal'] =
    tenant === null
      ? { kind: 'operator', ...known, ...allowed }
      : { kind: 'tenant_key', ...known, grants: [{ tenant, ...allowed }] };
  return { id, tenantId: tenant?.id, revoked, expiresAt, principal, digest: Buffer.from(facts.hash, 'hex') };
}

/**
 * The caller that a key proves.
 * @throws TenantryError `unauthenticated`; whoever has the key may know why it holds no longer
 */
export function principalOfKey(record: KeyRecord, digest: Buffer, now: Date): KeyRecord['principal'] {
  if (!timingSafeEqual(record.digest, digest)) throw refused('The API key is not known.');
  if (record.revoked) throw refused('The API key was revoked.');
  if (record.expiresAt !== null && record.expiresAt <= now) throw refused('The API key has expired.');
  return record.principal;
}

function refused(message: string): TenantryError {
  return new TenantryError('unauthenticated', 'unauthenticated', message);
}
