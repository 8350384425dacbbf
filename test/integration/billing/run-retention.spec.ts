import {
  BackgroundTasksConfig,
  backgroundTasksEnvironment,
} from '../../../src/background-tasks/background-tasks.config.js';
import { TaskQueueStore } from '../../../src/background-tasks/task-queue.store.js';
import { TaskWorker } from '../../../src/background-tasks/task-worker.service.js';
import { BillingConfig, billingEnvironment } from '../../../src/billing/billing.config.js';
import { ClosingBilling } from '../../../src/billing/runs/closing-billing.service.js';
import { RunsService } from '../../../src/billing/runs/runs.service.js';
import { operator } from '../../setup/provisioning.js';
import { BillingWorld, flat, perUnit } from '../../setup/billing-runs.js';

const day = 86_400_000;
const midnight = Math.floor(Date.now() / day) * day;
const at = (days: number): string => new Date(midnight - days * day).toISOString();

describe('runs that are old', () => {
  let world: BillingWorld;
  beforeEach(async () => {
    world = await BillingWorld.start();
  });
  afterEach(() => world.stop());

  async function aged(run: { id: string }, days: number): Promise<void> {
    await world.sql(`update public.billing_runs set finished_at = $2 where id = $1`, [run.id, at(days)]);
  }

  const prune = (limit: number): Promise<boolean> =>
    world.runs.prune(at(400), world.metering.clock.now().toISOString(), limit);

  const count = async (table: string): Promise<number> => (await world.sql(`select 1 from public.${table}`)).length;

  it('lose their items step by step; those that wrote invoices stay with what they came to', async () => {
    const meter = (await world.metering.meter()).slug;
    const subscription = await world.subscribe({ anchor: at(80), components: [flat('2'), perUnit(meter, '1')] });
    await world.subscribe({ anchor: at(40), components: [flat('3')], currency: 'EUR' });
    await world.subscribe({ anchor: at(40), components: [perUnit('nothing', '1')] });
    const wrote = await world.run();
    await world.metering.append([{ tenant: subscription.tenant, type: meter, time: at(79), data: '{"value": 1}' }]);
    const dry = await world.run(undefined, { dryRun: true });
    const late = await world.run(undefined, { tenants: [subscription.tenant.id] });
    const recent = await world.run();
    expect([wrote.progress.done, late.progress.adjusted, wrote.progress.failed]).toEqual([4, 1, 1]);
    await aged(wrote, 403);
    await aged(dry, 402);
    await aged(late, 401);
    await aged(recent, 399);
    const before = await world.sql('select to_jsonb(i) as i from public.billing_invoices i order by id');

    expect(await prune(3)).toBe(true);
    // In the middle of it, and after: what it came to is what it was.
    expect(await world.runs.find(wrote.id)).toMatchObject({ progress: wrote.progress, amounts: wrote.amounts });
    expect(await world.items(wrote)).toHaveLength(1);
    let steps = 1;
    while (await prune(3)) steps += 1;
    expect(steps).toBeGreaterThan(2);
    const now = world.metering.clock.now().toISOString();
    const { items_removed_at: _never, finished_at: _end, ...same } = wrote;
    expect(await world.runs.find(wrote.id)).toEqual({ ...same, finished_at: at(403), items_removed_at: now });
    expect(await world.items(wrote)).toEqual([]);
    expect(await world.runs.find(dry.id)).toBeUndefined();
    expect(await world.runs.find(late.id)).toBeUndefined();
    expect(await world.items(recent)).toHaveLength(recent.progress.done);
    expect(await world.sql('select to_jsonb(i) as i from public.billing_invoices i order by id')).toEqual(before);
    const lost = await world.sql(
      'select 1 from public.billing_invoices i where run_id is not null and not exists (select from public.billing_runs r where r.id = i.run_id)',
    );
    expect(lost).toEqual([]);
    expect(await prune(3)).toBe(false);
    expect((await world.runs.list(10, undefined)).map(({ run }) => run.id)).toEqual([recent.id, wrote.id]);
  });

  it('are removed after the days that the operator says; what waits or works is not old', async () => {
    const { database } = world.metering.test;
    const { clock, tenants } = world.metering;
    const config = new BillingConfig(billingEnvironment.parse({ TENANTRY_BILLING_RUN_RETENTION_DAYS: '10' }));
    const background = new BackgroundTasksConfig(backgroundTasksEnvironment.parse({}));
    const worker = new TaskWorker(new TaskQueueStore(database), clock, background);
    const closings = new ClosingBilling(world.writing, config, clock);
    const service = new RunsService(world.runs, world.writing, closings, tenants, worker, config, clock);
    for (const days of [9, 11]) await aged(await world.run(), days);
    await world.runs.create(
      { id: '0199c0de-0000-7000-8000-00000000000c', as_of: at(0), dry_run: false, tenants: null, scheduled: false },
      operator,
    );
    const stopped = new AbortController();
    stopped.abort();
    await service.prune(stopped.signal);
    expect(await count('billing_runs')).toBe(3);
    await service.prune(new AbortController().signal);
    expect(await count('billing_runs')).toBe(2);
    await clock.advance(2 * day);
    await service.prune(new AbortController().signal);
    expect((await world.runs.list(10, undefined)).map(({ run }) => run.status)).toEqual(['queued']);
    expect(await count('tasks')).toBe(1);
  });
});
