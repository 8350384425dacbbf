import { TenantryError } from '../../platform/errors.js';
import { type Access, isThingAccess, type ThingAccess } from '../../platform/http/access.js';
import type { Scope } from '../../platform/http/scopes.js';
import type { Reach } from '../../platform/reach.js';
import type { Grant, Principal } from '../principal.js';

/** Whether a caller may call a route; `owner_decides`: that hangs on whose the thing in the path is. */
export type Verdict =
  | { readonly state: 'allowed'; readonly reach: Reach }
  | { readonly state: 'owner_decides'; readonly access: ThingAccess; readonly grants: readonly Grant[] }
  | { readonly state: 'refused'; readonly error: TenantryError };

/**
 * Judges by what the route declares. What a caller of a tenant may not do at all is refused before anything is looked up, so that the
 * refusal tells nothing of what there is.
 */
export function judge(principal: Principal, access: Exclude<Access, 'public'>): Verdict {
  const { scope } = access;
  if (principal.kind === 'operator') {
    if (access.of === 'my') return refused('This is for callers of a tenant; an operator has none.', scope);
    return principal.scopes.has(scope) ? { state: 'allowed', reach: 'all' } : lacking(scope);
  }
  if (access.of === 'platform') return refused('This is for operators.', scope);
  const able = principal.grants.filter((grant) => grant.scopes.has(scope));
  if (able.length === 0) return lacking(scope);
  if (isThingAccess(access)) return { state: 'owner_decides', access, grants: principal.grants };
  return { state: 'allowed', reach: able.map(({ tenant }) => tenant) };
}

/** Judges once it is known which of the caller's tenants owns the thing: a member of several may do more in one than in another. */
export function judgeOwned(
  grants: readonly Grant[],
  ownerId: string,
  scope: Scope,
): Exclude<Verdict, { state: 'owner_decides' }> {
  const grant = grants.find(({ tenant }) => tenant.id === ownerId);
  return grant?.scopes.has(scope) ? { state: 'allowed', reach: [grant.tenant] } : lacking(scope);
}

type Refused = Extract<Verdict, { state: 'refused' }>;

function lacking(scope: Scope): Refused {
  return refused(`This needs the scope ${scope}.`, scope);
}

function refused(message: string, scope: Scope): Refused {
  const members = { required_scope: scope };
  return { state: 'refused', error: new TenantryError('forbidden', 'forbidden', message, { members }) };
}
