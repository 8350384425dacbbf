import { operator } from '../../setup/provisioning.js';
import { Billing, fee, perUnit, refusal } from '../../setup/billing.js';

describe('publishing plans', () => {
  let billing: Billing;

  beforeAll(async () => {
    billing = await Billing.start('2026-03-01T00:00:00Z');
  });
  afterAll(() => billing.stop());

  const countOfPlans = async (): Promise<unknown[]> =>
    billing.test.sql('select count(*)::integer as n from public.billing_plan_versions');

  it('gives numbers, ids and times', async () => {
    const meter = await billing.meter('calls');
    const first = await billing.plan([fee('5'), perUnit(meter, '0.001')], { quotas: { instances: '3' } }, 'team');
    expect(first).toMatchObject({ id: 'team@1', version: 1, effective_from: '2026-03-01T00:00:00Z', trial_days: null });
    expect(first.offers?.[0]?.components.map(({ versions }) => versions[0])).toMatchObject([
      { id: 'team@1/month/USD/base/1', effective_from: '2026-03-01T00:00:00Z' },
      { id: 'team@1/month/USD/calls/1', effective_from: '2026-03-01T00:00:00Z' },
    ]);
    const second = await billing.plan([fee('6')], { effective_from: '2026-05-01T00:00:00Z' }, 'team');
    expect(second).toMatchObject({ id: 'team@2', effective_from: '2026-05-01T00:00:00Z' });
    expect(await billing.plans.get('team', 1)).toEqual(first);
    expect(await billing.plans.get('team', undefined)).toEqual(second);
    expect(await billing.plans.soldAt('team', '2026-04-30T23:59:59Z')).toEqual(first);
    expect(await billing.plans.soldAt('team', '2026-05-01T00:00:00Z')).toEqual(second);
    expect(await billing.plans.soldAt('team', '2026-02-28T23:59:59Z')).toBeUndefined();
    expect(await refusal(billing.plans.get('team', 3))).toBe('plan_not_found');
  });

  it('numbers are given once, however many publish at once', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => billing.plan([fee('1')], {}, 'busy')));
    expect(made.map(({ version }) => version).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('what was published never changes', async () => {
    await expect(billing.test.sql(`update public.billing_plan_versions set trial_days = 1`)).rejects.toThrow(
      'append-only',
    );
    await expect(billing.test.sql(`delete from public.billing_plan_versions`)).rejects.toThrow('append-only');
  });

  it('is in the trail', async () => {
    await billing.plan([fee('1')], {}, 'trailed');
    const rows = await billing.test.sql(
      `select actor, action, after ->> 'id' as id from public.audit_log where resource_id = 'trailed@1'`,
    );
    expect(rows).toEqual([{ actor: 'operator', action: 'plan.publish', id: 'trailed@1' }]);
  });

  it('refuses with every fault at once, and changes nothing', async () => {
    const before = await countOfPlans();
    const graduated = {
      model: 'graduated',
      tiers: [
        { up_to: '10', unit_amount: '-1' },
        { from: '5', up_to: '20', unit_amount: '1' },
        { from: '30', up_to: null, unit_amount: '1000000000001' },
      ],
    };
    const body = {
      plan: 'Bad Plan',
      effective_from: '2026-02-28T23:59:59Z',
      trial_days: 0,
      quotas: { instances: '-1', nothing: null },
      features: { instances: { enabled: true }, other: { limit: '1' } },
      offers: [
        {
          interval: 'month',
          currency: 'XXX',
          components: [
            perUnit('no_meter', '1', { versions: [{ terms: { price: graduated } }] }),
            perUnit('members', '1'),
          ],
        },
      ],
      more: 1,
    };
    expect(await refusal(billing.plans.publish(body, operator))).toEqual(
      expect.arrayContaining([
        '/plan must be lower-case letters and digits, with single underscores between',
        '/trial_days Too small: expected number to be >=1',
        '/quotas/instances must not be negative',
        '/offers/0/currency must be the code of an ISO 4217 currency, such as "USD"',
        '/offers/0/components/0/versions/0/terms/price/tiers/0/unit_amount must not be negative',
        '/offers/0/components/0/versions/0/terms/price/tiers/2/unit_amount must be at most 1000000000000',
        '/offers/0/components/0/versions/0/terms/price/tiers/1/from overlaps with the tier before, which ends at 10',
        '/offers/0/components/0/versions/0/terms/price/tiers/2/from leaves a gap to the tier before, which ends at 20',
        '/offers/0/components/0/meter is no meter',
        '/offers/0/components/1/kind members are had, not used: must be recurring',
        '/features/instances is a metered feature: must have limit',
        '/features/other is no feature',
        '/quotas/nothing is no feature',
        '/effective_from must not be in the past',
        '/more is not known here',
      ]),
    );
    expect(await countOfPlans()).toEqual(before);
    expect(await billing.test.sql(`select from public.entitlements where plan like 'bad%'`)).toEqual([]);
  });

  it.each<[string, unknown, string[]]>([
    ['nothing at all', undefined, ['is required']],
    ['a list', [], ['expected object']],
    ['a number', 5, ['expected object']],
    ['no offers', { plan: 'x' }, ['/offers is required']],
    [
      'components that are none',
      { plan: 'x', offers: [{ interval: 'month', currency: 'USD', components: 5 }] },
      ['/offers/0/components'],
    ],
  ])('%s', async (_what, body, expected) => {
    const faults = await refusal(billing.plans.publish(body, operator));
    for (const each of expected) expect(String(faults)).toContain(each);
  });

  it('prices hold from when the plan does, and none before', async () => {
    const at = (effective_from: string): object => ({
      effective_from,
      terms: { price: { model: 'flat', amount: '1' } },
    });
    const versions = [at('2026-03-01T00:00:00Z'), at('2026-06-01T00:00:00Z')];
    const offers = [{ interval: 'month', currency: 'USD', components: [fee('1', { versions })] }];
    const body = { plan: 'priced', effective_from: '2026-04-01T00:00:00Z', offers };
    expect(await refusal(billing.plans.publish(body, operator))).toEqual([
      '/offers/0/components/0/versions/0/effective_from must not be before 2026-04-01T00:00:00Z',
    ]);
    const late = { ...body, offers: [{ ...offers[0], components: [fee('1', { versions: versions.slice(1) })] }] };
    expect(await refusal(billing.plans.publish(late, operator))).toEqual([
      '/offers/0/components/0/versions must hold a price that takes effect at 2026-04-01T00:00:00Z',
    ]);
  });

  it('what was left out is not what another price has', async () => {
    const terms = { price: { model: 'flat', amount: '1' } };
    const from = '2026-04-01T00:00:00Z';
    const published = (versions: object[]): Promise<readonly string[] | string> => {
      const offers = [{ interval: 'month', currency: 'USD', components: [fee('1', { versions })] }];
      return refusal(billing.plans.publish({ plan: 'twins', effective_from: from, offers }, operator));
    };
    const versions = '/offers/0/components/0/versions';
    expect(await published([{ terms }, { effective_from: '2026-04-01T02:00:00+02:00', terms }])).toEqual([
      `${versions}/1/effective_from is when a version before begins`,
    ]);
    const later = '2026-05-01T00:00:00Z';
    expect(
      await published([
        { id: 'twins@1/month/USD/base/2', terms },
        { effective_from: later, terms },
      ]),
    ).toEqual([`${versions}/1/id is the id of a version before`]);
    expect(await published([{ terms }, { effective_from: later, terms }])).toBe('done');
    // A version may keep the ids of the one before it.
    expect(
      await published([
        { id: 'twins@1/month/USD/base/2', terms },
        { effective_from: later, terms },
      ]),
    ).toBe('done');
  });
});
