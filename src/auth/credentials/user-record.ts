import { allowance, type Grant, type UserPrincipal } from '../principal.js';
import { scopesOfRole } from '../access/tenant-scopes.js';
import type { Membership } from '../user-tokens/memberships.store.js';

/** What is remembered of a user, ready to let requests in. */
export interface UserRecord {
  readonly grants: readonly Grant[];
}

export function toUserRecord(memberships: readonly Membership[]): UserRecord {
  const grants = memberships.map(({ tenant_id: id, slug, role }) => ({
    tenant: { id, slug },
    ...allowance(scopesOfRole[role]),
  }));
  return { grants };
}

/** The caller that a verified token proves. Somebody who is a member of nothing is known, and may do nothing. */
export function principalOfUser(
  { userId, email }: { readonly userId: string; readonly email: string | undefined },
  record: UserRecord | undefined,
): UserPrincipal {
  return {
    kind: 'user',
    id: `user:${userId}`,
    display: email ?? userId,
    credential: undefined,
    rateLimitPerMinute: null,
    expiresAt: null,
    userId,
    grants: record?.grants ?? [],
  };
}
