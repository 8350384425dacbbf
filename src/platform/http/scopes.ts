/** What a caller may be allowed to do: a route needs one of them, a key has some. The list is closed. */
export const scopes = [
  'tenants:read',
  'tenants:write',
  'blueprints:read',
  'blueprints:write',
  'instances:read',
  'instances:write',
  'usage:read',
  'usage:write',
  'billing:read',
  'billing:write',
  'audit:read',
  'keys:read',
  'keys:write',
  'members:read',
  'members:write',
  'admin:read',
  'admin:write',
] as const;
export type Scope = (typeof scopes)[number];

/** `*` is everything there is and will be, `billing:*` all of its family. */
export const wildcards = [
  '*',
  'tenants:*',
  'blueprints:*',
  'instances:*',
  'usage:*',
  'billing:*',
  'audit:*',
  'keys:*',
  'members:*',
  'admin:*',
] as const;

/** What can be granted. */
export const grantedScopes = [...scopes, ...wildcards] as const;
export type GrantedScope = (typeof grantedScopes)[number];

/** What a user may be in a tenant. */
export const tenantRoles = ['owner', 'member', 'viewer'] as const;
export type TenantRole = (typeof tenantRoles)[number];

/** Whether having `held` is having `wanted`, which may be a wildcard itself: of a wildcard only as wide a one. */
export function covers(held: GrantedScope, wanted: GrantedScope): boolean {
  if (held === '*' || held === wanted) return true;
  return held.endsWith(':*') && wanted.startsWith(held.slice(0, -1));
}

/** Every scope that these grants amount to. */
export function scopesOf(granted: readonly GrantedScope[]): ReadonlySet<Scope> {
  return new Set(scopes.filter((scope) => granted.some((held) => covers(held, scope))));
}
