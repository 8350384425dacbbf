import fc from 'fast-check';
import type { QuantityAnswer, QuantityAsk } from '../../../src/billing/runs/period-rating.js';
import { BillingWorld, component, flat } from '../../setup/billing-runs.js';

const day = 86_400_000;
const start = Math.floor(Date.now() / day) * day - 20 * day;
const at = (ms: number): string => new Date(start + ms).toISOString();
const aggregations = ['sum', 'count', 'avg', 'min', 'max', 'unique_count', 'latest', 'time_weighted'] as const;

describe('quantities of segments', () => {
  let world: BillingWorld;
  const tenants: { id: string; slug: string }[] = [];
  beforeAll(async () => {
    world = await BillingWorld.start();
    for (const aggregation of aggregations) {
      const value_property = aggregation === 'count' ? undefined : '$.value';
      const what = { slug: aggregation, event_type: 'used', aggregation, group_by: { region: '$.region' } };
      await world.metering.meter({ ...what, value_property });
    }
    for (let n = 0; n < 3; n += 1) tenants.push(await world.metering.tenant());
    await world.sql(`select public.usage_backfill()`);
  });
  afterAll(() => world.stop());

  it('are the same from counts and from events, to the microsecond, folded or not', async () => {
    const event = fc.record({
      tenant: fc.nat({ max: 2 }),
      at: fc.nat({ max: 3 * day }),
      value: fc
        .integer({ min: 0, max: 5_000 })
        .map((n) => `${Math.trunc(n / 100)}.${String(n % 100).padStart(2, '0')}`),
      region: fc.constantFrom('eu', 'us'),
    });
    const bound = fc.oneof(
      fc.nat({ max: 3 * day }),
      fc.nat({ max: 3 * 96 }).map((n) => n * 900_000),
    );
    const bounds = fc
      .tuple(bound, bound)
      .filter(([a, b]) => a !== b)
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 40 }),
        fc.array(bounds, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (events, spans, folds) => {
          const receipt = await world.metering.append(
            events.map(({ tenant, at: time, value, region }) => ({
              tenant: tenants[tenant] ?? { id: '', slug: '' },
              type: 'used',
              time: at(time),
              data: `{"value": ${value}, "region": "${region}"}`,
            })),
          );
          expect(receipt.accepted).toBe(events.length);
          if (folds) await world.metering.compact();
          const asks: QuantityAsk[] = spans.flatMap(([from = 0, to = 0]) =>
            tenants.flatMap(({ id }) =>
              aggregations.map((meter) => ({ tenant_id: id, meter, from: at(from), to: at(to) })),
            ),
          );
          const counted = await world.quantities.ask(asks, 'counts');
          const raw = await world.quantities.ask(asks, 'events');
          expect(told(asks, counted)).toEqual(told(asks, raw));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('say why where there is none', async () => {
    const [tenant] = tenants;
    const ask = { tenant_id: tenant?.id ?? '', from: at(0), to: at(day) };
    const long = { ...ask, from: '2020-01-01T00:00:00.000001Z' };
    const asks = [
      { ...ask, meter: 'no_such' },
      { ...ask, meter: 'members' },
      { ...long, meter: 'sum' },
    ];
    expect(await world.quantities.ask(asks)).toMatchObject([
      { outcome: 'meter_not_found' },
      { quantity: '0' },
      { outcome: 'raw_expired' },
    ]);
  });

  it('of a day that takes no events any more are those of its events while the period is open', async () => {
    const other = await world.metering.tenant();
    await world.metering.append([
      { tenant: other, type: 'used', time: at(1_000), data: '{"value": 3, "region": "eu"}' },
    ]);
    await world.sql(`update public.usage_retention set kept_from = $1`, [at(5 * day)]);
    const ask = { tenant_id: other.id, meter: 'sum', from: new Date(start + 1).toISOString(), to: at(day) };
    expect(await world.quantities.ask([ask])).toEqual([{ quantity: '3' }]);
    await world.sql(`update public.usage_retention set kept_from = now() - interval '90 days'`);
  });

  it('lines of an invoice are a rating of the raw events, and rating again changes nothing', async () => {
    const price = {
      model: 'graduated',
      tiers: [
        { up_to: '3', unit_amount: '0.333' },
        { up_to: null, unit_amount: '0.0007', flat_amount: '0.01' },
      ],
    };
    const sold = (meter: string): object =>
      component({ key: meter, kind: 'usage', meter }, price, { included_quantity: '1.5' });
    const subscription = await world.subscribe({
      tenant: tenants[0] ?? { id: '', slug: '' },
      anchor: new Date(start - 18 * day + 12_345).toISOString(),
      components: [flat('9.99'), sold('sum'), sold('unique_count')],
      later: [{ from: at(day + 777), components: [sold('sum'), sold('max')] }],
    });
    await world.run();
    const [first] = await world.invoices(subscription);
    const [row] = await world.sql<{ inputs: { subscription: object } }>(
      'select inputs from public.billing_invoices where id = $1',
      [first?.id],
    );
    const period = { tenantId: subscription.tenant.id, period: row?.inputs.subscription ?? {} };
    const [raw] = await world.periods.rate([period], { from: 'events' });
    const [counted] = await world.periods.rate([period]);
    expect(counted).toEqual(raw);
    expect(raw).toMatchObject({ state: 'rated', rated: { totals: { total: first?.total } } });
    // And one of rounding, now and then.
    expect(first?.lines.length).toBeGreaterThanOrEqual(4);
    await world.run();
    expect((await world.invoices(subscription))[0]).toEqual(first);
  });
});

function told(asks: readonly QuantityAsk[], answers: readonly QuantityAnswer[]): string[] {
  return answers.map((answer, n) => `${asks[n]?.meter} ${asks[n]?.from} ${asks[n]?.to} ${JSON.stringify(answer)}`);
}
