import { badTiers, ChangingBilling, code, day, tierFaults } from '../setup/changing-billing.js';

const zone = 'must be an IANA time zone, such as "Europe/Vienna"';

const badUsage = (key: string): object => {
  const terms = { price: { model: 'graduated', tiers: badTiers } };
  return { key, kind: 'usage', meter: 'no_meter', proration: 'none', versions: [{ terms }] };
};

describe('bad prices and changes of plan are refused with all faults, and change nothing', () => {
  let billing: ChangingBilling;

  beforeAll(async () => {
    billing = await ChangingBilling.start();
  });
  afterAll(() => billing.stop());

  it('a plan', async () => {
    const first = '/offers/0/components/0';
    const [price, second] = [`${first}/versions/0/terms/price`, '/offers/0/components/1'];
    const late = {
      effective_from: '2025-12-31T00:00:00Z',
      terms: { price: { model: 'flat', amount: 5 }, minimum: '2', maximum: '1' },
    };
    const body = {
      plan: 'bad',
      effective_from: '2026-01-01T00:00:00Z',
      colour: 'red',
      quotas: { instances: '-1', nothing: '1' },
      offers: [
        {
          interval: 'day',
          currency: 'XXX',
          components: [badUsage('a'), { key: 'a', kind: 'odd', meter: 'nothing', proration: 'none', versions: [late] }],
        },
      ],
    };
    expect(await billing.refused('POST', '/v1/plans', body)).toEqual([
      '422 plan_refused',
      ...[
        '/colour is not known here',
        '/effective_from must not be in the past',
        `${first}/meter is no meter`,
        ...tierFaults(price),
        `${second}/key is the key of a component before`,
        `${second}/kind Invalid option: expected one of "recurring"|"usage"`,
        `${second}/meter is no meter`,
        `${second}/versions/0/effective_from must not be before 2026-01-01T00:00:00Z`,
        `${second}/versions/0/terms/minimum must not be more than the maximum`,
        `${second}/versions/0/terms/price/amount Invalid input: expected string, received number`,
        `${second}/versions/0/terms/price/model a flat price counts nothing: leave the meter out`,
        `/offers/0/currency ${code}`,
        '/offers/0/interval Invalid option: expected one of "month"|"year"',
        '/quotas/instances must not be negative',
        '/quotas/nothing is no feature',
      ].sort(),
    ]);
  });

  it('a subscription, by contract and to what has prices of its own', async () => {
    const path = '/v1/tenants/fresh/subscriptions';
    const bad = { interval: 'week', time_zone: 'Mars/Olympus', trial_days: -1, started_at: day(2) };
    const contract = { plan: 'enterprise', ...bad, currency: 'EURO', components: [badUsage('a'), badUsage('a')] };
    const common = [
      '/interval Invalid option: expected one of "month"|"year"',
      '/started_at must not be in the future',
      `/time_zone ${zone}`,
      '/trial_days Too small: expected number to be >=0',
    ];
    expect(await billing.refused('POST', path, contract)).toEqual([
      '422 subscription_refused',
      ...[
        ...common,
        `/currency ${code}`,
        ...['/components/0', '/components/1'].flatMap((each) => [
          `${each}/meter is no meter`,
          ...tierFaults(`${each}/versions/0/terms/price`),
        ]),
        '/components/1/key is the key of a component before',
      ].sort(),
    ]);
    const { interval: _, ...rest } = bad;
    const own = { plan: 'team', ...rest, interval: 'year', currency: 'EUR', components: [badUsage('a')] };
    expect(await billing.refused('POST', path, own)).toEqual([
      '422 subscription_refused',
      ...[
        ...common.slice(1),
        '/components must be left out: team@1 has prices of its own',
        '/components/0/meter is no meter',
        ...tierFaults('/components/0/versions/0/terms/price'),
        '/interval team@1 is not sold by the year',
      ].sort(),
    ]);
    expect(
      await billing.refused('POST', path, { plan: 'team', interval: 'month', currency: 'EUR', trial_days: 0.5 }),
    ).toEqual([
      '422 subscription_refused',
      '/currency team@1 is not sold in it by the month',
      '/trial_days Invalid input: expected int, received number',
    ]);
    const early = { plan: 'team', interval: 'month', started_at: '2026-01-01T00:00:00Z' };
    expect(await billing.refused('POST', path, early)).toEqual([
      '422 subscription_refused',
      expect.stringMatching(/^\/plan is no plan that is sold at 2026-01-01T00:00:00Z|^\/started_at /),
    ]);
    expect(await billing.refused('POST', path, { plan: 'nothing@3', colour: 'red' })).toEqual([
      '422 subscription_refused',
      '/colour is not known here',
      expect.stringMatching(/^\/interval /),
      expect.stringMatching(/^\/plan is no plan that is sold at /),
    ]);
  });

  it('a change of plan: in the past, to what is not sold, at prices that are none', async () => {
    const path = `/v1/subscriptions/${billing.subscribed.id}/move`;
    const past = '/at must not be in the past';
    expect(await billing.refused('POST', path, { plan: 'team', at: day(-1) })).toEqual([
      '422 move_refused',
      past,
      expect.stringMatching(/^\/plan is no plan that is sold at /),
    ]);
    const contract = {
      plan: 'enterprise',
      at: '2026-02-01T00:00:00Z',
      interval: 'year',
      currency: 'JPY',
      components: [badUsage('a')],
      odd: 1,
    };
    expect(await billing.refused('POST', path, contract)).toEqual([
      '422 interval_or_currency_fixed',
      ...[
        past,
        '/components/0/meter is no meter',
        ...tierFaults('/components/0/versions/0/terms/price'),
        '/currency is that of the subscription: end it, and subscribe again',
        '/interval is that of the subscription: end it, and subscribe again',
        '/odd is not known here',
      ].sort(),
    ]);
    expect(await billing.refused('POST', path, { plan: 'starter@9', at: 'yesterday', components: [] })).toEqual([
      '422 move_refused',
      expect.stringMatching(/^\/at /),
      expect.stringMatching(/^\/plan is no plan that is sold at /),
    ]);
    // Of what was billed nothing is changed any more.
    expect(
      await billing.refused('POST', `/v1/subscriptions/${billing.billed.id}/move`, { plan: 'team', at: day(-20) }),
    ).toEqual(['422 move_refused', past, expect.stringMatching(/^\/plan is no plan that is sold at /)]);
  });

  it('a price for one tenant', async () => {
    const at = day(3);
    const terms = { price: { model: 'volume', tiers: badTiers } };
    expect(
      await billing.refused('POST', `/v1/subscriptions/${billing.subscribed.id}/overrides`, {
        component: 'base',
        from: at,
        to: at,
        terms,
      }),
    ).toEqual(['422 override_refused', ...tierFaults('/terms/price'), '/to must be after the override begins']);
    const early = { component: 'seats', from: day(-35), terms: { ...terms, odd: 1 } };
    expect(await billing.refused('POST', `/v1/subscriptions/${billing.billed.id}/overrides`, early)).toEqual([
      '422 override_refused',
      '/component is not sold to the tenant at that time',
      expect.stringMatching(/^\/from must not be before .*: that was billed$/),
      '/terms/odd is not known here',
      ...tierFaults('/terms/price'),
    ]);
  });

  it('a preview of a period of nothing', async () => {
    const at = day(-3);
    const asked = {
      tenant: 'acme',
      from: at,
      to: at,
      currency: 'XYZ',
      time_zone: 'UTC+1',
      components: [badUsage('a')],
    };
    expect(await billing.refused('POST', '/v1/billing/previews', { ...asked, odd: 1 })).toEqual([
      '422 preview_refused',
      ...[
        '/components/0/meter is no meter',
        ...tierFaults('/components/0/versions/0/terms/price'),
        `/currency ${code}`,
        '/odd is not known here',
        `/time_zone ${zone}`,
        '/to must be after the period begins',
      ].sort(),
    ]);
  });
});
