import { BillingWorld, component, flat, perUnit, type Subscribed } from '../../setup/billing-runs.js';

// Vienna: October 2024 has 745 hours, for 2:00 to 3:00 on the 27th is there twice.
const vienna = 'Europe/Vienna';
const october = '2024-09-30T22:00:00Z';
const november = '2024-10-31T23:00:00Z';

const tiers = [
  { up_to: '100', unit_amount: '0.10' },
  { up_to: '1000', unit_amount: '0.05', flat_amount: '5' },
  { up_to: null, unit_amount: '0.01' },
];
const percents = [
  { up_to: '1000', percent: '3' },
  { up_to: null, percent: '1.5', flat_amount: '0.3' },
];

function used(key: string, meter: string, price: object, terms: object = {}): object {
  return component({ key, kind: 'usage', meter }, price, terms);
}

const everyModel = [
  // 10
  flat('10'),
  // 1500.5 x 0.003 = 4.5015
  used('per_unit', 'calls', { model: 'per_unit', unit_amount: '0.003' }),
  // 100 x 0.10 + 900 x 0.05 + 5 + 500.5 x 0.01 = 10 + 45 + 5 + 5.005 = 65.005
  used('graduated', 'calls', { model: 'graduated', tiers }),
  // 1500.5 x 0.01 = 15.005
  used('volume', 'calls', { model: 'volume', tiers }),
  // 15.005 packages of 100: 16 x 4 = 64
  used('package', 'calls', { model: 'package', package_size: '100', package_amount: '4' }),
  // 1500 x 2.9 % = 43.5
  used('percentage', 'payments', { model: 'percentage', percent: '2.9' }),
  // 1000 x 3 % + 500 x 1.5 % + 0.3 = 37.8
  used('by_percents', 'payments', { model: 'graduated_percentage', tiers: percents }),
  // 17.123456 x 1.2 = 20.5481472
  used('dynamic', 'prices', { model: 'dynamic', multiplier: '1.2' }),
  // 4 x 2 = 8, and at least 10
  used('minimum', 'stored', { model: 'per_unit', unit_amount: '2' }, { minimum: '10' }),
  // 8, and at most 5
  used('maximum', 'stored', { model: 'per_unit', unit_amount: '2' }, { maximum: '5' }),
  // 8, and 92 that the commitment lacks
  used('committed', 'stored', { model: 'per_unit', unit_amount: '2' }, { commitment: '100' }),
  // (1500.5 - 1000) x 2 = 1001
  used('included', 'calls', { model: 'per_unit', unit_amount: '2' }, { included_quantity: '1000' }),
];

