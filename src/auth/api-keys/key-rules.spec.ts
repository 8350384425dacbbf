import type { GrantedScope } from '../../platform/http/scopes.js';
import { allowance, firstOperator, type Principal } from '../principal.js';
import { withinLimits } from './grants.js';
import { assertGrantable, rotatedExpiry } from './key-rules.js';

const now = new Date('2026-01-01T00:00:00Z');
const inDays = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
const open = { expiresAt: null, rateLimitPerMinute: null };

const operator = (granted: GrantedScope[], limits: Partial<typeof open> = {}): Principal => ({
  kind: 'operator',
  id: 'key:o',
  display: 'o',
  credential: 'o',
  ...open,
  ...limits,
  ...allowance(granted),
});
const ofAcme = (
  granted: GrantedScope[],
  limits: { expiresAt?: Date; rateLimitPerMinute?: number } = {},
): Principal => ({
  kind: 'tenant_key',
  id: 'key:k',
  display: 'k',
  credential: 'k',
  ...open,
  ...limits,
  grants: [{ tenant: { id: 'acme', slug: 'acme' }, ...allowance(granted) }],
});

/** `made`, or why not. */
function outcome(
  who: Principal,
  tenant: string | null,
  scopes: string[],
  limits: Partial<typeof open> | object = {},
): string {
  try {
    assertGrantable(who, tenant, scopes, { ...open, ...limits }, now);
    return 'made';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const cannot = (scopes: string): string => `You cannot give what you do not have: ${scopes}.`;
const limited = (what: string): string => `What is made with a key is limited like it: ${what}.`;

describe('a new key', () => {
  it.each<[string, Principal, string | null, string[], object, string]>([
    ['everything, by the first operator', firstOperator, null, ['*'], {}, 'made'],
    ['a tenant’s, by the first operator', firstOperator, 'acme', ['instances:*', 'keys:read'], {}, 'made'],
    [
      'a tenant’s with what only operators have',
      firstOperator,
      'acme',
      ['admin:read'],
      {},
      'Such a key cannot be made.',
    ],
    ['a tenant’s with everything', firstOperator, 'acme', ['*'], {}, 'Such a key cannot be made.'],
    ['what an operator has', operator(['keys:write', 'billing:*']), null, ['billing:read'], {}, 'made'],
    ['more than an operator has', operator(['keys:write']), null, ['keys:read', 'keys:write'], {}, cannot('keys:read')],
    [
      'a wildcard by who has all of its scopes today',
      operator(['billing:read', 'billing:write']),
      null,
      ['billing:*'],
      {},
      cannot('billing:*'),
    ],
    [
      'a tenant’s by an operator without that scope',
      operator(['keys:write']),
      'acme',
      ['instances:read'],
      {},
      cannot('instances:read'),
    ],
    ['what a tenant’s key has', ofAcme(['keys:write', 'instances:*']), 'acme', ['instances:write'], {}, 'made'],
    [
      'more than a tenant’s key has',
      ofAcme(['keys:write']),
      'acme',
      ['instances:read', 'usage:write'],
      {},
      cannot('instances:read, usage:write'),
    ],
    ['another tenant’s', ofAcme(['keys:write']), 'globex', ['keys:write'], {}, cannot('keys:write')],
    ['an operator’s, by a tenant’s key', ofAcme(['keys:write']), null, ['keys:write'], {}, cannot('keys:write')],
    ['one that has expired', firstOperator, null, ['*'], { expiresAt: now }, 'Such a key cannot be made.'],
    [
      'as lasting as the key that makes it',
      ofAcme(['keys:write'], { expiresAt: inDays(1) }),
      'acme',
      ['keys:write'],
      { expiresAt: inDays(1) },
      'made',
    ],
    [
      'more lasting',
      ofAcme(['keys:write'], { expiresAt: inDays(1) }),
      'acme',
      ['keys:write'],
      { expiresAt: inDays(2) },
      limited('expires_at'),
    ],
    [
      'everlasting',
      ofAcme(['keys:write'], { expiresAt: inDays(1) }),
      'acme',
      ['keys:write'],
      {},
      limited('expires_at'),
    ],
    [
      'faster',
      ofAcme(['keys:write'], { rateLimitPerMinute: 5 }),
      'acme',
      ['keys:write'],
      { rateLimitPerMinute: 6 },
      limited('rate_limit_per_minute'),
    ],
    [
      'without a limit',
      ofAcme(['keys:write'], { rateLimitPerMinute: 5 }),
      'acme',
      ['keys:write'],
      {},
      limited('rate_limit_per_minute'),
    ],
    [
      'slower',
      ofAcme(['keys:write'], { rateLimitPerMinute: 5 }),
      'acme',
      ['keys:write'],
      { rateLimitPerMinute: 4 },
      'made',
    ],
    [
      'with a scope that nobody knows',
      firstOperator,
      null,
      ['dreams:read'],
      {},
      'The key has scopes that this version does not know.',
    ],
  ])('%s', (_, who, tenant, scopes, limits, expected) => {
    expect(outcome(who, tenant, scopes, limits)).toBe(expected);
  });

  it('is told every fault at once', () => {
    expect(() =>
      assertGrantable(firstOperator, 'acme', ['admin:read', 'keys:read', '*'], { ...open, expiresAt: inDays(-1) }, now),
    ).toThrow(
      expect.objectContaining({
        faults: [
          { pointer: '/scopes/0', message: 'a key of a tenant cannot have admin:read' },
          { pointer: '/scopes/2', message: 'a key of a tenant cannot have *' },
          { pointer: '/expires_at', message: 'must be in the future' },
        ],
      }),
    );
  });

  it('is limited like the key that makes it where the request leaves that open', () => {
    const limitedKey = ofAcme([], { expiresAt: inDays(1), rateLimitPerMinute: 5 });
    expect(withinLimits(limitedKey, {})).toEqual({ expiresAt: inDays(1), rateLimitPerMinute: 5 });
    expect(withinLimits(limitedKey, { rateLimitPerMinute: 2 })).toMatchObject({ rateLimitPerMinute: 2 });
    expect(withinLimits(firstOperator, {})).toEqual(open);
  });
});

describe('the key in place of another', () => {
  const old = { created_at: inDays(-20).toISOString(), expires_at: inDays(10).toISOString() };
  it.each<
    [string, typeof old | { created_at: string; expires_at: null }, string | null | undefined, Principal, Date | null]
  >([
    ['lives as long as that was made to', old, undefined, firstOperator, inDays(30)],
    ['lives for ever where that did', { ...old, expires_at: null }, undefined, firstOperator, null],
    ['lives as it is told', old, inDays(3).toISOString(), firstOperator, inDays(3)],
    ['lives for ever when told so', old, null, firstOperator, null],
    ['does not outlive the caller’s key', old, undefined, ofAcme([], { expiresAt: inDays(10) }), inDays(10)],
    [
      'does not outlive the caller’s key either',
      { ...old, expires_at: null },
      undefined,
      ofAcme([], { expiresAt: inDays(10) }),
      inDays(10),
    ],
  ])('%s', (_, was, wanted, who, expected) => {
    expect(rotatedExpiry(was, wanted, who, now)).toEqual(expected);
  });
});
