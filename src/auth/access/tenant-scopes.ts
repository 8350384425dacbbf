import type { GrantedScope } from '../../platform/http/scopes.js';

/** What callers of a tenant can have; the rest is about the installation, or about what the tenant pays. A wildcard only where all of it is. */
const ofTenants = [
  'tenants:read',
  'instances:read',
  'instances:write',
  'instances:*',
  'usage:read',
  'usage:write',
  'usage:*',
  'billing:read',
  'audit:read',
  'audit:*',
  'keys:read',
  'keys:write',
  'keys:*',
  'members:read',
  'members:write',
  'members:*',
] as const satisfies readonly GrantedScope[];

const set: ReadonlySet<GrantedScope> = new Set(ofTenants);

/** Whether somebody of a tenant can have it at all, whoever gives it. */
export function fitsTenant(scope: GrantedScope): boolean {
  return set.has(scope);
}

const viewer = ['tenants:read', 'instances:read', 'usage:read', 'billing:read'] as const;

/** What a member of a tenant may do there: a viewer reads, a member also works, an owner also decides who else may. */
export const scopesOfRole = {
  viewer,
  member: [...viewer, 'instances:write'],
  owner: ofTenants,
} as const satisfies Record<string, readonly GrantedScope[]>;