describe('golden invoices, by hand, as a run writes them from events', () => {
  let world: BillingWorld;
  beforeAll(async () => {
    world = await BillingWorld.start();
    await world.sql(`update public.usage_retention set kept_from = '2023-12-01Z'`);
    for (const slug of ['calls', 'payments', 'prices', 'stored', 'marks'])
      await world.metering.meter({ slug, event_type: slug });
  });
  afterAll(() => world.stop());

  async function uses({ tenant }: Subscribed, events: readonly (readonly [string, string, string])[]): Promise<void> {
    const receipt = await world.metering.append(
      events.map(([type, time, value]) => ({ tenant, type, time, data: `{"value": ${value}}` })),
    );
    expect(receipt.accepted).toBe(events.length);
  }

  it.each([
    {
      currency: 'JPY',
      lines: ['10', '5', '65', '15', '64', '44', '38', '21', '10', '5', '8', '92', '1001', '-2'],
      // 1376.3596472; the lines are 1378.
      total: '1376',
    },
    {
      currency: 'MGA',
      lines: [
        '10.0',
        '4.5',
        '65.0',
        '15.0',
        '64.0',
        '43.5',
        '37.8',
        '20.5',
        '10.0',
        '5.0',
        '8.0',
        '92.0',
        '1001.0',
        '0.1',
      ],
      total: '1376.4',
    },
    {
      currency: 'USD',
      lines: [
        '10.00',
        '4.50',
        '65.01',
        '15.01',
        '64.00',
        '43.50',
        '37.80',
        '20.55',
        '10.00',
        '5.00',
        '8.00',
        '92.00',
        '1001.00',
        '-0.01',
      ],
      total: '1376.36',
    },
    {
      currency: 'KWD',
      lines: [
        '10.000',
        '4.502',
        '65.005',
        '15.005',
        '64.000',
        '43.500',
        '37.800',
        '20.548',
        '10.000',
        '5.000',
        '8.000',
        '92.000',
        '1001.000',
      ],
      total: '1376.360',
    },
  ])('every price model, in $currency', async ({ currency, lines, total }) => {
    const subscription = await world.subscribe({ anchor: october, zone: vienna, currency, components: everyModel });
    await uses(subscription, [
      ['calls', '2024-09-30T21:59:59.999999Z', '7'],
      ['calls', october, '1200.5'],
      ['calls', '2024-10-31T22:59:59.999999Z', '300'],
      ['calls', november, '999'],
      // In both of the hours that the clocks show as 2:30.
      ['payments', '2024-10-27T00:30:00Z', '600'],
      ['payments', '2024-10-27T01:30:00Z', '900'],
      ['prices', '2024-10-02T00:00:00Z', '17.123456'],
      ['stored', '2024-10-15T12:00:00Z', '4'],
    ]);
    await world.run('2024-11-02T00:00:00Z', { tenants: [subscription.tenant.id] });
    const [first] = await world.invoices(subscription);
    const amounts = (first?.lines ?? []).map((line) => line.split(' -> ')[1]);
    expect({ amounts, total: first?.total }).toEqual({ amounts: lines, total });
    const [stored] = await world.sql<{ zone_data_version: string }>(
      'select zone_data_version from public.billing_invoices where id = $1',
      [first?.id],
    );
    expect(stored?.zone_data_version).toBe(process.versions['tz']);
  });

  it.each([
    // 26 days, 12 hours and the hour that is there twice, of 745: 637 hours.
    ['per_second', '745', '637.00'],
    // The 27th belongs to what begins on it: 26 of 31 days.
    ['per_day', '31', '26.00'],
    ['none', '31', '31.00'],
  ])('a fee %s until noon of the day that is an hour long', async (proration, amount, billed) => {
    const subscription = await world.subscribe({
      anchor: october,
      zone: vienna,
      components: [flat(amount, { proration })],
      later: [{ from: '2024-10-27T11:00:00Z', components: [] }],
    });
    await world.run('2024-11-02T00:00:00Z', { tenants: [subscription.tenant.id] });
    expect((await world.invoices(subscription))[0]).toMatchObject({
      total: billed,
      lines: [`recurring base 1 -> ${billed}`],
    });
  });

  it('a price of one tenant for ten days', async () => {
    const subscription = await world.subscribe({ anchor: '2024-07-01T00:00:00Z', components: [flat('31')] });
    const terms = { price: { model: 'flat', amount: '15.50' } };
    const [from, to] = ['2024-07-11T00:00:00Z', '2024-07-21T00:00:00Z'];
    const override = await world.override(subscription.id, 'base', from, to, terms);
    await world.run('2024-08-02T00:00:00Z', { tenants: [subscription.tenant.id] });
    const [first] = await world.invoices(subscription);
    // 10 x 1, 10 x 0.50, 11 x 1
    expect(first).toMatchObject({
      total: '26.00',
      lines: ['recurring base 1 -> 10.00', 'recurring base 1 -> 5.00', 'recurring base 1 -> 11.00'],
    });
    const versions = await world.sql(
      'select price_version from public.billing_invoice_lines where invoice_id = $1 order by line',
      [first?.id],
    );
    expect(versions.map(({ price_version }) => price_version)).toEqual(['p@1', override, 'p@1']);
  });

  it('from 31 January of a leap year, with what happens at the bounds', async () => {
    const subscription = await world.subscribe({
      anchor: '2024-01-30T23:00:00Z',
      zone: vienna,
      components: [perUnit('marks', '1')],
    });
    await uses(subscription, [
      ['marks', '2024-01-30T23:00:00Z', '1'],
      ['marks', '2024-02-28T22:59:59.999999Z', '2'],
      // Midnight of the leap day.
      ['marks', '2024-02-28T23:00:00Z', '4'],
      ['marks', '2024-03-30T22:59:59.999999Z', '8'],
      // Midnight of 31 March, whose clocks are turned two hours later.
      ['marks', '2024-03-30T23:00:00Z', '16'],
      ['marks', '2024-04-29T21:59:59.999999Z', '32'],
      ['marks', '2024-04-29T22:00:00Z', '64'],
    ]);
    const run = await world.run('2024-05-01T00:00:00Z', { tenants: [subscription.tenant.id] });
    expect(run.progress).toMatchObject({ done: 3, invoiced: 3 });
    const invoices = await world.invoices(subscription);
    expect(invoices.map(({ from, total }) => [from, total])).toEqual([
      ['2024-01-30T23:00:00.000000Z', '3.00'],
      ['2024-02-28T23:00:00.000000Z', '12.00'],
      ['2024-03-30T23:00:00.000000Z', '48.00'],
      ['2024-04-29T22:00:00.000000Z', '0'],
    ]);
    const numbers = invoices.flatMap(({ number }) => (number === null ? [] : [number]));
    expect(numbers).toEqual(numbers.toSorted());
  });

  it('periods adjoin though the rules of the zone have changed since the bounds of one were worked out', async () => {
    const subscription = await world.subscribe({ anchor: october, zone: vienna, components: [perUnit('marks', '1')] });
    // As if summer time had lasted until November when the period began: an hour sooner than by the rules of now.
    const bound = '2024-10-31T22:00:00Z';
    await world.sql('update public.billing_subscriptions set next_period_to = $2 where id = $1', [
      subscription.id,
      bound,
    ]);
    await uses(subscription, [
      ['marks', '2024-10-31T21:59:59.999999Z', '1'],
      ['marks', bound, '2'],
      ['marks', '2024-10-31T22:30:00Z', '4'],
    ]);
    await world.run('2024-12-02T00:00:00Z', { tenants: [subscription.tenant.id] });
    expect((await world.invoices(subscription)).map(({ from, to, total }) => [from, to, total])).toEqual([
      ['2024-09-30T22:00:00.000000Z', '2024-10-31T22:00:00.000000Z', '1.00'],
      ['2024-10-31T22:00:00.000000Z', '2024-11-30T23:00:00.000000Z', '6.00'],
      ['2024-11-30T23:00:00.000000Z', '2024-12-31T23:00:00.000000Z', '0'],
    ]);
  });

  it('by the year, from a leap day on', async () => {
    const fee = (amount: string): object[] => [flat(amount, { proration: 'per_day' })];
    const subscription = await world.subscribe({
      anchor: '2024-02-28T23:00:00Z',
      zone: vienna,
      interval: 'year',
      components: fee('365'),
      later: [{ from: '2024-06-30T22:00:00Z', components: fee('730') }],
    });
    await world.run('2026-03-01T00:00:00Z', { tenants: [subscription.tenant.id] });
    const invoices = await world.invoices(subscription);
    // Until 28 February 2025 there are 365 days: 1 + 31 + 30 + 31 + 30 = 123 until July, and 242 at 2 each.
    expect(invoices.map(({ from, to, total, lines }) => [from, to, total, lines])).toEqual([
      [
        '2024-02-28T23:00:00.000000Z',
        '2025-02-27T23:00:00.000000Z',
        '607.00',
        ['recurring base 1 -> 123.00', 'recurring base 1 -> 484.00'],
      ],
      ['2025-02-27T23:00:00.000000Z', '2026-02-27T23:00:00.000000Z', '730.00', ['recurring base 1 -> 730.00']],
      ['2026-02-27T23:00:00.000000Z', '2027-02-27T23:00:00.000000Z', '0', []],
    ]);
  });
});
