import { newId } from '../../../src/platform/ids.js';
import { MembersStore } from '../../../src/tenants/members.store.js';
import { Billing, changing, fee } from '../../setup/billing.js';
import { operator } from '../../setup/provisioning.js';
import { Quotas } from '../../setup/quotas.js';

describe('the features and quotas of what a tenant is subscribed to', () => {
  let billing: Billing;
  let quotas: Quotas;

  // Quotas go by the clock of the database.
  beforeAll(async () => {
    billing = await Billing.start(new Date().toISOString());
    quotas = await Quotas.in(billing.test);
  });
  afterAll(() => billing.stop());

  const limit = async (tenantId: string, feature: string): Promise<string | null> =>
    (await quotas.entitlement(tenantId, feature)).limit_decimal;

  it('are those of its version, until it is moved', async () => {
    await quotas.feature({ slug: 'seats' });
    const [tenant, other] = [await billing.tenant(), await billing.tenant()];
    await billing.plan([fee('1')], { quotas: { seats: '5' } }, 'seated');
    const subscribed = await billing.subscribe(tenant, { plan: 'seated' });
    await billing.plan([fee('1')], { quotas: { seats: '7.5' } }, 'seated');
    await billing.subscribe(other, { plan: 'seated' });
    expect([await limit(tenant.id, 'seats'), await limit(other.id, 'seats')]).toEqual(['5', '7.5']);
    await billing.changes.move(changing(subscribed), { plan: 'seated' });
    expect(await limit(tenant.id, 'seats')).toBe('7.5');
  });

  it('come after the terms of the tenant, and before those of the plan by its name', async () => {
    const feature = await quotas.feature();
    const tenant = await billing.tenant();
    await quotas.give({ plan: 'starter' }, feature, { limit: '3' });
    const named = await billing.subscribe(tenant, { plan: 'starter' });
    expect(await limit(tenant.id, feature)).toBe('3');
    const { id } = await billing.plan([fee('1')], { quotas: { [feature]: '4' } });
    await billing.changes.move(changing(named), { plan: id });
    expect(await limit(tenant.id, feature)).toBe('4');
    await quotas.give({ tenantId: tenant.id }, feature, { limit: '9' });
    expect(await limit(tenant.id, feature)).toBe('9');
  });

  it('are unlimited where they are null, whatever the plan by its name says', async () => {
    const tenant = await billing.tenant();
    await quotas.give({ plan: 'free' }, 'instances', { limit: '2' });
    expect(await limit(tenant.id, 'instances')).toBe('2');
    await billing.subscribe(tenant, { plan: 'free' });
    expect(await quotas.entitlement(tenant.id, 'instances')).toMatchObject({
      limit: null,
      balance: null,
      has_access: true,
    });
  });

  it('are over with the subscription', async () => {
    const feature = await quotas.feature();
    const tenant = await billing.tenant();
    const { id } = await billing.plan([fee('1')], { quotas: { [feature]: '4' } });
    const subscribed = await billing.subscribe(tenant, { plan: id });
    await billing.clock.advance(1);
    await billing.changes.cancel(changing(subscribed), 'now');
    expect(await limit(tenant.id, feature)).toBeNull();
    expect((await quotas.entitlement(tenant.id, feature)).source).toBe('none');
  });

  it('may be features of every kind', async () => {
    const flags = { kind: 'boolean', description: null } as const;
    await quotas.features.create({ ...flags, slug: 'sso', name: 'Single sign-on' }, operator);
    const tenant = await billing.tenant();
    const features = { sso: { enabled: true }, api_calls: { limit: 10, period: 'day', enforcement: 'soft' } };
    const { id } = await billing.plan([fee('1')], { features });
    expect((await quotas.entitlement(tenant.id, 'sso')).has_access).toBe(false);
    await billing.subscribe(tenant, { plan: id });
    expect((await quotas.entitlement(tenant.id, 'sso')).has_access).toBe(true);
    expect(await quotas.entitlement(tenant.id, 'api_calls')).toMatchObject({
      limit: 10,
      period: 'day',
      enforcement: 'soft',
    });
  });

  it('limit members: however many join at once', async () => {
    const members = new MembersStore(billing.test.database);
    const tenant = await billing.tenant();
    const { id } = await billing.plan([fee('1')], { quotas: { members: '3' } });
    await billing.subscribe(tenant, { plan: id });
    const owner = newId();
    await members.put(tenant.id, owner, 'owner', operator);
    const joined = await Promise.allSettled(
      Array.from({ length: 6 }, () => members.put(tenant.id, newId(), 'viewer', operator)),
    );
    expect(joined.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await quotas.entitlement(tenant.id, 'members')).toMatchObject({ usage: 3, balance: 0, has_access: false });
    // A change of role is no new member.
    await members.put(tenant.id, newId(), 'viewer', operator).catch(() => undefined);
    expect(await members.put(tenant.id, owner, 'owner', operator)).toMatchObject({ outcome: 'unchanged' });
    const [other] = await members.list(tenant.id, 10, owner);
    expect(await members.put(tenant.id, other?.user_id ?? '', 'member', operator)).toMatchObject({
      outcome: 'changed',
    });
  });
});
