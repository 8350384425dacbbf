import { InvoicesService } from '../../../src/billing/invoices/invoices.service.js';
import { InvoicesStore } from '../../../src/billing/invoices/invoices.store.js';
import { LineEventsService } from '../../../src/billing/invoices/line-events.service.js';
import type { Invoice } from '../../../src/billing/invoices/invoice.js';
import { verifyInvoice } from '../../../src/billing/invoices/verify-invoice.js';
import { OwnerLookups } from '../../../src/platform/owner-lookups.js';
import type { TenantRef } from '../../../src/platform/reach.js';
import { BillingWorld, component, flat } from '../../setup/billing-runs.js';
import { Invoices } from '../../setup/invoices.js';

const day = 86_400_000;
const daysAgo = (days: number): string => new Date(Math.floor(Date.now() / day) * day - days * day).toISOString();

describe('the proof of an invoice', () => {
  let world: BillingWorld;
  let store: InvoicesStore;
  let invoices: InvoicesService;
  let events: LineEventsService;

  beforeAll(async () => {
    world = await BillingWorld.start();
    store = new InvoicesStore(world.metering.test.database);
    invoices = new InvoicesService(store, world.metering.tenants, new OwnerLookups());
    events = new LineEventsService(invoices, world.metering.events);
  });
  afterAll(() => world.stop());

  const tiers = {
    model: 'graduated',
    tiers: [
      { up_to: '10', unit_amount: '0.333' },
      { up_to: null, unit_amount: '0.1' },
    ],
  };

  /** An invoice of a flat fee, a share of one, and usage in tiers, as a run wrote it. */
  async function billed(): Promise<{ invoice: Invoice; tenant: TenantRef; slug: string }> {
    const meter = await world.metering.meter({ filters: { '$.kind': ['paid'] } });
    const usage = component({ key: 'calls', kind: 'usage', meter: meter.slug, unit: 'call' }, tiers, {
      included_quantity: '2',
    });
    const base = component(
      { key: 'seat', kind: 'recurring' },
      { model: 'flat', amount: '9.99' },
      { commitment: '12.345' },
    );
    const subscription = await world.subscribe({
      anchor: daysAgo(45),
      components: [flat('10'), usage, base],
    });
    const { tenant } = subscription;
    const event = (ago: number, data: string) => ({ tenant, type: meter.slug, time: daysAgo(ago), data });
    await world.metering.append([
      event(40, '{"value": 10.5, "kind": "paid"}'),
      event(39, '{"value": 7, "kind": "free"}'),
      event(38, '{"value": 4.25, "kind": "paid"}'),
      event(37, '{"kind": "paid"}'),
      event(2, '{"value": 100, "kind": "paid"}'),
    ]);
    await world.run();
    const [first] = await world.invoices(subscription);
    return { invoice: await invoices.get(first?.id ?? '', 'all'), tenant, slug: meter.slug };
  }

  it('is rating what it was rated from once more: the same lines, hashes and totals', async () => {
    const { invoice } = await billed();
    expect(invoice.lines.length).toBeGreaterThan(3);
    expect(await invoices.verify(invoice.number ?? '')).toEqual({ ok: true, rated_again: true, differences: [] });
  });

  it('names whatever is not as it was', async () => {
    const { invoice } = await billed();
    const inputs = await store.inputs(invoice.id);
    const pointersOf = (changed: Invoice, rated = inputs): string[] =>
      verifyInvoice(changed, rated).differences.map(({ pointer }) => pointer);
    const withLine = (change: object): Invoice => ({
      ...invoice,
      lines: invoice.lines.map((line, index) => (index === 0 ? { ...line, ...change } : line)),
    });
    for (const [member, value] of Object.entries({
      kind: 'usage',
      component: 'other',
      meter: 'other',
      unit: 'other',
      price_version: 'other',
      inputs_hash: 'other',
      quantity: '2',
      unrounded: '1.5',
      from: '2020-01-01T00:00:00.000Z',
      to: '2020-01-01T00:00:00.000Z',
      explanation: [],
    })) {
      expect([member, pointersOf(withLine({ [member]: value }))]).toEqual([member, [`/lines/1/${member}`]]);
    }
    expect(pointersOf(withLine({ amount: '1.00' }))).toEqual(['/subtotal', '/total', '/lines/1/amount']);
    expect(pointersOf({ ...invoice, total: '0.00' })).toEqual(['/total']);
    expect(pointersOf({ ...invoice, currency: 'EUR' })).toEqual(['/currency']);
    const last = invoice.lines.length;
    expect(pointersOf({ ...invoice, lines: invoice.lines.slice(0, -1) })).toContain('/lines');
    expect(
      pointersOf({
        ...invoice,
        lines: [...invoice.lines, ...invoice.lines.slice(0, 1).map((line) => ({ ...line, line: last + 1 }))],
      }),
    ).toContain(`/lines/${last + 1}`);
    expect(pointersOf(invoice, { ...Object(inputs), quantities: [] })).toEqual(['/inputs/quantities']);
    expect(verifyInvoice(invoice, null)).toEqual({ ok: true, rated_again: false, differences: [] });
  });

  it('are the events behind a line: what its meter counted in its time, page by page', async () => {
    const { invoice, slug } = await billed();
    const lines = invoice.lines.filter(({ kind }) => kind === 'usage');
    expect(lines.map(({ meter }) => meter)).toEqual([slug]);
    const line = lines[0]?.line ?? 0;
    const first = await events.page(invoice.id, line, 'all', 1, undefined);
    expect(first).toMatchObject({
      events: 'complete',
      data: [{ event: { time: expect.stringContaining(daysAgo(38).slice(0, 10)) } }],
    });
    const key = JSON.parse(Buffer.from(first.next_cursor ?? '', 'base64url').toString());
    const second = await events.page(invoice.number ?? '', line, 'all', 1, key);
    expect(second).toMatchObject({
      next_cursor: null,
      data: [{ event: { time: expect.stringContaining(daysAgo(40).slice(0, 10)) } }],
    });
  });

  it('are the same events for its tenant; for nobody else', async () => {
    const { invoice, tenant } = await billed();
    const line = invoice.lines.find(({ kind }) => kind === 'usage')?.line ?? 0;
    expect((await events.page(invoice.id, line, [tenant], 10, undefined)).data).toHaveLength(2);
    const other = await world.metering.tenant();
    await expect(events.page(invoice.id, line, [other], 10, undefined)).rejects.toMatchObject({
      code: 'invoice_not_found',
    });
    await expect(events.page(invoice.id, 99, [tenant], 10, undefined)).rejects.toMatchObject({
      code: 'line_not_found',
    });
  });

  it('are none for a line that counted none, and may be gone for one of long ago', async () => {
    const { invoice } = await billed();
    const fee = invoice.lines.find(({ component: key }) => key === 'base')?.line ?? 0;
    expect(await events.page(invoice.id, fee, 'all', 10, undefined)).toEqual({
      events: 'none_counted',
      kept_from: null,
      data: [],
      next_cursor: null,
    });
    const line = invoice.lines.find(({ kind }) => kind === 'usage')?.line ?? 0;
    await world.sql('update public.usage_retention set kept_from = $1', [daysAgo(38)]);
    expect(await events.page(invoice.id, line, 'all', 10, undefined)).toMatchObject({
      events: 'may_have_expired',
      kept_from: daysAgo(38),
    });
    await world.sql('update public.usage_retention set kept_from = $1', [daysAgo(90)]);
  });

  it('counts sums alone where nothing was rated', async () => {
    const tenant = await world.metering.tenant();
    const id = await new Invoices(world.metering.test, tenant.id).finalized();
    expect(await invoices.verify(id)).toEqual({ ok: true, rated_again: false, differences: [] });
    await expect(invoices.verify('INV-1999-000001')).rejects.toMatchObject({ code: 'invoice_not_found' });
  });
});
