import { defaultPlans } from '../../../src/billing/catalog/default-plans.js';
import { ratePeriod } from '../../../src/billing/rating/rate-period.js';
import { subscriptionPeriod } from '../../../src/billing/subscriptions/subscription-period.js';
import { Billing, fee } from '../../setup/billing.js';

describe('subscribing', () => {
  let billing: Billing;

  beforeAll(async () => {
    billing = await Billing.start();
  });
  afterAll(() => billing.stop());

  it('the default plans are there as they are in the sources', async () => {
    const stored = await billing.plans.list(10, undefined);
    const { created_at } = stored[0] ?? {};
    const byName = [...defaultPlans].sort((a, b) => (a.plan < b.plan ? -1 : 1));
    expect(stored).toEqual(byName.map((plan) => ({ ...plan, version: 1, created_at })));
  });

  it('keeps what was sold, and opens the first period', async () => {
    const tenant = await billing.tenant();
    const { subscription, phases } = await billing.subscribe(tenant, { started_at: '2026-01-01T00:00:00Z' });
    expect(subscription).toMatchObject({
      status: 'active',
      currency: 'USD',
      next_period: 0,
      next_period_from: '2026-01-01T00:00:00Z',
      next_period_to: '2026-02-01T00:00:00Z',
    });
    expect(phases).toMatchObject([{ plan_version: 'starter@1', trial: false, ends_at: null }]);
    const invoices = await billing.test.sql(
      'select state, period_index from public.billing_invoices where tenant_id = $1',
      [tenant.id as never],
    );
    expect(invoices).toEqual([{ state: 'gathering', period_index: 0 }]);
    const stored = await billing.read(subscription.id);
    expect(ratePeriod({ subscription: subscriptionPeriod(stored), quantities: [] })).toMatchObject({
      state: 'rated',
      rated: { totals: { total: '10.00' } },
    });
  });

  it('a plan of its own, later', async () => {
    const { id } = await billing.plan([fee('12.50')]);
    await billing.goTo('2026-01-31T00:00:00Z');
    const { subscription, phases } = await billing.subscribe(await billing.tenant(), { plan: id });
    expect(phases).toMatchObject([{ plan_version: id }]);
    expect(subscription).toMatchObject({ next_period_to: '2026-02-28T00:00:00Z' });
  });
});
