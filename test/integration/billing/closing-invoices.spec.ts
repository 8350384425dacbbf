import { OwnerLookups } from '../../../src/platform/owner-lookups.js';
import { InvoicesService } from '../../../src/billing/invoices/invoices.service.js';
import { InvoicesStore } from '../../../src/billing/invoices/invoices.store.js';
import { verifyInvoice } from '../../../src/billing/invoices/verify-invoice.js';
import { newId } from '../../../src/platform/ids.js';
import { BillingWorld, flat, perUnit, type Subscribed } from '../../setup/billing-runs.js';
import { operator } from '../../setup/provisioning.js';
import { openReplica } from '../../setup/database.js';

const day = 86_400_000;
const midnight = Math.floor(Date.now() / day) * day;
const at = (days: number): string => new Date(midnight - days * day).toISOString();

describe('late usage of a subscription that is over', () => {
  let world: BillingWorld;
  let meter: string;
  let subscription: Subscribed;
  beforeAll(async () => {
    world = await BillingWorld.start();
  });
  afterAll(() => world.stop());

  /** A month, and part of the next, for a fee of 5.00 each and 1.00 a unit: billed to the end, with ten units in the first. */
  beforeEach(async () => {
    meter = (await world.metering.meter()).slug;
    subscription = await world.subscribe({
      anchor: at(80),
      endsAt: at(40),
      components: [flat('5', { proration: 'none' }), perUnit(meter, '1')],
    });
    await use(10, at(78), 'first');
    await world.run();
    if ((await billed()) !== '20.00') throw new Error(`billed ${await billed()}`);
  });

  async function use(value: number, time: string, id: string = newId()): Promise<void> {
    const event = { tenant: subscription.tenant, type: meter, time, id, data: `{"value": ${value}}` };
    await world.metering.append([event]);
  }

  async function billed(): Promise<string | undefined> {
    const [row] = await world.sql<{ total: string }>(
      `select (sum(case kind when 'invoice' then total else -total end))::text as total from public.billing_invoices
       where tenant_id = $1 and number is not null`,
      [subscription.tenant.id],
    );
    return row?.total;
  }

  const oneDay = (): Promise<void> => world.metering.clock.advance(day);
  const only = (): { tenants: string[] } => ({ tenants: [subscription.tenant.id] });

  /** Each as `closing period total: lines`. */
  async function invoices(of = subscription): Promise<string[]> {
    const closing = await world.sql<{ id: string }>('select id from public.billing_invoices where closing');
    return (await world.invoices(of)).map(({ id, period, total, lines }) => {
      const kind = closing.some((each) => each.id === id) ? 'closing' : 'period';
      return `${kind} ${period} ${total}: ${lines.join(', ')}`;
    });
  }

  it('is gathered for a day, and billed by one invoice after the last', async () => {
    await use(2, at(78));
    await use(3, at(44));
    const first = await world.run(undefined, only());
    expect((await world.items(first)).map(({ kind, amount }) => `${kind} ${amount}`).sort()).toEqual([
      'late_usage 2.00',
      'late_usage 3.00',
    ]);
    await world.metering.clock.advance(day - 1_000);
    // Worked out anew, it has waited as long.
    await use(4, at(44));
    await world.run(undefined, only());
    expect(await invoices()).toHaveLength(2);
    await world.metering.clock.advance(1_000);
    const run = await world.run(undefined, only());
    expect(run).toMatchObject({ amounts: { USD: '9.00' }, progress: { invoiced: 1, done: 1, failed: 0 } });
    expect(await world.items(run)).toMatchObject([
      {
        kind: 'closing',
        outcome: 'invoiced',
        amount: '9.00',
        period: { index: 2, from: at(80), to: at(40) },
      },
    ]);
    expect((await invoices())[2]).toBe(`closing 2 9.00: adjustment ${meter} 12 -> 2.00, adjustment ${meter} 7 -> 7.00`);
    expect(await billed()).toBe('29.00');
    expect((await world.run(undefined, only())).progress.done).toBe(0);

    // And again, when more comes.
    await use(1, at(44));
    await world.run(undefined, only());
    await oneDay();
    await world.run(undefined, only());
    expect((await invoices())[3]).toBe(`closing 3 1.00: adjustment ${meter} 8 -> 1.00`);
    expect(await billed()).toBe('30.00');
  });

  it('is numbered, due, paid from credits, in words, and as it was found when it is verified', async () => {
    await world.sql(
      `select public.billing_credits_top_up($1, 'gift', jsonb_build_object('id', $2::text, 'kind', 'promotional', 'currency', 'USD', 'amount', '1.50',
         'priority', 50), '2026-01-01Z', '{}')`,
      [subscription.tenant.id, newId()],
    );
    await use(2, at(78));
    await world.run(undefined, only());
    await oneDay();
    const run = await world.run(undefined, only());
    const [item] = await world.items(run);
    const reading = new InvoicesService(
      new InvoicesStore(world.metering.test.database),
      world.metering.tenants,
      new OwnerLookups(),
    );
    const shown = await reading.get(item?.invoice_id ?? '', 'all');
    expect(shown).toMatchObject({
      closing: true,
      kind: 'invoice',
      state: 'finalized',
      number: expect.stringMatching(/^INV-/),
      run_id: run.id,
      total: '2.00',
      credit_applied: '1.50',
      amount_due: '0.50',
      due_at: new Date(world.metering.clock.now().getTime() + 14 * day).toISOString(),
      lines: [{ kind: 'adjustment', explained: ['12 × 1.00 = 12.00'], query: expect.stringContaining(meter) }],
    });
    expect(verifyInvoice(shown, null)).toEqual({ ok: true, rated_again: false, differences: [] });
    await expect(
      world.sql('update public.billing_invoices set closing = false where id = $1', [shown.id]),
    ).rejects.toThrow('does not change any more');
    const told = await world.sql(
      `select 1 from public.outbox where topic = 'billing.invoice.finalized' and payload ->> 'invoice_id' = $1`,
      [shown.id],
    );
    expect(told).toHaveLength(1);
  });

  it('is a credit note where it is less, also of what a closing invoice carries', async () => {
    await use(2, at(78), 'late');
    await world.run(undefined, only());
    await oneDay();
    await world.run(undefined, only());
    for (const id of ['late', 'first']) {
      await world.metering.test.database.rpc('usage_event_void', {
        p_tenant: subscription.tenant.id,
        p_source: 'test',
        p_id: id,
        p_reason: 'test',
        p_replacement: null,
        p_context: { ...operator },
      });
    }
    await world.run(undefined, only());
    const notes = await world.sql<{ period: number; total: string }>(
      `select i.period_index as period, n.total::text from public.billing_invoices n join public.billing_invoices i on i.id = n.corrects
       where n.tenant_id = $1 order by 1`,
      [subscription.tenant.id],
    );
    expect(notes).toEqual([
      { period: 0, total: '10.00' },
      { period: 2, total: '2.00' },
    ]);
    expect(await billed()).toBe('10.00');
  });

  it('goes with the next invoice where there is one to come, and only in its currency', async () => {
    await use(2, at(78));
    await world.run(undefined, only());
    const euros = await world.subscribe({
      tenant: subscription.tenant,
      currency: 'EUR',
      anchor: at(39),
      endsAt: at(36),
      components: [flat('7')],
    });
    const dollars = await world.subscribe({ tenant: subscription.tenant, anchor: at(35), components: [flat('9')] });
    await oneDay();
    await world.run(undefined, only());
    expect((await invoices(dollars))[0]).toBe(
      `period 0 11.00: recurring base 1 -> 9.00, adjustment ${meter} 12 -> 2.00`,
    );
    expect((await invoices(euros)).join()).not.toMatch(/closing|adjustment/);
    expect((await invoices()).join()).not.toContain('closing');
    // While that one goes on, what comes late waits for it.
    await use(3, at(44));
    await world.run(undefined, only());
    await oneDay();
    await world.run(undefined, only());
    expect((await invoices()).join()).not.toContain('closing');
    expect(
      await world.writing.hasWork(
        '2000-01-01T00:00:00Z',
        new Date(Date.now() + 9 * day).toISOString(),
        new Date().toISOString(),
      ),
    ).toBe(false);
  });

  it('makes a run by itself once it has waited for a day', async () => {
    await use(2, at(78));
    await world.run(undefined, only());
    const now = world.metering.clock.now().getTime();
    const work = (since: number): Promise<boolean> =>
      world.writing.hasWork('2000-01-01T00:00:00Z', new Date(since).toISOString(), new Date().toISOString());
    expect([await work(now - 1), await work(now)]).toEqual([false, true]);
  });

  it('has one invoice however many schedulers race for it, and numbers without gaps', async () => {
    const others = [];
    for (let n = 0; n < 4; n += 1) {
      const other = await world.subscribe({ anchor: at(79), endsAt: at(60), components: [perUnit(meter, '1')] });
      others.push(other);
    }
    await world.run();
    for (const { tenant } of [subscription, ...others]) {
      const event = { tenant, type: meter, time: at(78), data: '{"value": 2}' };
      await world.metering.append([event]);
    }
    await world.run();
    await oneDay();
    const replica = await openReplica(world.metering.test);
    const asOf = world.metering.clock.now().toISOString();
    await Promise.all([world.bill(asOf), world.over(replica).bill(asOf), world.bill(asOf)]);
    await replica.close();
    for (const each of [subscription, ...others]) {
      const closings = (await invoices(each)).filter((text) => text.startsWith('closing'));
      expect(closings).toHaveLength(1);
      expect(closings[0]).toContain(' 2.00: ');
    }
    const [numbers] = await world.sql<{ n: number; last: number }>(
      `select count(distinct number)::int as n, max(right(number, 6)::int) as last from public.billing_invoices where number is not null and kind = 'invoice'`,
    );
    expect(numbers?.n).toBe(numbers?.last);
  });

  it('comes to what the raw events come to, billed once', async () => {
    for (const value of [1.25, 0.333, 2]) {
      await use(value, at(44));
      await world.run(undefined, only());
      await oneDay();
      await world.run(undefined, only());
    }
    // 5 + 10, and 5 + 3.583: each is what all of it comes to now, less what was billed.
    expect(await billed()).toBe('23.58');
    const open = await world.sql(
      'select 1 from public.billing_adjustments where tenant_id = $1 and billed_on is null',
      [subscription.tenant.id],
    );
    expect(open).toEqual([]);
  });

  it('is billed anew when its closing invoice is voided', async () => {
    await use(2, at(78));
    await world.run(undefined, only());
    await oneDay();
    const run = await world.run(undefined, only());
    const [item] = await world.items(run);
    await world.sql(`select public.billing_invoice_void($1, 'a test', now(), '{}')`, [item?.invoice_id]);
    await world.run(undefined, only());
    await oneDay();
    await world.run(undefined, only());
    expect((await invoices()).slice(2)).toEqual([
      expect.stringContaining('closing 2 2.00'),
      expect.stringContaining('closing 3 2.00'),
    ]);
  });

  it('is billed when its tenant is deleted', async () => {
    const other = await world.subscribe({ anchor: at(40), components: [perUnit(meter, '1')] });
    await world.sql('update public.tenants set deleted_at = now() where id = $1', [other.tenant.id]);
    const tenants = [other.tenant.id];
    await oneDay();
    await world.run(undefined, { tenants });
    await world.metering.append([{ tenant: other.tenant, type: meter, time: at(38), data: '{"value": 6}' }]);
    await world.run(undefined, { tenants });
    await oneDay();
    await world.run(undefined, { tenants });
    expect((await invoices(other)).at(-1)).toBe(`closing 2 6.00: adjustment ${meter} 6 -> 6.00`);
  });
});
