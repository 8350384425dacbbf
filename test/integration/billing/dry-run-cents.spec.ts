import { PlansService } from '../../../src/billing/catalog/plans.service.js';
import { PlansStore } from '../../../src/billing/catalog/plans.store.js';
import { InvoicesService } from '../../../src/billing/invoices/invoices.service.js';
import { InvoicesStore } from '../../../src/billing/invoices/invoices.store.js';
import type { BillingRunItem } from '../../../src/billing/runs/billing-run.js';
import { PreviewsService } from '../../../src/billing/runs/previews.service.js';
import { PreviewsStore } from '../../../src/billing/runs/previews.store.js';
import { newId } from '../../../src/platform/ids.js';
import { OwnerLookups } from '../../../src/platform/owner-lookups.js';
import { BillingWorld, component, flat, perUnit, type Subscribed } from '../../setup/billing-runs.js';
import { operator } from '../../setup/provisioning.js';

const day = 86_400_000;
const midnight = Math.floor(Date.now() / day) * day;
const at = (days: number): string => new Date(midnight - days * day).toISOString();

/** What both say of an item: all but the invoice, which a dry run has none of, its lines, which a run keeps with the invoice, and when it was. */
const told = ({ kind, subscription_id, period, outcome, currency, amount, error }: BillingRunItem): string =>
  JSON.stringify([kind, subscription_id, period, outcome, currency, amount, error?.code ?? null]);

const sorted = (items: readonly BillingRunItem[]): string[] => items.map(told).sort();

