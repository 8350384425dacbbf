import { grantedScopes, scopes, scopesOf, wildcards } from '../../platform/http/scopes.js';
import { fitsTenant, scopesOfRole } from './tenant-scopes.js';

describe('what callers of a tenant can have', () => {
  it.each(['*', 'tenants:write', 'tenants:*', 'blueprints:read', 'billing:write', 'billing:*', 'admin:read'] as const)(
    'is not %s',
    (scope) => {
      expect(fitsTenant(scope)).toBe(false);
    },
  );

  it('has a wildcard just where it has all of the family', () => {
    for (const wildcard of wildcards.filter((candidate) => candidate !== '*')) {
      const family = scopes.filter((scope) => scope.startsWith(wildcard.slice(0, -1)));
      expect([wildcard, fitsTenant(wildcard)]).toEqual([wildcard, family.every((scope) => fitsTenant(scope))]);
    }
  });
});

describe('the roles of members', () => {
  it('each have all that the one before has', () => {
    const { viewer, member, owner } = scopesOfRole;
    expect([...scopesOf(member)]).toEqual(expect.arrayContaining([...scopesOf(viewer)]));
    expect([...scopesOf(owner)]).toEqual(expect.arrayContaining([...scopesOf(member)]));
  });

  it('differ in what they may change', () => {
    const writes = (role: keyof typeof scopesOfRole) =>
      [...scopesOf(scopesOfRole[role])].filter((scope) => scope.endsWith(':write')).sort();
    expect(writes('viewer')).toEqual([]);
    expect(writes('member')).toEqual(['instances:write']);
    expect(writes('owner')).toEqual(['instances:write', 'keys:write', 'members:write', 'usage:write']);
  });

  it('an owner has everything that somebody of a tenant can have', () => {
    expect([...scopesOfRole.owner].sort()).toEqual(grantedScopes.filter((scope) => fitsTenant(scope)).sort());
  });
});
