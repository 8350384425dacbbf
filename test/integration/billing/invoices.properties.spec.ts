import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { focusRows } from '../../../src/billing/documents/focus-rows.js';
import type { Invoice, ShownLine } from '../../../src/billing/invoices/invoice.js';
import { InvoicesService } from '../../../src/billing/invoices/invoices.service.js';
import { InvoicesStore } from '../../../src/billing/invoices/invoices.store.js';
import { exact, sumOf } from '../../../src/billing/money/decimal.js';
import { moneyText, roundMoney } from '../../../src/billing/money/round-lines.js';
import { billingPeriodAt } from '../../../src/billing/periods/billing-period.js';
import { OwnerLookups } from '../../../src/platform/owner-lookups.js';
import { BillingWorld, component, type Subscribed } from '../../setup/billing-runs.js';

const zones = Intl.supportedValuesOf('timeZone');
const meters = ['summed', 'counted', 'most', 'different'] as const;

const decimals = (most: number, places: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max: most }).map((n) => exact(String(n)).div(exact('10').pow(places)).toFixed());
const amount = decimals(100_000, 4);
const tiers = <T extends object>(rates: fc.Arbitrary<T>) =>
  fc
    .tuple(
      fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 3 }),
      fc.array(rates, { minLength: 4, maxLength: 4 }),
    )
    .map(([bounds, of]) =>
      [...bounds.sort((a, b) => a - b).map(String), null].map((up_to, n) => ({ up_to, ...of[n] })),
    );
const amounts = tiers(fc.record({ unit_amount: amount, flat_amount: amount }));
const price = fc.oneof(
  amount.map((unit_amount) => ({ model: 'per_unit', unit_amount })),
  amounts.map((given) => ({ model: 'graduated', tiers: given })),
  amounts.map((given) => ({ model: 'volume', tiers: given })),
  fc.record({
    model: fc.constant('package'),
    package_size: decimals(9_000, 2).map((size) => (size === '0' ? '1' : size)),
    package_amount: amount,
  }),
  decimals(10_000, 2).map((percent) => ({ model: 'percentage', percent })),
  tiers(fc.record({ percent: decimals(10_000, 2), flat_amount: amount })).map((given) => {
    return { model: 'graduated_percentage', tiers: given };
  }),
  decimals(2_000, 3).map((multiplier) => ({ model: 'dynamic', multiplier })),
);
const bounds = fc.oneof(
  fc.constant({}),
  amount.map((minimum) => ({ minimum })),
  amount.map((maximum) => ({ maximum })),
  amount.map((commitment) => ({ commitment })),
  decimals(3_000, 1).map((included_quantity) => ({ included_quantity })),
);
const proration = fc.constantFrom('none', 'per_second', 'per_day');
const fee = fc
  .tuple(amount, proration)
  .map(([of, by]) => component({ key: 'fee', kind: 'recurring', proration: by }, { model: 'flat', amount: of }));
const usage = fc
  .tuple(fc.constantFrom(...meters), price, bounds, proration)
  .map(([meter, of, terms, by]) => component({ key: meter, kind: 'usage', meter, proration: by }, of, terms));
const sold = fc
  .tuple(fee, fc.uniqueArray(usage, { maxLength: 3, selector: (each) => JSON.stringify(Object(each).key) }))
  .map(([first, rest]) => [first, ...rest]);

/** Days and hours after the subscription began, to the second: on no quarter of an hour. */
const later = fc.integer({ min: 1, max: 100 * 86_400 });
const customer = fc.record({
  zone: fc.constantFrom(...zones),
  // January to May 2024: 31 January, the leap day, and both turns of clocks.
  start: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 31 }), fc.integer({ min: 0, max: 86_399 })),
  currency: fc.constantFrom('JPY', 'MGA', 'USD', 'KWD', 'CLF'),
  components: sold,
  changes: fc.array(fc.tuple(later, sold), { maxLength: 2 }),
  override: fc.option(fc.tuple(later, later, amount)),
  events: fc.array(fc.tuple(fc.integer({ min: -86_400, max: 100 * 86_400 }), fc.integer({ min: 0, max: 9_999 })), {
    maxLength: 25,
  }),
});
type Customer = typeof customer extends fc.Arbitrary<infer T> ? T : never;

