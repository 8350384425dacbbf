import { storedSubscription, type StoredSubscription } from './stored-subscription.js';
import { subscriptionPeriod } from './subscription-period.js';

const terms = { price: { model: 'flat', amount: '1' } };
const versions = [{ id: 'v', effective_from: '2026-01-01T00:00:00Z', terms }];
const component = (key: string): object => ({ key, kind: 'recurring', proration: 'per_second', versions });
const phase = (seq: number, from: string, to: string | null, plan: string, key: string): object => ({
  seq,
  starts_at: `${from}T00:00:00+00:00`,
  ends_at: to === null ? null : `${to} 00:00:00+00`,
  trial: false,
  plan_version: plan,
  components: [component(key)],
});

/** From January on `a@1`, from 16 April on `b@1`, with a price of its own for each. */
function stored(ends_at: string | null): StoredSubscription {
  const times = {
    anchor_at: '2026-01-01Z',
    started_at: '2026-01-01Z',
    created_at: '2026-01-01Z',
    updated_at: '2026-01-01Z',
  };
  const next = { next_period: 3, next_period_from: '2026-04-01T00:00:00Z', next_period_to: '2026-05-01T00:00:00Z' };
  const instants = Object.fromEntries(
    Object.entries(times).map(([name, at]) => [name, at.replace('Z', 'T00:00:00.5Z')]),
  );
  const ids = { id: 'id', tenant_id: 'tenant', row_version: 1 };
  const row = { status: 'active', currency: 'USD', billing_interval: 'month', time_zone: 'UTC', trial_end: 'activate' };
  const override = (id: string, of: string): object => ({
    id,
    component: of,
    starts_at: '2026-04-10T00:00:00Z',
    ends_at: null,
    terms,
  });
  return storedSubscription.parse({
    subscription: { ...ids, ...row, ...instants, ...next, trial_ends_at: null, past_due_since: null, ends_at },
    phases: [phase(0, '2026-01-01', '2026-04-16', 'a@1', 'a'), phase(1, '2026-04-16', null, 'b@1', 'b')],
    overrides: [override('of-a', 'a'), override('of-b', 'b')],
  });
}

const spans = (of: StoredSubscription, period?: { from: string; to: string }): unknown[] =>
  subscriptionPeriod(of, period).phases.map(({ from, to, plan_version, components }) => [
    from,
    to,
    plan_version,
    components.length,
  ]);

describe('what the rating of a period needs of a subscription', () => {
  const fromJanuary = ['2026-01-01T00:00:00Z', '2026-04-16T00:00:00Z', 'a@1', 1];

  it('the next period, with the phases in it', () => {
    expect(subscriptionPeriod(stored(null))).toMatchObject({
      currency: 'USD',
      zone: 'UTC',
      period: { from: '2026-04-01T00:00:00Z', to: '2026-05-01T00:00:00Z' },
      overrides: [{ id: 'of-a' }, { id: 'of-b' }],
    });
    expect(spans(stored(null))).toEqual([fromJanuary, ['2026-04-16T00:00:00Z', null, 'b@1', 1]]);
  });

  it('another period has its own phases, and the overrides of what is sold in it', () => {
    const march = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };
    expect(spans(stored(null), march)).toEqual([fromJanuary]);
    expect(subscriptionPeriod(stored(null), march).overrides).toEqual([]);
    const may = { from: '2026-05-01T00:00:00Z', to: '2026-06-01T00:00:00Z' };
    expect(subscriptionPeriod(stored(null), may).overrides.map(({ id }) => id)).toEqual(['of-b']);
  });

  it.each<[string, string, unknown[]]>([
    [
      'before a phase begins',
      '2026-04-11T00:00:00Z',
      [
        ['2026-01-01T00:00:00Z', '2026-04-11T00:00:00Z', 'a@1', 1],
        ['2026-04-11T00:00:00Z', null, 'a@1', 0],
      ],
    ],
    ['when a phase begins', '2026-04-16T00:00:00Z', [fromJanuary, ['2026-04-16T00:00:00Z', null, 'a@1', 0]]],
    [
      'after it has begun',
      '2026-04-21T00:00:00Z',
      [
        fromJanuary,
        ['2026-04-16T00:00:00Z', '2026-04-21T00:00:00Z', 'b@1', 1],
        ['2026-04-21T00:00:00Z', null, 'b@1', 0],
      ],
    ],
    [
      'with the period',
      '2026-05-01T00:00:00Z',
      [fromJanuary, ['2026-04-16T00:00:00Z', '2026-05-01T00:00:00Z', 'b@1', 1]],
    ],
    ['before the period', '2026-03-01T00:00:00Z', [['2026-03-01T00:00:00Z', null, 'a@1', 0]]],
  ])('one that ends %s', (_when, end, expected) => {
    expect(spans(stored(end))).toEqual(expected);
  });
});
