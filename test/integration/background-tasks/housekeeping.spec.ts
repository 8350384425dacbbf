import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import {
  BackgroundTasksConfig,
  backgroundTasksEnvironment,
} from '../../../src/background-tasks/background-tasks.config.js';
import { HousekeepingTask } from '../../../src/background-tasks/housekeeping.task.js';
import { ScheduleStore } from '../../../src/background-tasks/schedule.store.js';
import { ScheduledTasks } from '../../../src/background-tasks/scheduled-tasks.service.js';
import { SystemClock } from '../../../src/platform/clock.js';
import { Housekeeping } from '../../../src/platform/housekeeping.js';
import { IdempotencyStore } from '../../../src/platform/idempotency/idempotency.store.js';
import { IdempotencySweep } from '../../../src/platform/idempotency/idempotency-sweep.service.js';
import { PlatformConfig, platformEnvironment } from '../../../src/platform/platform.config.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { until } from '../../setup/until.js';

describe('housekeeping', () => {
  let test: TestDatabase;
  let tasks: ScheduledTasks;
  const housekeeping = new Housekeeping();

  beforeAll(async () => {
    Logger.overrideLogger(false);
    test = await createTestDatabase();
    const config = new BackgroundTasksConfig(backgroundTasksEnvironment.parse({}));
    tasks = new ScheduledTasks(new SchedulerRegistry(), new ScheduleStore(test.database), new SystemClock(), config);
    new IdempotencySweep(new IdempotencyStore(test.database), housekeeping).onModuleInit();
  });
  afterAll(async () => {
    await tasks.beforeApplicationShutdown();
    await test.drop();
  });

  const boot = (roles: string, chores: Housekeeping): void =>
    new HousekeepingTask(
      chores,
      tasks,
      new PlatformConfig(platformEnvironment.parse({ TENANTRY_ROLES: roles })),
    ).onApplicationBootstrap();

  it('is told of what rooms want cleaned up', () => {
    expect(housekeeping.chores).toMatchObject([{ name: 'idempotency_sweep', everySeconds: 3_600 }]);
  });

  it('removes old idempotency keys on schedule, where work is done', async () => {
    await test.sql(`insert into public.idempotency_keys (owner, key, fingerprint, answer, created_at)
      values ('o', 'old', 'f', 'a', now() - interval '25 hours'), ('o', 'young', 'f', 'a', now())`);
    const often = new Housekeeping();
    for (const chore of housekeeping.chores) often.add({ ...chore, everySeconds: 0.02 });
    boot('api', often);
    boot('worker', often);
    await until('the old key is gone', async () => {
      const rows = await test.sql<{ key: string }>('select key from public.idempotency_keys');
      return rows.map(({ key }) => key).join() === 'young';
    });
    await until('the run is recorded', async () => (await tasks.list())[0]?.last_status === 'succeeded');
    expect((await tasks.list()).map(({ name }) => name)).toEqual(['idempotency_sweep']);
  });
});
