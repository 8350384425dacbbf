import { Billing } from '../../setup/billing.js';

describe('subscriptions', () => {
  let billing: Billing;

  beforeAll(async () => {
    billing = await Billing.start('2026-04-01T00:00:00Z');
  });
  afterAll(() => billing.stop());

  it('is listed by tenant, status and plan, page by page', async () => {
    const tenants = await Promise.all(Array.from({ length: 5 }, () => billing.tenant()));
    for (const [index, tenant] of tenants.entries())
      await billing.subscribe(tenant, { plan: index < 2 ? 'free' : 'starter' });
    const all = await billing.subscriptions.list({}, 10, undefined);
    const ids = all.map(({ subscription }) => subscription.id);
    const rest = await billing.subscriptions.list({}, 10, ids[1]);
    expect(rest.map(({ subscription }) => subscription.id)).toEqual(ids.slice(2));
    expect(await billing.subscriptions.list({ plan: 'free' }, 10, undefined)).toHaveLength(2);
    expect(await billing.subscriptions.list({ tenants: [tenants[0]?.id ?? ''] }, 10, undefined)).toHaveLength(1);
    expect(await billing.subscriptions.list({ tenants: [] }, 10, undefined)).toEqual([]);
    expect(await billing.subscriptions.list({ status: 'ended' }, 10, undefined)).toEqual([]);
  });
});
