import { Logger, type LoggerService } from '@nestjs/common';
import { BillingWorld, flat, perUnit, type WrittenInvoice } from '../../setup/billing-runs.js';

const day = 86_400_000;

/** Midnight in UTC, so many days ago. */
function daysAgo(days: number): string {
  return new Date(Math.floor(Date.now() / day) * day - days * day).toISOString();
}

const brief = (invoices: readonly WrittenInvoice[]): string[] =>
  invoices.map(({ period, state, total }) => `${period} ${state} ${total}`);

describe('billing runs', () => {
  let world: BillingWorld;
  beforeAll(async () => {
    world = await BillingWorld.start();
  });
  afterAll(() => world.stop());

  it('bills every missed period in order, and opens the next', async () => {
    const subscription = await world.subscribe({ anchor: '2026-01-31T00:00:00Z', components: [flat('10')] });
    const run = await world.run('2026-05-15T00:00:00Z');
    expect(run).toMatchObject({ status: 'succeeded', total: 1, amounts: { USD: '30.00' }, failures: [] });
    expect(run.progress).toEqual({ done: 3, invoiced: 3, nothing_due: 0, adjusted: 0, failed: 0 });
    const invoices = await world.invoices(subscription);
    expect(invoices.map(({ from, to, state, total }) => [from, to, state, total])).toEqual([
      ['2026-01-31T00:00:00.000000Z', '2026-02-28T00:00:00.000000Z', 'finalized', '10.00'],
      ['2026-02-28T00:00:00.000000Z', '2026-03-31T00:00:00.000000Z', 'finalized', '10.00'],
      ['2026-03-31T00:00:00.000000Z', '2026-04-30T00:00:00.000000Z', 'finalized', '10.00'],
      ['2026-04-30T00:00:00.000000Z', '2026-05-31T00:00:00.000000Z', 'gathering', '0'],
    ]);
    const numbers = invoices.map(({ number }) => Number(number?.slice(-6)));
    expect([(numbers[1] ?? 0) - (numbers[0] ?? 0), (numbers[2] ?? 0) - (numbers[1] ?? 0)]).toEqual([1, 1]);
    const open = await world.sql('select 1 from public.usage_periods where tenant_id = $1 and closed_at is null', [
      subscription.tenant.id,
    ]);
    expect(open).toHaveLength(1);
    const again = await world.run('2026-05-15T00:00:00Z');
    expect(again).toMatchObject({ total: 0, progress: { done: 0 }, amounts: {} });
    expect(await world.invoices(subscription)).toEqual(invoices);
  });

  it('bills what meters counted, with the request that gives the quantity again', async () => {
    const meter = await world.metering.meter();
    const subscription = await world.subscribe({
      anchor: daysAgo(45),
      components: [flat('5'), perUnit(meter.slug, '0.25')],
    });
    const time = daysAgo(40);
    await world.metering.append([
      { tenant: subscription.tenant, type: meter.slug, time, data: '{"value": 10.5}' },
      { tenant: subscription.tenant, type: meter.slug, time: daysAgo(1), data: '{"value": 1000}' },
    ]);
    await world.run();
    const [first] = await world.invoices(subscription);
    expect(first).toMatchObject({
      total: '7.63',
      lines: ['recurring base 1 -> 5.00', `usage ${meter.slug} 10.5 -> 2.63`],
    });
    const [line] = await world.sql<{ query: string }>(
      `select query from public.billing_invoice_lines where invoice_id = $1 and kind = 'usage'`,
      [first?.id],
    );
    const asked = new URL(line?.query ?? '', 'http://tenantry');
    expect(asked.pathname).toBe(`/v1/meters/${meter.slug}/query`);
    const rows = await world.metering.rows({
      slug: meter.slug,
      subjects: [asked.searchParams.get('subject') ?? ''],
      from: asked.searchParams.get('from') ?? '',
      to: asked.searchParams.get('to') ?? '',
    });
    expect(rows.map(({ value_decimal }) => value_decimal)).toEqual(['10.5']);
  });

  it('waits for the grace of an hour', async () => {
    const subscription = await world.subscribe({ anchor: '2026-01-01T00:00:00Z', components: [flat('1')] });
    await world.run('2026-02-01T00:59:59Z');
    expect(brief(await world.invoices(subscription))).toEqual(['0 gathering 0']);
    await world.run('2026-02-01T01:00:00Z');
    expect(brief(await world.invoices(subscription))).toEqual(['0 finalized 1.00', '1 gathering 0']);
  });

  it('writes an invoice of nothing, which is paid', async () => {
    const subscription = await world.subscribe({ anchor: '2026-01-01T00:00:00Z', components: [flat('0')] });
    const run = await world.run('2026-02-02T00:00:00Z', { tenants: [subscription.tenant.id] });
    expect(brief(await world.invoices(subscription))).toEqual(['0 paid 0.00', '1 gathering 0']);
    expect(run.progress).toMatchObject({ done: 1, nothing_due: 1, invoiced: 0 });
  });

  it('bills a subscription to its end, by the share of its period, and never again', async () => {
    const subscription = await world.subscribe({
      anchor: '2026-04-01T00:00:00Z',
      endsAt: '2026-05-16T00:00:00Z',
      components: [flat('31')],
    });
    await world.run('2026-05-16T02:00:00Z', { tenants: [subscription.tenant.id] });
    await world.run('2026-09-01T00:00:00Z', { tenants: [subscription.tenant.id] });
    const invoices = await world.invoices(subscription);
    expect(brief(invoices)).toEqual(['0 finalized 31.00', '1 finalized 15.00']);
    expect(invoices[1]?.to).toBe('2026-05-16T00:00:00.000000Z');
    const periods = await world.sql<{ to: string; closed: boolean }>(
      `select public.audit_time(ends_at) as "to", closed_at is not null as closed from public.usage_periods where tenant_id = $1 order by 1`,
      [subscription.tenant.id],
    );
    expect(periods).toEqual([
      { to: '2026-05-01T00:00:00.000000Z', closed: true },
      { to: '2026-05-16T00:00:00.000000Z', closed: true },
    ]);
  });

  it('bills the others when one tenant cannot be billed, says why, and tries again in the next run', async () => {
    const meter = await world.metering.meter();
    const anchor = daysAgo(35);
    const bad = await world.subscribe({ anchor, components: [perUnit('no_such_meter', '1')] });
    const good = await world.subscribe({ anchor, components: [perUnit(meter.slug, '1'), flat('2')] });
    const logged: unknown[] = [];
    const log = (said: unknown): void => void logged.push(said);
    Logger.overrideLogger({ log, warn: log, error: log } satisfies LoggerService);
    const run = await world.run(undefined, { tenants: [bad.tenant.id, good.tenant.id] });
    expect(run).toMatchObject({ status: 'succeeded', amounts: { USD: '2.00' }, progress: { invoiced: 1, failed: 1 } });
    expect(run.failures).toEqual([
      {
        tenant_id: bad.tenant.id,
        subscription_id: bad.id,
        kind: 'period',
        period_index: 0,
        error: { code: 'meter_not_found', message: 'meter no_such_meter does not exist' },
      },
    ]);
    expect(logged).toMatchObject([
      { billing_run_id: run.id, subscription_id: bad.id, failure: { code: 'meter_not_found' } },
    ]);
    Logger.overrideLogger(false);
    await world.metering.meter({ slug: 'no_such_meter' });
    const next = await world.run(undefined, { tenants: [bad.tenant.id, good.tenant.id] });
    expect(next).toMatchObject({ progress: { done: 1, nothing_due: 1, failed: 0 } });
  });

  it('bills who is suspended for what is not paid as agreed, until the subscription is ended', async () => {
    const components = [flat('30')];
    const suspended = await world.subscribe({ anchor: '2026-04-01T00:00:00Z', components });
    await world.sql(
      `update public.billing_subscriptions set status = 'suspended', suspended_at = '2026-04-10Z', suspension_reason = 'payment_overdue' where id = $1`,
      [suspended.id],
    );
    const tenants = [suspended.tenant.id];
    await world.run('2026-05-02T00:00:00Z', { tenants });
    expect(brief(await world.invoices(suspended))).toEqual(['0 finalized 30.00', '1 gathering 0']);
    await world.sql(`update public.billing_subscriptions set ends_at = '2026-05-16T12:00:00Z' where id = $1`, [
      suspended.id,
    ]);
    await world.run('2026-07-02T00:00:00Z', { tenants });
    expect(brief(await world.invoices(suspended))).toEqual(['0 finalized 30.00', '1 finalized 15.00']);
  });

  it('rates in the zone and the currency of the subscription', async () => {
    const cases = [
      // An hour less: 23/24 of the day, 743/744 of the month, by seconds.
      { zone: 'Europe/Vienna', anchor: '2026-02-28T23:00:00Z', currency: 'KWD', price: '1.2345', total: '1.235' },
      { zone: 'Asia/Tokyo', anchor: '2026-02-28T15:00:00Z', currency: 'JPY', price: '99.5', total: '100' },
      { zone: 'UTC', anchor: '2026-03-01T00:00:00Z', currency: 'MRU', price: '0.25', total: '0.3' },
    ];
    for (const { price, total, ...given } of cases) {
      const subscription = await world.subscribe({ ...given, components: [flat(price)] });
      const run = await world.run('2026-04-02T00:00:00Z', { tenants: [subscription.tenant.id] });
      expect((await world.invoices(subscription))[0]).toMatchObject({ total, lines: [`recurring base 1 -> ${total}`] });
      expect(run.amounts).toEqual({ [given.currency]: total });
    }
    const vienna = await world.sql<{ to: string }>(
      `select public.audit_time(period_to) as "to" from public.billing_invoices where time_zone = 'Europe/Vienna' and period_index = 0`,
    );
    expect(vienna).toEqual([{ to: '2026-03-31T22:00:00.000000Z' }]);
  });

  it('shares a leap February and a period with a change of clocks by the second', async () => {
    const leap = await world.subscribe({
      anchor: '2024-02-01T00:00:00Z',
      components: [flat('29')],
      later: [{ from: '2024-02-29T00:00:00Z', components: [flat('58')] }],
    });
    const spring = await world.subscribe({
      // March in Vienna has 743 hours; the 29th has 23.
      anchor: '2026-02-28T23:00:00Z',
      zone: 'Europe/Vienna',
      components: [flat('743')],
      later: [{ from: '2026-03-28T23:00:00Z', components: [] }],
    });
    await world.run('2026-04-05T00:00:00Z', { tenants: [leap.tenant.id, spring.tenant.id] });
    expect((await world.invoices(leap))[0]?.lines).toEqual(['recurring base 1 -> 28.00', 'recurring base 1 -> 2.00']);
    expect((await world.invoices(spring))[0]?.lines).toEqual(['recurring base 1 -> 672.00']);
  });
});
