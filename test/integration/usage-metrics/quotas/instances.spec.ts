import { DatabaseError } from '../../../../src/platform/database-error.js';
import { toTenantryError } from '../../../../src/platform/http/problem.js';
import type { PutOutcome } from '../../../../src/provisioner/instances/instances.store.js';
import { createTestDatabase, type TestDatabase } from '../../../setup/database.js';
import { operator } from '../../../setup/provisioning.js';
import { Quotas } from '../../../setup/quotas.js';

describe('the limit of instances', () => {
  let test: TestDatabase;
  let quotas: Quotas;
  let tenantId: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    quotas = await Quotas.in(test);
  });
  beforeEach(async () => {
    await quotas.setClock(null);
    tenantId = await quotas.world.tenant();
  });
  afterAll(() => test.drop());

  const put = (name = quotas.world.name()): Promise<PutOutcome['outcome'] | DatabaseError> =>
    quotas.world.put(name, { namespace: `t-${tenantId}-${name}` }, tenantId).then(
      ({ outcome }) => outcome,
      (error: unknown) => {
        if (error instanceof DatabaseError) return error;
        throw error;
      },
    );
  const refused = expect.objectContaining({ hint: 'quota_exceeded' });

  it('is none unless somebody sets one', async () => {
    for (let n = 0; n < 3; n += 1) expect(await put()).toBe('accepted');
    expect(await quotas.entitlement(tenantId, 'instances')).toMatchObject({ usage: 3, limit: null, balance: null });
  });

  it('holds for the one after the last, which changes nothing, and says what it is', async () => {
    await quotas.give({ tenantId }, 'instances', { limit: '2' });
    expect([await put(), await put()]).toEqual(['accepted', 'accepted']);
    const before = await quotas.world.everything();
    const error = await put();
    expect(error).toEqual(refused);
    expect(await quotas.world.everything()).toEqual(before);
    expect(toTenantryError(error)).toMatchObject({
      kind: 'payment_required',
      code: 'quota_exceeded',
      members: { feature: 'instances', limit: 2, usage: 2, requested: 1, balance: 0, resets_at: null },
    });
    expect(await quotas.entitlement(tenantId, 'instances')).toMatchObject({ has_access: false, usage: 2, balance: 0 });
  });

  it('is not passed by fifty at once', async () => {
    await quotas.give({ tenantId }, 'instances', { limit: '7' });
    const answers = await Promise.all(Array.from({ length: 50 }, () => put()));
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(7);
    expect(answers.filter((answer) => answer instanceof DatabaseError)).toEqual(Array(43).fill(refused));
    expect((await quotas.entitlement(tenantId, 'instances')).usage).toBe(7);
  });

  it('has one back when an instance is gone, and holds for who comes back', async () => {
    await quotas.give({ tenantId }, 'instances', { limit: '1' });
    const instance = await quotas.world.running('main', { namespace: `t-${tenantId}` }, tenantId);
    for (const status of ['uninstalling', 'deprovisioned']) {
      await test.sql('update public.instances set status = $2 where id = $1', [instance.id, status]);
    }
    expect(await put()).toBe('accepted');
    expect(await put('main')).toEqual(refused);
  });

  it('says nothing of a change to one that exists', async () => {
    const instance = await quotas.world.running('shop', { namespace: `t-${tenantId}` }, tenantId);
    await quotas.give({ tenantId }, 'instances', { limit: '0' });
    expect((await quotas.world.put('shop', { values: { a: 1 } }, tenantId)).outcome).toBe('accepted');
    expect((await quotas.entitlement(tenantId, 'instances')).overage).toBe(1);
    expect(instance.status).toBe('running');
  });

  it('follows the plan', async () => {
    await quotas.give({ plan: 'starter' }, 'instances', { limit: '1' });
    await quotas.world.tenants.change(tenantId, { plan: 'starter' }, null, operator);
    expect(await put()).toBe('accepted');
    expect(await put()).toEqual(refused);
    await quotas.world.tenants.change(tenantId, { plan: 'professional' }, null, operator);
    expect(await put()).toBe('accepted');
  });

  it('is higher while a grant holds', async () => {
    await quotas.give({ tenantId }, 'instances', { limit: '1' });
    await put();
    const grant = await quotas.grant(tenantId, { feature: 'instances', amount: '1' });
    expect(await put()).toBe('accepted');
    expect(await put()).toEqual(refused);
    await quotas.grants.void(tenantId, grant.id, null, operator);
    expect(await quotas.entitlement(tenantId, 'instances')).toMatchObject({ usage: 2, overage: 1, balance: 0 });
  });

  it('is only told of when it is soft, once', async () => {
    await quotas.give({ tenantId }, 'instances', { limit: '1', enforcement: 'soft' });
    for (let n = 0; n < 3; n += 1) expect(await put()).toBe('accepted');
    const told = await test.sql(
      "select payload ->> 'usage' as usage from public.outbox where topic = 'quota.soft_limit_crossed' and tenant_id = $1",
      [tenantId],
    );
    expect(told).toEqual([{ usage: '2' }]);
    expect(await quotas.entitlement(tenantId, 'instances')).toMatchObject({ has_access: true, overage: 2 });
  });
});
