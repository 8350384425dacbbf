import { mayExpire } from './expirable-actions.js';

// test/integration/audit/chain.spec.ts holds it against the database's own answer.
describe('whether content may be removed', () => {
  it.each(['instance.create', 'instance.observe', 'operation.succeeded', 'operation.cancel'])('yes: %s', (action) => {
    expect(mayExpire(action)).toBe(true);
  });

  it.each([
    'tenant.create',
    'key.revoke',
    'member.add',
    'audit.expire',
    'denied.instance',
    'instances.x',
    'Instance.x',
    '',
  ])('never: %s', (action) => {
    expect(mayExpire(action)).toBe(false);
  });
});
