import { defaultPlans } from '../../../src/billing/catalog/default-plans.js';
import { ratePeriod } from '../../../src/billing/rating/rate-period.js';
import { subscriptionPeriod } from '../../../src/billing/subscriptions/subscription-period.js';
import { Billing, fee, perUnit, refusal } from '../../setup/billing.js';
import { operator } from '../../setup/provisioning.js';

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

  it('keeps what was sold, opens the first period, and puts the tenant on the plan', async () => {
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
    expect(await billing.test.sql('select plan from public.tenants where id = $1', [tenant.id as never])).toEqual([
      { plan: 'starter' },
    ]);
    const trail = await billing.test.sql('select action from public.audit_log where tenant_id = $1 order by id', [
      tenant.id as never,
    ]);
    expect(trail.map(({ action }) => action)).toEqual(['tenant.create', 'tenant.change', 'subscription.create']);
    const stored = await billing.read(subscription.id);
    expect(ratePeriod({ subscription: subscriptionPeriod(stored), quantities: [] })).toMatchObject({
      state: 'rated',
      rated: { totals: { total: '10.00' } },
    });
  });

  it.each([
    // The first period ends on the last day that there is, and the clocks of the zone say when.
    ['2026-01-31T00:00:00Z', 'UTC', 'month', '2026-02-28T00:00:00Z'],
    ['2028-01-31T12:00:00Z', 'UTC', 'month', '2028-02-29T12:00:00Z'],
    ['2028-02-29T00:00:00Z', 'UTC', 'year', '2029-02-28T00:00:00Z'],
    ['2028-02-29T23:00:00Z', 'Europe/Vienna', 'month', '2028-03-31T22:00:00Z'],
    ['2028-03-14T15:30:00Z', 'America/New_York', 'month', '2028-04-14T15:30:00Z'],
    // 02:30 is skipped on 26 March 2028.
    ['2028-02-26T01:30:00Z', 'Europe/Vienna', 'month', '2028-03-26T01:30:00Z'],
    // 02:30 comes twice on 29 October 2028: begun in the second of them.
    ['2028-10-29T01:30:00Z', 'Europe/Vienna', 'month', '2028-11-29T01:30:00Z'],
  ])('at %s in %s by the %s: to %s', async (at, time_zone, interval, to) => {
    if (Date.parse(at) > billing.clock.now().getTime()) await billing.goTo(at);
    const tenant = await billing.tenant(undefined, time_zone);
    const stored = await billing.subscribe(tenant, {
      plan: 'starter',
      interval: interval === 'year' ? 'year' : 'month',
      started_at: at,
    });
    expect(stored.subscription).toMatchObject({ next_period_from: at, next_period_to: to, time_zone });
    expect(ratePeriod({ subscription: subscriptionPeriod(stored), quantities: [] })).toMatchObject({
      state: 'rated',
      rated: { totals: { total: interval === 'year' ? '96.00' : '10.00' } },
    });
  });

  it('of a time that is finer than the database keeps, with a price from its beginning on', async () => {
    const tenant = await billing.tenant();
    const stored = await billing.subscribe(tenant, {
      plan: 'enterprise',
      currency: 'USD',
      started_at: '2026-01-01T00:00:00.000000499Z',
      components: [fee('5')],
    });
    expect(
      ratePeriod({ subscription: subscriptionPeriod(await billing.read(stored.subscription.id)), quantities: [] }),
    ).toMatchObject({
      state: 'rated',
      rated: { totals: { total: '5.00' } },
    });
  });

  it('a trial comes first, and is free', async () => {
    const at = billing.clock.now().toISOString();
    const stored = await billing.subscriptions.subscribe(
      await billing.tenant(),
      { plan: 'starter', interval: 'month', currency: 'USD' },
      operator,
    );
    expect(stored.subscription).toMatchObject({
      status: 'trialing',
      trial_end: 'activate',
      started_at: at.replace('.000', ''),
    });
    expect(stored.phases.map(({ trial, ends_at }) => [trial, ends_at])).toEqual([
      [true, stored.subscription.trial_ends_at],
      [false, null],
    ]);
  });

  it('what is sold by contract is priced for the tenant', async () => {
    const tenant = await billing.tenant();
    const meter = await billing.meter();
    const wanted = { plan: 'enterprise', interval: 'year', currency: 'KWD' };
    const components = [fee('50000.125'), perUnit(meter, '0.0001')];
    const { phases } = await billing.subscriptions.subscribe(tenant, { ...wanted, components }, operator);
    expect(phases[0]?.components.map(({ versions }) => versions[0]?.id)).toEqual([
      'enterprise@1/contract/base/1',
      `enterprise@1/contract/${meter}/1`,
    ]);
  });

  it('refuses with every fault at once, and changes nothing', async () => {
    const tenant = await billing.tenant();
    const bad = (body: unknown): Promise<unknown> => refusal(billing.subscriptions.subscribe(tenant, body, operator));
    const future = '2099-01-01T00:00:00Z';
    expect(
      await bad({
        plan: 'nothing',
        interval: 'week',
        currency: 'XYZ',
        time_zone: 'Mars/Olympus',
        started_at: future,
        trial_days: -1,
        components: [perUnit('no_meter', '1')],
        more: 1,
      }),
    ).toEqual([
      '/interval Invalid option: expected one of "month"|"year"',
      '/currency must be the code of an ISO 4217 currency, such as "USD"',
      '/time_zone must be an IANA time zone, such as "Europe/Vienna"',
      '/trial_days Too small: expected number to be >=0',
      '/more is not known here',
      '/started_at must not be in the future',
      `/plan is no plan that is sold at ${future}`,
      '/components/0/meter is no meter',
    ]);
    expect(await bad({ plan: 'enterprise', interval: 'month' })).toEqual([
      '/components is required: enterprise@1 is sold by contract',
      '/currency is required: enterprise@1 is sold by contract',
    ]);
    expect(await bad({ plan: 'free', interval: 'year', components: [] })).toEqual([
      '/components must be left out: free@1 has prices of its own',
      '/interval free@1 is not sold by the year',
    ]);
    expect(await bad({ plan: 'starter', interval: 'month', currency: 'EUR' })).toEqual([
      '/currency starter@1 is not sold in it by the month',
    ]);
    expect(await bad({ plan: 'starter@1', interval: 'month', started_at: '2025-12-31T23:59:59Z' })).toEqual([
      '/started_at starter@1 is sold from 2026-01-01T00:00:00Z on',
    ]);
    expect(await bad({ plan: 'starter@2', interval: 'month' })).toEqual([
      `/plan is no plan that is sold at ${billing.clock.now().toISOString()}`,
    ]);
    const contract = { plan: 'enterprise', interval: 'month', currency: 'EUR' };
    expect(await bad({ ...contract, components: [fee('1'), fee('2')] })).toEqual([
      '/components/1/key is the key of a component before',
    ]);
    const terms = { price: { model: 'flat', amount: '1' } };
    const twins = [{ terms }, { effective_from: '2026-03-01T00:00:00Z', terms }];
    expect(
      await bad({ ...contract, started_at: '2026-03-01T00:00:00Z', components: [fee('1', { versions: twins })] }),
    ).toEqual(['/components/0/versions/1/effective_from is when a version before begins']);
    expect(await bad(undefined)).toEqual([' is required']);
    const left = await billing.test.sql(
      `select id from public.billing_subscriptions where tenant_id = $1 union all
       select id from public.billing_invoices where tenant_id = $1`,
      [tenant.id as never],
    );
    expect(left).toEqual([]);
  });

  it('of those who subscribe a tenant at once, one does', async () => {
    const tenant = await billing.tenant();
    const made = await Promise.all(Array.from({ length: 8 }, () => refusal(billing.subscribe(tenant))));
    expect(made.filter((one) => one === 'done')).toHaveLength(1);
    expect(made.filter((one) => one === 'tenant_has_subscription')).toHaveLength(7);
    const [row] = await billing.test.sql<{ n: number }>(
      'select count(*)::integer as n from public.billing_invoices where tenant_id = $1',
      [tenant.id as never],
    );
    expect(row?.n).toBe(1);
  });

  it('a tenant that is gone is subscribed to nothing, and what it had ends', async () => {
    const tenant = await billing.tenant();
    const stored = await billing.subscribe(tenant, { started_at: '2026-01-01T00:00:00Z' });
    await billing.test.database.rpc('tenant_delete', {
      p_id: tenant.id,
      p_cascade: false,
      p_row_version: null,
      p_context: { ...operator },
    });
    expect((await billing.read(stored.subscription.id)).subscription.ends_at).not.toBeNull();
    expect(await refusal(billing.subscribe(tenant))).toBe('tenant_not_found');
  });
});