describe('a dry run, a preview, and the run that follows', () => {
  let world: BillingWorld;
  let previews: PreviewsService;
  let meter: string;
  beforeEach(async () => {
    world = await BillingWorld.start();
    const { database } = world.metering.test;
    const { tenants, clock } = world.metering;
    const invoices = new InvoicesService(new InvoicesStore(database), tenants, new OwnerLookups());
    const plans = new PlansService(new PlansStore(database), clock);
    previews = new PreviewsService(
      new PreviewsStore(database),
      world.periods,
      world.late,
      world.writing,
      invoices,
      plans,
      tenants,
      clock,
    );
    meter = (await world.metering.meter()).slug;
  });
  afterEach(() => world.stop());

  async function use({ tenant }: Subscribed, value: string, days: number, id: string = newId()): Promise<void> {
    await world.metering.append([{ tenant, type: meter, time: at(days), id, data: `{"value": ${value}}` }]);
  }

  async function takeBack({ tenant }: Subscribed, id: string): Promise<void> {
    await world.metering.test.database.rpc('usage_event_void', {
      p_tenant: tenant.id,
      p_source: 'test',
      p_id: id,
      p_reason: 'test',
      p_replacement: null,
      p_context: { ...operator },
    });
  }

  /** Two whole periods ago, and on: each first period is billed, the second due once it is asked for as of now. */
  const anchor = at(64);
  const minimum = (amount: string): object =>
    component({ key: 'm', kind: 'usage', meter }, { model: 'per_unit', unit_amount: '0.335' }, { minimum: amount });

  /** The lines that an invoice of the run has, as those of a dry run. */
  async function written(invoiceId: string | null): Promise<unknown[]> {
    return world.sql(
      `select kind, component, trim_scale(quantity)::text as quantity, amount::text, adjusts_invoice, inputs_hash
       from public.billing_invoice_lines where invoice_id = $1 order by line`,
      [invoiceId],
    );
  }

  it('come to the same cents, with the same lines, in every currency', async () => {
    const dollars = await world.subscribe({ anchor, components: [flat('9.99'), minimum('25')] });
    const yen = await world.subscribe({ anchor, currency: 'JPY', components: [perUnit(meter, '3.5')] });
    const dinars = await world.subscribe({
      anchor,
      currency: 'KWD',
      components: [flat('1.005'), perUnit(meter, '0.0333')],
    });
    const less = await world.subscribe({ anchor, components: [flat('4'), perUnit(meter, '1')] });
    const over = await world.subscribe({ anchor, endsAt: at(40), components: [perUnit(meter, '0.125')] });
    const fresh = await world.subscribe({ anchor, endsAt: at(40), components: [perUnit(meter, '2')] });
    const moved = await world.subscribe({ anchor, endsAt: at(40), components: [perUnit(meter, '1')] });
    const euros = await world.subscribe({
      tenant: moved.tenant,
      currency: 'EUR',
      anchor: at(38),
      components: [flat('7')],
    });
    const broken = await world.subscribe({ anchor, components: [flat('1'), perUnit('nothing', '1')] });
    const all = [dollars, yen, dinars, less, over, fresh, moved];
    for (const each of all) {
      await use(each, '10', 63, 'first');
      await use(each, '4.75', 6);
    }
    // The first periods.
    await world.run(at(32));
    for (const [index, each] of all.entries()) await use(each, `${index + 1}.25`, 62, 'late');
    await world.run(at(32));
    await world.sql(
      `select public.billing_credits_top_up($1, 'gift', jsonb_build_object('id', $2::text, 'kind', 'promotional', 'currency', 'USD', 'amount', '5',
         'priority', 50), '2026-01-01Z', '{}')`,
      [dollars.tenant.id, newId()],
    );
    await world.metering.clock.advance(day);
    // On top of what waits: more, less, and both, which no run has looked at yet.
    for (const each of [dollars, yen, over]) await use(each, '0.5', 61);
    for (const each of [less, moved]) await takeBack(each, 'first');
    await takeBack(dinars, 'late');
    await use(fresh, '1', 61);
    await takeBack(fresh, 'late');

    const shown = new Map<string, string>();
    for (const { id } of [dollars, yen, dinars, less, euros]) shown.set(id, (await previews.next(id)).total);
    const dry = await world.run(undefined, { dryRun: true });
    const foreseen = await world.items(dry);
    const real = await world.run();
    const items = await world.items(real);

    expect(sorted(foreseen)).toEqual(sorted(items));
    expect(dry.amounts).toEqual(real.amounts);
    expect(dry.progress).toEqual(real.progress);
    for (const { kind, subscription_id: id, period, lines } of foreseen.filter((each) => each.lines !== null)) {
      const item = items.find(
        (each) => each.kind === kind && each.subscription_id === id && each.period.index === period.index,
      );
      const of = lines?.map(({ component: key, quantity, amount, adjusts_invoice, inputs_hash, kind: what }) => ({
        kind: what,
        component: key,
        quantity,
        amount,
        adjusts_invoice,
        inputs_hash,
      }));
      expect(of).toEqual(await written(item?.invoice_id ?? null));
    }
    for (const { kind, subscription_id: id, amount } of items) {
      if (kind === 'period' && shown.has(id)) expect([id, amount]).toEqual([id, shown.get(id)]);
    }
    // And the scenario is what it says it is.
    const kinds = (of: Subscribed): string[] =>
      items
        .filter(({ subscription_id: id }) => id === of.id)
        .map(({ kind, outcome, amount }) => `${kind} ${outcome} ${amount}`);
    expect(kinds(dollars)).toEqual(['late_usage nothing_due 0.00', 'period invoiced 34.99']);
    expect(kinds(yen)).toEqual(['late_usage adjusted 10', expect.stringMatching(/^period invoiced/)]);
    expect(kinds(over)).toEqual(['late_usage adjusted 0.72', 'closing invoiced 0.72']);
    expect(kinds(fresh)).toEqual(['late_usage adjusted 2.00', 'closing invoiced 2.00']);
    expect(kinds(moved)).toEqual(['late_usage adjusted -2.75']);
    expect(kinds(euros)).toEqual(['period invoiced 7.00']);
    expect(kinds(broken)).toEqual(['period failed 0.00']);
    const [applied] = await world.sql(
      `select sum(credit_applied)::text as sum from public.billing_invoices where tenant_id = $1`,
      [dollars.tenant.id],
    );
    expect(applied).toEqual({ sum: '5' });
  });

  it('foresees nothing that a run would not bill yet, and keeps what waits waiting', async () => {
    const over = await world.subscribe({ anchor: at(70), endsAt: at(50), components: [perUnit(meter, '1')] });
    await use(over, '10', 60);
    await world.run();
    await use(over, '3', 59);
    const early = await world.run(undefined, { dryRun: true });
    expect((await world.items(early)).map(({ kind }) => kind)).toEqual(['late_usage']);
    const tomorrow = new Date(world.metering.clock.now().getTime() + day).toISOString();
    const later = await world.run(tomorrow, { dryRun: true });
    expect((await world.items(later)).map(({ kind, amount }) => `${kind} ${amount}`)).toEqual([
      'late_usage 3.00',
      'closing 3.00',
    ]);
    expect(later.amounts).toEqual({ USD: '3.00' });
    expect(await world.sql('select 1 from public.billing_adjustments')).toEqual([]);
    expect(await world.sql('select 1 from public.billing_late_periods')).toEqual([]);
  });

  it('has what waits once, on the first invoice of several', async () => {
    const subscription = await world.subscribe({ anchor: at(85), components: [flat('5'), perUnit(meter, '1')] });
    await use(subscription, '1', 84);
    await world.run(at(50));
    await use(subscription, '2', 83);
    const dry = await world.items(await world.run(undefined, { dryRun: true }));
    expect(dry.map(({ kind, period, amount }) => `${kind} ${period.index} ${amount}`)).toEqual([
      'late_usage 0 2.00',
      'period 1 7.00',
    ]);
    const future = await world.items(await world.run(new Date(midnight + 40 * day).toISOString(), { dryRun: true }));
    expect(future.filter(({ kind }) => kind === 'period').map(({ amount }) => amount)).toEqual([
      '7.00',
      '5.00',
      '5.00',
    ]);
  });
});
