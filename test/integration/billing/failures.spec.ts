import { Logger } from '@nestjs/common';
import type { BillingRun } from '../../../src/billing/runs/billing-run.js';
import { BillingWorld, flat, perUnit, type Subscribed } from '../../setup/billing-runs.js';

const hour = 3_600_000;
const day = 24 * hour;
const midnight = Math.floor(Date.now() / day) * day;
const at = (days: number): string => new Date(midnight - days * day).toISOString();

describe('what cannot be billed', () => {
  let world: BillingWorld;
  let broken: Subscribed;
  beforeEach(async () => {
    Logger.overrideLogger(false);
    world = await BillingWorld.start();
    broken = await world.subscribe({ anchor: at(40), components: [flat('1'), perUnit('nothing', '1')] });
  });
  afterEach(() => world.stop());

  const now = (): string => world.metering.clock.now().toISOString();
  const hasWork = (): Promise<boolean> => {
    const ended = new Date(world.metering.clock.now().getTime() - hour).toISOString();
    return world.writing.hasWork(ended, at(1), now());
  };
  const byTheClock = (): Promise<BillingRun> => world.run(undefined, { scheduled: true });

  /** Hour by hour, as the clock asks for runs. @returns in which of them one was made, and what failed in it */
  async function hours(count: number): Promise<string[]> {
    const made: string[] = [];
    for (let n = 0; n < count; n += 1) {
      if (await hasWork()) made.push(`${n}: ${(await byTheClock()).progress.failed}`);
      await world.metering.clock.advance(hour);
    }
    return made;
  }

  it('is tried again after an hour, two, four, at most a day, and told all the while', async () => {
    const begun = now();
    expect(await hours(80)).toEqual(['0: 1', '1: 1', '3: 1', '7: 1', '15: 1', '31: 1', '55: 1', '79: 1']);
    expect(await world.runs.failures(10, undefined)).toEqual([
      {
        tenant_id: broken.tenant.id,
        subscription_id: broken.id,
        kind: 'period',
        period_index: 0,
        error: { code: 'meter_not_found', message: 'meter nothing does not exist' },
        attempts: 8,
        since: begun,
        last_at: new Date(Date.parse(begun) + 79 * hour).toISOString(),
        next_at: new Date(Date.parse(begun) + 103 * hour - 600_000).toISOString(),
      },
    ]);
    expect(await world.runs.failures(10, [broken.id, 'period', 0])).toEqual([]);
  });

  it('keeps nobody else from the hourly run, and is not counted as due there', async () => {
    await hours(2);
    const other = await world.subscribe({ anchor: at(40), components: [flat('3')] });
    expect(await hasWork()).toBe(true);
    const run = await byTheClock();
    expect(run).toMatchObject({ total: 1, amounts: { USD: '3.00' }, progress: { done: 1, failed: 0 } });
    expect((await world.invoices(other))[0]?.total).toBe('3.00');
  });

  it('is tried at once by a run that somebody asks for, and forgotten when it succeeds', async () => {
    await hours(3);
    expect((await world.run()).progress).toMatchObject({ done: 1, failed: 1 });
    // A dry run tries it, and counts as no attempt.
    expect((await world.run(undefined, { dryRun: true })).progress.failed).toBe(1);
    expect(await world.runs.failures(10, undefined)).toMatchObject([{ attempts: 3 }]);
    await world.metering.meter({ slug: 'nothing' });
    expect((await world.run()).progress).toMatchObject({ done: 1, invoiced: 1, failed: 0 });
    expect(await world.runs.failures(10, undefined)).toEqual([]);
  });

  it('is tried at once when its subscription was changed, and counted anew', async () => {
    await hours(2);
    expect(await hasWork()).toBe(false);
    await world.sql('update public.billing_subscriptions set row_version = row_version + 1 where id = $1', [broken.id]);
    expect(await hasWork()).toBe(true);
    expect((await byTheClock()).progress.failed).toBe(1);
    expect(await world.runs.failures(10, undefined)).toMatchObject([{ attempts: 1 }]);
    expect(await hasWork()).toBe(false);
  });

  it('is an attempt once, though the run tells it again after a kill', async () => {
    await world.runs.create(
      { id: '0199c0de-0000-7000-8000-00000000000c', as_of: now(), dry_run: false, tenants: null, scheduled: true },
      { actor: 'test', request_id: null },
    );
    const { id, fence } = await world.claim();
    const item = {
      kind: 'period',
      tenant_id: broken.tenant.id,
      subscription_id: broken.id,
      period_index: 0,
      period_from: at(40),
      period_to: at(10),
      outcome: 'failed',
      invoice_id: null,
      currency: 'USD',
      amount: '0',
      error: { code: 'x', message: 'y' },
      lines: null,
      at: now(),
    } as const;
    await world.runs.addItems({ id, fence }, [item]);
    await world.runs.addItems({ id, fence }, [item]);
    expect(await world.runs.failures(10, undefined)).toMatchObject([{ attempts: 1, since: now() }]);
  });

  it('holds for late usage too, until there is none', async () => {
    const meter = (await world.metering.meter()).slug;
    await world.metering.meter({ slug: 'nothing' });
    const subscription = await world.subscribe({ anchor: at(40), components: [perUnit(meter, '1')] });
    await world.run();
    await world.sql('alter table public.billing_invoices disable trigger user');
    await world.sql('update public.billing_invoices set inputs = null where subscription_id = $1', [subscription.id]);
    await world.sql('alter table public.billing_invoices enable trigger user');
    await world.metering.append([{ tenant: subscription.tenant, type: meter, time: at(39), data: '{"value": 1}' }]);
    expect(await hours(6)).toEqual(['0: 1', '1: 1', '3: 1']);
    expect(await world.runs.failures(10, undefined)).toMatchObject([
      { kind: 'late_usage', error: { code: 'not_ratable' } },
    ]);
    const [invoice] = await world.invoices(subscription);
    expect(invoice?.state).toBe('paid');
    await world.sql('delete from public.billing_late_periods');
    await world.run();
    expect(await world.runs.failures(10, undefined)).toEqual([]);
  });
});
