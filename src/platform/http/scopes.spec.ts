import { covers, grantedScopes, scopes, scopesOf, wildcards } from './scopes.js';

describe('scopes', () => {
  it('are each in a family, of which there is a wildcard, and no wildcard is of nothing', () => {
    const families = new Set(scopes.map((scope) => `${scope.split(':')[0] ?? ''}:*`));
    expect([...families].sort()).toEqual(wildcards.filter((wildcard) => wildcard !== '*').sort());
    expect(new Set(grantedScopes).size).toBe(grantedScopes.length);
  });

  it.each([
    ['*', 'admin:write', true],
    ['*', '*', true],
    ['*', 'billing:*', true],
    ['billing:*', 'billing:read', true],
    ['billing:*', 'billing:*', true],
    ['billing:read', 'billing:read', true],
    ['billing:*', 'usage:read', false],
    ['billing:*', '*', false],
    ['billing:read', 'billing:write', false],
    ['billing:read', 'billing:*', false],
    ['audit:read', 'audit:*', false],
  ] as const)('to have %s is to have %s: %s', (held, wanted, expected) => {
    expect(covers(held, wanted)).toBe(expected);
  });

  it.each([
    [[], []],
    [['keys:read'], ['keys:read']],
    [
      ['billing:*', 'keys:read'],
      ['billing:read', 'billing:write', 'keys:read'],
    ],
    [['*'], [...scopes]],
  ] as const)('%j amount to %j', (granted, expected) => {
    expect([...scopesOf(granted)].sort()).toEqual([...expected].sort());
  });
});