interface Billed extends Subscribed {
  readonly anchor: string;
  readonly given: Customer;
  readonly events: readonly { readonly at: string; readonly value: number }[];
}

interface Span {
  readonly from: string;
  readonly to: string;
}

function overrideOf({ override }: Customer, anchor: string): Span | undefined {
  if (override === null) return undefined;
  const [from, lasts] = override;
  return { from: after(anchor, from), to: after(anchor, from + lasts) };
}

/** What of a span is in a period: its bounds, as an invoice shows them. */
function within(period: Span, span: Span | undefined): (string | undefined)[] {
  if (span === undefined || !isBefore(span.from, period.to) || !isBefore(period.from, span.to)) {
    return [undefined, undefined];
  }
  const from = isBefore(span.from, period.from) ? period.from : span.from;
  const to = isBefore(period.to, span.to) ? period.to : span.to;
  return [from, to].map((at) => new Date(at).toISOString());
}

const after = (at: string, seconds: number): string => Temporal.Instant.from(at).add({ seconds }).toString();
const isBefore = (a: string, b: string): boolean => Temporal.Instant.compare(a, b) < 0;

describe('invoices, whatever is sold, used and changed', () => {
  let world: BillingWorld;
  let invoices: InvoicesService;

  beforeAll(async () => {
    world = await BillingWorld.start();
    invoices = new InvoicesService(
      new InvoicesStore(world.metering.test.database),
      world.metering.tenants,
      new OwnerLookups(),
    );
    await world.sql(`update public.usage_retention set kept_from = '2023-12-01Z'`);
    for (const [n, aggregation] of (['sum', 'count', 'max', 'unique_count'] as const).entries()) {
      const value_property = aggregation === 'count' ? undefined : '$.value';
      await world.metering.meter({ slug: meters[n], event_type: 'used', aggregation, value_property });
    }
  });
  afterAll(() => world.stop());

  async function subscribed(given: Customer): Promise<Billed> {
    const [month, day, second] = given.start;
    const anchor = Temporal.PlainDateTime.from({ year: 2024, month, day })
      .add({ seconds: second })
      .toZonedDateTime(given.zone)
      .toInstant()
      .toString();
    const changes = [...new Map(given.changes)].sort(([a], [b]) => a - b);
    const { zone, currency, components } = given;
    const subscription = await world.subscribe({
      anchor,
      zone,
      currency,
      components,
      later: changes.map(([seconds, of]) => ({ from: after(anchor, seconds), components: of })),
    });
    if (given.override !== null) {
      const [from, lasts, of] = given.override;
      const terms = { price: { model: 'flat', amount: of } };
      await world.override(subscription.id, 'fee', after(anchor, from), after(anchor, from + lasts), terms);
    }
    const events = given.events.map(([seconds, value]) => ({ at: after(anchor, seconds), value }));
    const receipt = await world.metering.append(
      events.map(({ at, value }) => {
        return { tenant: subscription.tenant, type: 'used', time: at, data: `{"value": "${value / 100}"}` };
      }),
    );
    expect(receipt.accepted).toBe(events.length);
    return { ...subscription, anchor, given, events };
  }

  /** What the meter of a line counted, by hand. */
  function counted({ meter, from, to }: ShownLine, events: Billed['events']): string {
    const values = events.filter(({ at }) => !isBefore(at, from) && isBefore(at, to)).map(({ value }) => BigInt(value));
    const hundredths = (n: bigint): string => exact(String(n)).div(exact('100')).toFixed();
    switch (meter) {
      case 'summed':
        return hundredths(values.reduce((sum, n) => sum + n, 0n));
      case 'most':
        return hundredths(values.reduce((most, n) => (n > most ? n : most), 0n));
      case 'different':
        return String(new Set(values).size);
      default:
        return String(values.length);
    }
  }

  function judge(invoice: Invoice, { given, events, anchor }: Billed): void {
    const { lines, currency, total, period } = invoice;
    const sum = (of: readonly string[]): string => moneyText(sumOf(of.map((text) => exact(text))), currency);
    expect(sum(lines.map((line) => line.amount))).toBe(total);
    const exactly = lines.filter(({ kind }) => kind !== 'rounding').map(({ unrounded }) => exact(unrounded));
    expect(moneyText(roundMoney(sumOf(exactly), currency), currency)).toBe(total);
    for (const line of lines) {
      if (line.kind !== 'usage') continue;
      expect({ line: line.line, quantity: exact(line.quantity ?? 'null').toFixed() }).toEqual({
        line: line.line,
        quantity: counted(line, events),
      });
    }
    // The fee is sold from the beginning to the end, at whatever price.
    const fees = lines.filter(({ component: key }) => key === 'fee');
    const instants = fees.flatMap(({ from, to }) => [from, to]);
    expect([instants[0], instants.at(-1)]).toEqual([period.from, period.to]);
    expect(instants.slice(1, -1).filter((_, n) => n % 2 === 0)).toEqual(
      instants.slice(1, -1).filter((_, n) => n % 2 === 1),
    );
    const overridden = fees.filter(({ price_version }) => price_version !== 'p@1');
    // Lines adjoin where the plan changes meanwhile: their outer bounds are those of the override.
    expect([overridden[0]?.from, overridden.at(-1)?.to]).toEqual(within(period, overrideOf(given, anchor)));
    const rows = focusRows(invoice, new Map([[invoice.id, invoice]]));
    expect(sum(rows.map(({ BilledCost }) => BilledCost ?? 'null'))).toBe(total);
    expect(currency).toBe(given.currency);
  }

  it('are one of each period, add up, tile it, are a rating of the events, and stay so', async () => {
    const seen = { invoices: 0, roundings: 0, lines: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(customer, { minLength: 3, maxLength: 5 }), async (customers) => {
        const all: Billed[] = [];
        for (const given of customers) all.push(await subscribed(given));
        const tenants = all.map(({ tenant }) => tenant.id);
        const asOf = '2024-08-01T00:00:00Z';
        const run = await world.run(asOf, { tenants });
        expect(run).toMatchObject({ status: 'succeeded', failures: [] });
        const before: unknown[] = [];
        for (const each of all) {
          const written = await world.invoices(each);
          before.push(written);
          const anchor = { at: each.anchor, zone: each.given.zone, interval: 'month' as const };
          const open = billingPeriodAt(anchor, after(asOf, -3_600))?.index ?? -1;
          expect(written.map(({ period }) => period)).toEqual(Array.from({ length: open + 1 }, (_, n) => n));
          expect(written.slice(1).map(({ from }) => from)).toEqual(written.slice(0, -1).map(({ to }) => to));
          for (const { id, total } of written.slice(0, -1)) {
            const invoice = await invoices.get(id, 'all');
            judge(invoice, each);
            const [row] = await world.sql<{ inputs: { subscription: object } }>(
              'select inputs from public.billing_invoices where id = $1',
              [id],
            );
            const [rated] = await world.periods.rate(
              [{ tenantId: each.tenant.id, period: row?.inputs.subscription ?? {} }],
              { from: 'events' },
            );
            expect(rated).toMatchObject({ state: 'rated', rated: { totals: { total } } });
            const again = rated?.state === 'rated' ? rated.rated.lines : [];
            expect(again.map(({ amount: of, inputs_hash }) => [of, inputs_hash])).toEqual(
              invoice.lines.map(({ amount: of, inputs_hash }) => [of, inputs_hash]),
            );
            seen.invoices += 1;
            seen.lines += invoice.lines.length;
            seen.roundings += invoice.lines.filter(({ kind }) => kind === 'rounding').length;
          }
        }
        expect(await world.run(asOf, { tenants })).toMatchObject({ progress: { done: 0 }, amounts: {} });
        const now: unknown[] = [];
        for (const each of all) now.push(await world.invoices(each));
        expect(now).toEqual(before);
      }),
      { numRuns: 8, endOnFailure: true },
    );
    expect(seen.invoices).toBeGreaterThan(60);
    expect(seen.roundings).toBeGreaterThan(5);
    expect(seen.lines).toBeGreaterThan(2 * seen.invoices);
  });
});
