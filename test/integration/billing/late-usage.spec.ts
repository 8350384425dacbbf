import { BillingWorld, component, flat, perUnit, type Subscribed } from '../../setup/billing-runs.js';
import { InterruptedDatabase } from '../../setup/interrupted-database.js';
import { operator } from '../../setup/provisioning.js';

const day = 86_400_000;
const midnight = Math.floor(Date.now() / day) * day;
const at = (days: number): string => new Date(midnight - days * day).toISOString();

interface Adjusted {
  readonly amount: string;
  readonly billed: boolean;
}

describe('usage that changes after its period was billed', () => {
  let world: BillingWorld;
  beforeAll(async () => {
    world = await BillingWorld.start();
  });
  afterAll(() => world.stop());

  let meter: string;
  let subscription: Subscribed;
  /** A first period from 40 days ago on, of which 10 units for 1.00 each are billed. */
  beforeEach(async () => {
    meter = (await world.metering.meter()).slug;
    subscription = await world.subscribe({ anchor: at(40), components: [flat('5'), perUnit(meter, '1')] });
    await use(10, 'first');
    await world.run();
    if ((await billed()) !== '15.00') throw new Error('the first period was not billed');
  });

  async function use(value: number, id?: string): Promise<void> {
    const event = { tenant: subscription.tenant, type: meter, time: at(38), data: `{"value": ${value}}` };
    await world.metering.append([id === undefined ? event : { ...event, id }]);
  }

  async function takeBack(id: string): Promise<void> {
    await world.metering.test.database.rpc('usage_event_void', {
      p_tenant: subscription.tenant.id,
      p_source: 'test',
      p_id: id,
      p_reason: 'test',
      p_replacement: null,
      p_context: { ...operator },
    });
  }

  function adjustments(): Promise<Adjusted[]> {
    return world.sql<Adjusted & Record<string, unknown>>(
      'select trim_scale(amount)::text as amount, billed_on is not null as billed from public.billing_adjustments where tenant_id = $1 order by created_at, amount',
      [subscription.tenant.id],
    );
  }

  /** Invoices and credit notes together: what the tenant was billed in all. */
  async function billed(): Promise<string | undefined> {
    const [row] = await world.sql<{ total: string }>(
      `select (sum(case kind when 'invoice' then total else -total end))::text as total from public.billing_invoices
       where tenant_id = $1 and number is not null`,
      [subscription.tenant.id],
    );
    return row?.total;
  }

  /** Past the end of the second period, which is still open by the clock of the database. */
  async function billNext(): Promise<void> {
    await world.sql(`update public.billing_subscriptions set ends_at = $2 where id = $1`, [
      subscription.id,
      new Date(Date.now() - 2 * 3_600_000).toISOString(),
    ]);
    await world.run();
  }

  it('more waits for the next invoice, and is a line of it', async () => {
    await use(2.5);
    const run = await world.run(undefined, { tenants: [subscription.tenant.id] });
    expect(await world.items(run)).toMatchObject([
      { kind: 'late_usage', outcome: 'adjusted', amount: '2.50', period: { index: 0 } },
    ]);
    expect(await adjustments()).toEqual([{ amount: '2.5', billed: false }]);
    const again = await world.run(undefined, { tenants: [subscription.tenant.id] });
    expect(await world.items(again)).toEqual([]);
    // What waits is worked out anew when more comes.
    await use(1);
    await world.run();
    expect(await adjustments()).toEqual([{ amount: '3.5', billed: false }]);
    await billNext();
    expect(await adjustments()).toEqual([{ amount: '3.5', billed: true }]);
    const [, second] = await world.invoices(subscription);
    expect(second?.lines.at(-1)).toBe(`adjustment ${meter} 13.5 -> 3.50`);
    const [first] = await world.invoices(subscription);
    const [line] = await world.sql(
      `select adjusts_invoice, query is not null as query from public.billing_invoice_lines where invoice_id = $1 and kind = 'adjustment'`,
      [second?.id],
    );
    expect(line).toEqual({ adjusts_invoice: first?.id, query: true });
  });

  it('less is a credit note, once', async () => {
    await takeBack('first');
    const run = await world.run(undefined, { tenants: [subscription.tenant.id] });
    expect(await world.items(run)).toMatchObject([{ kind: 'late_usage', outcome: 'adjusted', amount: '-10.00' }]);
    expect(await billed()).toBe('5.00');
    expect(await world.items(await world.run(undefined, { tenants: [subscription.tenant.id] }))).toEqual([]);
    expect(await billed()).toBe('5.00');
  });

  it('less after more comes off the invoice that carries the more', async () => {
    await use(20, 'late');
    await world.run();
    await billNext();
    const before = Number(await billed());
    await takeBack('late');
    await takeBack('first');
    await world.run();
    expect(Number(await billed())).toBeCloseTo(before - 30, 10);
    const notes = await world.sql<{ period: number; total: string }>(
      `select i.period_index as period, n.total::text from public.billing_invoices n join public.billing_invoices i on i.id = n.corrects
       where n.tenant_id = $1 order by 1`,
      [subscription.tenant.id],
    );
    expect(notes).toEqual([
      { period: 0, total: '10.00' },
      { period: 1, total: '20.00' },
    ]);
  });

  it('both at once, and what changes nothing changes nothing', async () => {
    await use(3, 'more');
    await takeBack('more');
    const run = await world.run(undefined, { tenants: [subscription.tenant.id] });
    expect(await world.items(run)).toMatchObject([{ outcome: 'nothing_due', amount: '0.00' }]);
    expect(await adjustments()).toEqual([]);
    expect(await billed()).toBe('15.00');
  });

  it('loses no change that comes while the run reads', async () => {
    await use(1);
    const interrupted = new InterruptedDatabase(world.metering.test.database);
    let times = 0;
    interrupted.after('billing_quantities', async () => {
      times += 1;
      if (times === 1) await use(4);
    });
    await world.over(interrupted).run(undefined, { tenants: [subscription.tenant.id] });
    expect(times).toBeGreaterThan(0);
    await world.run();
    expect(await adjustments()).toEqual([{ amount: '5', billed: false }]);
  });

  it('waits for a batch that had not been committed when the change was claimed', async () => {
    await use(1);
    const interrupted = new InterruptedDatabase(world.metering.test.database);
    let late: Promise<unknown> | undefined;
    interrupted.before('billing_late_claim', async () => {
      // In flight: it has found the period told already, and commits after the claim was asked for.
      late = world.sql(
        `do $$ begin perform public.usage_ingest('[${JSON.stringify({
          tenant: subscription.tenant.id,
          event: { specversion: '1.0', id: 'slow', source: 'test', type: meter, time: at(38), data: { value: 7 } },
        })}]', true); perform pg_sleep(1); end $$`,
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    await world.over(interrupted).run(undefined, { tenants: [subscription.tenant.id] });
    await late;
    await world.run();
    expect(await adjustments()).toEqual([{ amount: '8', billed: false }]);
  });

  it('a commitment that was not reached takes what came late first', async () => {
    const other = await world.metering.meter();
    const priced = component(
      { key: 'c', kind: 'usage', meter: other.slug },
      { model: 'per_unit', unit_amount: '1' },
      { commitment: '8' },
    );
    const committed = await world.subscribe({ anchor: at(40), components: [priced] });
    const send = (value: number): Promise<unknown> =>
      world.metering.append([
        { tenant: committed.tenant, type: other.slug, time: at(39), data: `{"value": ${value}}` },
      ]);
    await send(5);
    await world.run();
    expect((await world.invoices(committed))[0]?.lines).toEqual(['usage c 5 -> 5.00', 'true_up c - -> 3.00']);
    await send(2);
    const run = await world.run(undefined, { tenants: [committed.tenant.id] });
    expect(await world.items(run)).toMatchObject([{ outcome: 'nothing_due', amount: '0.00' }]);
    await send(4);
    const more = await world.run(undefined, { tenants: [committed.tenant.id] });
    expect(await world.items(more)).toMatchObject([{ outcome: 'adjusted', amount: '3.00' }]);
  });

  it('a dry run tells it, and marks nothing', async () => {
    await use(6);
    const dry = await world.run(undefined, { dryRun: true, tenants: [subscription.tenant.id] });
    expect(await world.items(dry)).toMatchObject([{ kind: 'late_usage', outcome: 'adjusted', amount: '6.00' }]);
    expect(await adjustments()).toEqual([]);
    const real = await world.run(undefined, { tenants: [subscription.tenant.id] });
    expect(await world.items(real)).toMatchObject([{ kind: 'late_usage', outcome: 'adjusted', amount: '6.00' }]);
  });
});
