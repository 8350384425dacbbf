import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import type { BillingRun, BillingRunItem } from '../../../src/billing/runs/billing-run.js';
import { newId } from '../../../src/platform/ids.js';
import { BillingWorld, perUnit, type Subscribed } from '../../setup/billing-runs.js';
import { operator } from '../../setup/provisioning.js';

const day = 86_400_000;
const midnight = Math.floor(Date.now() / day) * day;
const at = (days: number): string => new Date(midnight - days * day).toISOString();

type Step =
  | { readonly do: 'use'; readonly cents: number; readonly days: number }
  | { readonly do: 'take back'; readonly which: number }
  | { readonly do: 'credit'; readonly which: number; readonly percent: number }
  | { readonly do: 'pass' | 'run' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('use' as const),
      cents: fc.integer({ min: 1, max: 999 }),
      days: fc.integer({ min: 21, max: 79 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take back' as const), which: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('credit' as const),
      which: fc.nat(5),
      percent: fc.constantFrom(10, 60, 100),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('pass' as const, 'run' as const, 'run' as const) }) },
);

/** What became of one tenant so far: events that count, and what was given back as a gesture. */
interface Told {
  readonly subscription: Subscribed;
  readonly events: Map<string, Decimal>;
  gestures: Decimal;
}

describe('late usage of a subscription that is over, whatever comes, goes and is given back in whichever order', () => {
  let world: BillingWorld;
  let meter: string;
  beforeAll(async () => {
    world = await BillingWorld.start();
    meter = (await world.metering.meter()).slug;
  });
  afterAll(() => world.stop());

  it('fails no run, comes to what a dry run says, and to no more and no less than is owed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
        const components = [perUnit(meter, '1')];
        const subscription = await world.subscribe({ anchor: at(80), endsAt: at(20), components });
        const told: Told = { subscription, events: new Map(), gestures: new Decimal(0) };
        await take({ do: 'use', cents: 1_000, days: 70 }, told);
        for (const next of [...steps, ...settling]) await take(next, told);
        const owed = [...told.events.values()].reduce((sum, value) => sum.plus(value), new Decimal(0));
        const { billed, waiting } = await billedTo(subscription);
        expect(waiting).toBe(0);
        // A gesture may count where less is owed later: it is never billed again, and nothing is given back twice.
        expect([billed.lte(owed), billed.gte(owed.minus(told.gestures))]).toEqual([true, true]);
        if (told.gestures.isZero()) expect(billed.toFixed(2)).toBe(owed.toFixed(2));
      }),
      { numRuns: 15 },
    );
  });

  const settling: readonly Step[] = [{ do: 'run' }, { do: 'pass' }, { do: 'run' }];

  async function take(next: Step, told: Told): Promise<void> {
    const { subscription, events } = told;
    switch (next.do) {
      case 'use': {
        const [id, value] = [newId(), new Decimal(next.cents).div(100)];
        const event = { type: meter, time: at(next.days), id, data: `{"value": ${value.toFixed(2)}}` };
        await world.metering.append([{ tenant: subscription.tenant, ...event }]);
        events.set(id, value);
        return;
      }
      case 'take back': {
        const id = [...events.keys()][next.which];
        if (id === undefined) return;
        const about = { p_tenant: subscription.tenant.id, p_source: 'test', p_id: id, p_reason: 'test' };
        await world.metering.test.database.rpc('usage_event_void', {
          ...about,
          p_replacement: null,
          p_context: { ...operator },
        });
        events.delete(id);
        return;
      }
      case 'credit':
        told.gestures = told.gestures.plus(await gesture(subscription, next.which, next.percent));
        return;
      case 'pass':
        return world.metering.clock.advance(day);
      case 'run':
        return bothRuns(subscription);
    }
  }

  /** A dry run, and the run itself, which say the same. */
  async function bothRuns({ tenant }: Subscribed): Promise<void> {
    const dry = await world.run(undefined, { dryRun: true, tenants: [tenant.id] });
    const run = await world.run(undefined, { tenants: [tenant.id] });
    expect(run.failures).toEqual([]);
    expect(await saidOf(dry)).toEqual(await saidOf(run));
    expect(dry.amounts).toEqual(run.amounts);
  }

  async function saidOf(run: BillingRun): Promise<string[]> {
    const said = ({ kind, period, outcome, amount }: BillingRunItem): string =>
      JSON.stringify([kind, period, outcome, amount]);
    return (await world.items(run)).map(said).sort();
  }

  /** Gives back a share of what an invoice has left, for no line in particular. @returns how much */
  async function gesture({ id }: Subscribed, which: number, percent: number): Promise<Decimal> {
    const rows = await world.sql<{ id: string; left: string }>(
      `select i.id, public.billing_invoice_creditable(i)::text as left from public.billing_invoices i
       where i.subscription_id = $1 and i.kind = 'invoice' order by i.period_index`,
      [id],
    );
    const invoice = rows[which];
    const amount = new Decimal(invoice?.left ?? 0).times(percent).div(100).toDecimalPlaces(2, Decimal.ROUND_DOWN);
    if (invoice === undefined || amount.isZero()) return new Decimal(0);
    const lines = [{ amount: amount.toFixed(2), description: 'a gesture' }];
    const note = { id: newId(), invoice_id: invoice.id, reason: 'a gesture', ...(percent === 100 ? {} : { lines }) };
    await world.sql(`select public.billing_credit_note_write($1::text::jsonb, '{}')`, [JSON.stringify(note)]);
    return amount;
  }

  async function billedTo({ tenant }: Subscribed): Promise<{ billed: Decimal; waiting: number }> {
    const [row] = await world.sql<{ billed: string; waiting: number }>(
      `select coalesce(sum(case kind when 'invoice' then total else -total end), 0)::text as billed,
         (select count(*)::int from public.billing_adjustments where tenant_id = $1 and billed_on is null) as waiting
       from public.billing_invoices where tenant_id = $1 and number is not null`,
      [tenant.id],
    );
    if (row === undefined) throw new Error('nothing was found');
    return { billed: new Decimal(row.billed), waiting: row.waiting };
  }
});
