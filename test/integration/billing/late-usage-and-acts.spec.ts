import { Decimal } from 'decimal.js';
import { newId } from '../../../src/platform/ids.js';
import { BillingWorld, flat, perUnit, type Subscribed, type WrittenInvoice } from '../../setup/billing-runs.js';
import { operator } from '../../setup/provisioning.js';

const day = 86_400_000;
const midnight = Math.floor(Date.now() / day) * day;
const at = (days: number): string => new Date(midnight - days * day).toISOString();

describe('late usage beside what is done to invoices by hand', () => {
  let world: BillingWorld;
  let meter: string;
  let subscription: Subscribed;
  beforeAll(async () => {
    world = await BillingWorld.start();
  });
  afterAll(() => world.stop());

  /** A period of which 10.00 are billed, 2.00 that came late, and the next invoice, with a fee of less than 2.00, that carries these. */
  let first: WrittenInvoice;
  let second: WrittenInvoice;
  beforeEach(async () => {
    meter = (await world.metering.meter()).slug;
    subscription = await world.subscribe({ anchor: at(39), components: [flat('5'), perUnit(meter, '1')] });
    await use(10);
    await world.run();
    await use(2, 'late');
    await world.run();
    await world.sql('update public.billing_subscriptions set ends_at = $2 where id = $1', [
      subscription.id,
      new Date(Date.now() - 2 * 3_600_000).toISOString(),
    ]);
    await world.run();
    const [one, two] = await world.invoices(subscription);
    if (one === undefined || two?.lines.at(-1) !== `adjustment ${meter} 12 -> 2.00`)
      throw new Error('nothing is carried');
    [first, second] = [one, two];
  });

  async function use(value: number, id: string = newId()): Promise<void> {
    const event = { tenant: subscription.tenant, type: meter, time: at(37), id, data: `{"value": ${value}}` };
    await world.metering.append([event]);
  }

  async function voidInvoice({ id }: WrittenInvoice): Promise<void> {
    await world.sql(`select public.billing_invoice_void($1, 'a test', now(), '{}')`, [id]);
  }

  async function waiting(): Promise<string[]> {
    const rows = await world.sql<{ amount: string }>(
      'select amount::text from public.billing_adjustments where tenant_id = $1 and billed_on is null',
      [subscription.tenant.id],
    );
    return rows.map(({ amount }) => amount);
  }

  /** Whether a run would be made for late usage alone. */
  async function hasWork(): Promise<boolean> {
    return world.writing.hasWork('2000-01-01T00:00:00Z', '2000-01-01T00:00:00Z', new Date().toISOString());
  }

  it('is owed on when the invoice that carried it is voided, and waits for another one', async () => {
    await voidInvoice(second);
    expect(await hasWork()).toBe(true);
    await world.run();
    expect(await waiting()).toEqual(['2.00']);
    expect(await hasWork()).toBe(false);
  });

  it('is not given back again where somebody has given back the line that carried it', async () => {
    const [line] = await world.sql(
      `select component, meter, unit, starts_at as "from", ends_at as "to", amount::text, 'a gesture' as description
       from public.billing_invoice_lines where invoice_id = $1 and kind = 'adjustment'`,
      [second.id],
    );
    const note = { id: newId(), invoice_id: second.id, reason: 'a gesture', lines: [line] };
    await world.sql(`select public.billing_credit_note_write($1::text::jsonb, '{}')`, [JSON.stringify(note)]);
    const taken = { p_tenant: subscription.tenant.id, p_source: 'test', p_id: 'late', p_reason: 'test' };
    await world.metering.test.database.rpc('usage_event_void', {
      ...taken,
      p_replacement: null,
      p_context: { ...operator },
    });
    const run = await world.run();
    expect(await world.items(run)).toMatchObject([{ kind: 'late_usage', outcome: 'nothing_due', amount: '0.00' }]);
    const [sum] = await world.sql(
      `select sum(total)::text as total from public.billing_invoices where tenant_id = $1 and kind = 'credit_note'`,
      [subscription.tenant.id],
    );
    expect(sum).toEqual({ total: '2.00' });
  });

  async function giveBack({ id }: WrittenInvoice, amount?: string): Promise<void> {
    const lines = amount === undefined ? {} : { lines: [{ amount, description: 'a gesture' }] };
    const note = { id: newId(), invoice_id: id, reason: 'a gesture', ...lines };
    await world.sql(`select public.billing_credit_note_write($1::text::jsonb, '{}')`, [JSON.stringify(note)]);
  }

  async function takeBack(id: string): Promise<void> {
    const taken = { p_tenant: subscription.tenant.id, p_source: 'test', p_id: id, p_reason: 'test' };
    await world.metering.test.database.rpc('usage_event_void', {
      ...taken,
      p_replacement: null,
      p_context: { ...operator },
    });
  }

  /** What credit notes gave back, by the period of the invoice. */
  async function notes(): Promise<string[]> {
    const rows = await world.sql<{ note: string }>(
      `select i.period_index || ' ' || n.total as note from public.billing_invoices n join public.billing_invoices i on i.id = n.corrects
       where n.tenant_id = $1 order by n.number`,
      [subscription.tenant.id],
    );
    return rows.map(({ note }) => note);
  }

  it('is not given back by an invoice that has given back everything, whatever for', async () => {
    await giveBack(second);
    const all = await notes();
    await takeBack('late');
    const run = await world.run();
    expect(await world.items(run)).toMatchObject([{ kind: 'late_usage', outcome: 'nothing_due', amount: '0.00' }]);
    expect(await notes()).toEqual(all);
    expect(await hasWork()).toBe(false);
  });

  it('is given back as far as its invoice has anything left', async () => {
    const [left] = await world.sql<{ total: string }>('select total::text from public.billing_invoices where id = $1', [
      second.id,
    ]);
    const most = new Decimal(left?.total ?? '0').minus('0.75').toFixed(2);
    await giveBack(second, most);
    await takeBack('late');
    const run = await world.run();
    expect(await world.items(run)).toMatchObject([{ kind: 'late_usage', outcome: 'adjusted', amount: '-0.75' }]);
    expect(await notes()).toEqual([`1 ${most}`, '1 0.75']);
    // And what was given back for it is not billed again when the same usage comes again.
    await use(2);
    const again = await world.run();
    expect(await world.items(again)).toMatchObject([{ kind: 'late_usage', amount: '0.75' }]);
  });

  it('of several parts shares what is left of their invoice', async () => {
    const other = (await world.metering.meter()).slug;
    subscription = await world.subscribe({ anchor: at(39), components: [perUnit(meter, '1'), perUnit(other, '1')] });
    const send = (type: string, id: string): Promise<unknown> =>
      world.metering.append([{ tenant: subscription.tenant, type, time: at(37), id, data: '{"value": 10}' }]);
    await send(meter, 'a');
    await send(other, 'b');
    await world.run();
    const [invoice] = await world.invoices(subscription);
    if (invoice === undefined) throw new Error('nothing was billed');
    // A gesture that names one part, and is of more than it.
    const line = { amount: '15.00', component: meter, description: 'a gesture' };
    const note = { id: newId(), invoice_id: invoice.id, reason: 'a gesture', lines: [line] };
    await world.sql(`select public.billing_credit_note_write($1::text::jsonb, '{}')`, [JSON.stringify(note)]);
    await takeBack('a');
    await takeBack('b');
    const run = await world.run();
    expect(await world.items(run)).toMatchObject([{ kind: 'late_usage', outcome: 'adjusted', amount: '-5.00' }]);
    expect(await notes()).toEqual(['0 15.00', '0 5.00']);
  });

  it('of an invoice that was voided after it was told makes no run, again and again', async () => {
    await use(1);
    await world.writing.claimLate(null);
    await voidInvoice(first);
    await world.run();
    expect(await hasWork()).toBe(false);
  });

  it('is not billed any more when the invoice of its period is voided while it waits', async () => {
    await voidInvoice(second);
    await world.run();
    expect(await waiting()).toEqual(['2.00']);
    await voidInvoice(first);
    const next = await world.subscribe({ tenant: subscription.tenant, anchor: at(35), components: [flat('7')] });
    await world.run();
    expect(await world.invoices(next)).toMatchObject([{ total: '7.00' }, { state: 'gathering' }]);
  });

  it('of an invoice that a repair wrote, without what it was rated from, keeps nobody else from being billed', async () => {
    await world.sql('alter table public.billing_invoices disable trigger user');
    await world.sql('update public.billing_invoices set inputs = null where id = $1', [first.id]);
    await world.sql('alter table public.billing_invoices enable trigger user');
    await use(1);
    const other = await world.subscribe({ anchor: at(35), components: [flat('7')] });
    const run = await world.run();
    expect(await world.items(run)).toMatchObject([
      { kind: 'late_usage', outcome: 'failed', error: { code: 'not_ratable' } },
      { kind: 'period', outcome: 'invoiced', subscription_id: other.id },
    ]);
    await world.sql('delete from public.billing_late_periods');
  });
});
