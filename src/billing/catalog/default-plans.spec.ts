import { exact } from '../money/decimal.js';
import { evaluateTerms } from '../prices/evaluate.js';
import { ratePeriod } from '../rating/rate-period.js';
import { defaultPlans } from './default-plans.js';
import { planVersion } from './plan.js';

function amountOf(plan: string, interval: string, quantity: string): string | undefined {
  const offers = defaultPlans.find((version) => version.plan === plan)?.offers;
  const versions = offers?.find((offer) => offer.interval === interval)?.components[0]?.versions;
  return versions?.[0] && evaluateTerms(versions[0].terms, exact(quantity)).amount.toFixed(2);
}

describe('the default plans', () => {
  it.each([
    ['free', 'month', '1', '0.00'],
    ['starter', 'month', '1', '10.00'],
    ['starter', 'year', '1', '96.00'],
    // 7 members: 7 x 8 = 56; 7 x 76.80 = 537.60
    ['professional', 'month', '7', '56.00'],
    ['professional', 'year', '7', '537.60'],
  ])('%s by the %s, %s of it: %s USD', (plan, interval, quantity, amount) => {
    expect(amountOf(plan, interval, quantity)).toBe(amount);
  });

  it.each([
    ['starter', '1'],
    ['professional', '1'],
    ['professional', '13'],
  ])('a year of %s costs 12 months less 20 %', (plan, quantity) => {
    const months = exact(amountOf(plan, 'month', quantity) ?? 'NaN').times(exact('12'));
    expect(amountOf(plan, 'year', quantity)).toBe(months.times(exact('0.8')).toFixed(2));
  });

  it('starter and professional are tried for 14 days, the others not', () => {
    expect(defaultPlans.map(({ plan, trial_days }) => [plan, trial_days])).toEqual([
      ['free', null],
      ['starter', 14],
      ['professional', 14],
      ['enterprise', null],
    ]);
  });

  it('enterprise is priced by contract', () => {
    expect(defaultPlans.find(({ plan }) => plan === 'enterprise')?.offers).toBeNull();
  });

  it('unlimited is null', () => {
    for (const { quotas } of defaultPlans) expect(Object.values(quotas)).toEqual([null, null]);
  });

  it('a month of professional after its trial, rated', () => {
    const components = defaultPlans.find(({ plan }) => plan === 'professional')?.offers?.[0]?.components;
    const [from, trialEnd, to] = ['2026-04-01T00:00:00Z', '2026-04-15T00:00:00Z', '2026-05-01T00:00:00Z'];
    const subscription = {
      currency: 'USD',
      zone: 'UTC',
      period: { from, to },
      phases: [
        { from, to: trialEnd, trial: true, plan_version: 'professional@1', components },
        { from: trialEnd, to: null, plan_version: 'professional@1', components },
      ],
    };
    const quantities = [
      { meter: 'members', from, to: trialEnd, quantity: '3' },
      { meter: 'members', from: trialEnd, to, quantity: '4' },
    ];
    // 4 x 8 x 16 / 30 = 17.0666…
    expect(ratePeriod({ subscription, quantities })).toMatchObject({
      state: 'rated',
      rated: { totals: { total: '17.07' } },
    });
  });
});

describe('plans that are refused', () => {
  it('with every fault', () => {
    const [free] = defaultPlans;
    const [offer] = free?.offers ?? [];
    const twice = offer === undefined ? [] : [...offer.components, ...offer.components];
    const offers = [{ ...offer, currency: 'usd' }, { ...offer, components: twice }, offer];
    const { error } = planVersion.safeParse({
      ...free,
      plan: 'Free',
      trial_days: 14,
      quotas: { instances: '-1' },
      offers,
    });
    expect(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
      'plan: must be lower-case letters and digits, with single underscores between',
      'quotas.instances: must not be negative',
      'offers.0.currency: must be the code of an ISO 4217 currency, such as "USD"',
      'offers.1.components.1.key: is the key of a component before',
      'offers.2: is an interval and currency before',
    ]);
  });
});
