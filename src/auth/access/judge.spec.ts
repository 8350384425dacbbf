import type { Access } from '../../platform/http/access.js';
import type { GrantedScope } from '../../platform/http/scopes.js';
import { allowance, firstOperator, type Grant, type Principal } from '../principal.js';
import { judge, judgeOwned } from './judge.js';

const known = { id: 'x', display: 'x', credential: 'x', rateLimitPerMinute: null, expiresAt: null };
const acme = { id: 'a', slug: 'acme' };
const globex = { id: 'g', slug: 'globex' };
const grant = (tenant: Grant['tenant'], ...granted: GrantedScope[]): Grant => ({ tenant, ...allowance(granted) });

const callers = {
  'the first operator': firstOperator,
  'an operator who reads instances': { kind: 'operator', ...known, ...allowance(['instances:read']) },
  'a key of acme that reads': { kind: 'tenant_key', ...known, grants: [grant(acme, 'instances:read')] },
  'a key of acme that writes': { kind: 'tenant_key', ...known, grants: [grant(acme, 'instances:*')] },
  'a user of acme who reads, of globex who writes': {
    kind: 'user',
    userId: 'u',
    ...known,
    grants: [grant(acme, 'instances:read'), grant(globex, 'instances:read', 'instances:write')],
  },
  'a user of nothing': { kind: 'user', userId: 'u', ...known, grants: [] },
} satisfies Record<string, Principal>;

const routes = {
  'one instance, to read': { scope: 'instances:read', of: 'instance', param: 'instance' },
  'one instance, to write': { scope: 'instances:write', of: 'instance', param: 'instance' },
  'own instances': { scope: 'instances:read', of: 'own' },
  'my instances': { scope: 'instances:read', of: 'my' },
  'new instances': { scope: 'instances:write', of: 'own' },
  'the whole fleet': { scope: 'instances:read', of: 'platform' },
  blueprints: { scope: 'blueprints:read', of: 'platform' },
} satisfies Record<string, Exclude<Access, 'public'>>;

const word = (caller: keyof typeof callers, route: keyof typeof routes): string => {
  const verdict = judge(callers[caller], routes[route]);
  switch (verdict.state) {
    case 'allowed':
      return verdict.reach === 'all' ? 'all' : verdict.reach.map(({ slug }) => slug).join(' and ');
    case 'owner_decides':
      return 'the owner decides';
    case 'refused':
      return verdict.error.message;
  }
};

const lacksRead = 'This needs the scope instances:read.';
const lacksWrite = 'This needs the scope instances:write.';
const operators = 'This is for operators.';

describe('who may call which route', () => {
  it.each<[keyof typeof callers, keyof typeof routes, string]>([
    ['the first operator', 'one instance, to write', 'all'],
    ['the first operator', 'own instances', 'all'],
    ['the first operator', 'the whole fleet', 'all'],
    ['the first operator', 'my instances', 'This is for callers of a tenant; an operator has none.'],
    ['an operator who reads instances', 'one instance, to read', 'all'],
    ['an operator who reads instances', 'one instance, to write', lacksWrite],
    ['an operator who reads instances', 'the whole fleet', 'all'],
    ['an operator who reads instances', 'blueprints', 'This needs the scope blueprints:read.'],
    ['a key of acme that reads', 'one instance, to read', 'the owner decides'],
    ['a key of acme that reads', 'one instance, to write', lacksWrite],
    ['a key of acme that reads', 'own instances', 'acme'],
    ['a key of acme that reads', 'my instances', 'acme'],
    ['a key of acme that reads', 'new instances', lacksWrite],
    ['a key of acme that reads', 'the whole fleet', operators],
    ['a key of acme that reads', 'blueprints', operators],
    ['a key of acme that writes', 'one instance, to write', 'the owner decides'],
    ['a key of acme that writes', 'the whole fleet', operators],
    ['a user of acme who reads, of globex who writes', 'own instances', 'acme and globex'],
    ['a user of acme who reads, of globex who writes', 'new instances', 'globex'],
    ['a user of acme who reads, of globex who writes', 'one instance, to write', 'the owner decides'],
    ['a user of acme who reads, of globex who writes', 'the whole fleet', operators],
    ['a user of nothing', 'own instances', lacksRead],
    ['a user of nothing', 'one instance, to read', lacksRead],
  ])('%s, %s: %s', (caller, route, expected) => {
    expect(word(caller, route)).toBe(expected);
  });

  it('a refusal names the scope', () => {
    const verdict = judge(callers['a key of acme that reads'], routes['new instances']);
    expect(verdict).toMatchObject({
      error: { kind: 'forbidden', code: 'forbidden', members: { required_scope: 'instances:write' } },
    });
  });

  it.each([
    ['a', 'instances:read', { state: 'allowed', reach: [acme] }],
    ['a', 'instances:write', { state: 'refused' }],
    ['g', 'instances:write', { state: 'allowed', reach: [globex] }],
    ['somebody else', 'instances:read', { state: 'refused' }],
  ] as const)('of a thing of %s, a member of two tenants with %s: %j', (owner, scope, expected) => {
    const { grants } = callers['a user of acme who reads, of globex who writes'];
    expect(judgeOwned(grants, owner, scope)).toMatchObject(expected);
  });
});
