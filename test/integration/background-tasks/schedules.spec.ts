import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import {
  BackgroundTasksConfig,
  backgroundTasksEnvironment,
} from '../../../src/background-tasks/background-tasks.config.js';
import { ScheduleStore } from '../../../src/background-tasks/schedule.store.js';
import { ScheduledTasks } from '../../../src/background-tasks/scheduled-tasks.service.js';
import { SystemClock } from '../../../src/platform/clock.js';
import { BreakableDatabase } from '../../setup/breakable-database.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { until } from '../../setup/until.js';

const minute = 60_000;
const slot = (number: number): Date => new Date(Date.UTC(2026, 0, 1) + number * minute);

describe('schedules', () => {
  let test: TestDatabase;
  let store: ScheduleStore;
  const claim = (number: number, holder = 'r1', leaseMs = minute): Promise<boolean> =>
    store.claim('sweep', slot(number), slot(number + 1), holder, leaseMs);

  beforeAll(async () => {
    Logger.overrideLogger(false);
    test = await createTestDatabase();
    store = new ScheduleStore(test.database);
  });
  beforeEach(() => test.sql('delete from public.schedules'));
  afterAll(() => test.drop());

  it('give a slot to one of many replicas that ask at once, the first time and every other', async () => {
    for (const number of [1, 2, 3]) {
      const claims = await Promise.all(Array.from({ length: 20 }, (_, index) => claim(number, `r${index}`)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      await store.finish('sweep', slot(number), `r${claims.indexOf(true)}`, null);
    }
  });

  it('do not run a slot again, whoever asks', async () => {
    await claim(1);
    await store.finish('sweep', slot(1), 'r1', null);
    expect(await claim(1, 'r2')).toBe(false);
    expect(await claim(0, 'r2')).toBe(false);
    expect(await claim(2, 'r2')).toBe(true);
  });

  it('do not begin a slot while an earlier one is still run', async () => {
    await claim(1);
    expect(await claim(2, 'r2')).toBe(false);
    await store.finish('sweep', slot(1), 'r1', null);
    expect(await claim(2, 'r2')).toBe(true);
  });

  it('begin a later slot when the lease of the one before ran out, and refuse the end of that one', async () => {
    await claim(1, 'r1', 0);
    await until('the lease is over', () => claim(2, 'r2'));
    await store.finish('sweep', slot(1), 'r1', null);
    expect(await store.list()).toEqual([
      { name: 'sweep', last_run_at: null, last_status: null, next_run_at: slot(3).toISOString(), holder: 'r2' },
    ]);
  });

  it('tell what ran, how it ended, and who runs it now', async () => {
    await claim(1);
    expect(await store.list()).toMatchObject([{ holder: 'r1', last_run_at: null }]);
    await store.finish('sweep', slot(1), 'r1', 'no disk');
    expect(await store.list()).toEqual([
      {
        name: 'sweep',
        holder: null,
        last_status: 'failed',
        last_run_at: expect.stringMatching(/Z$/),
        next_run_at: slot(2).toISOString(),
      },
    ]);
    expect(await test.sql('select last_error from public.schedules')).toEqual([{ last_error: 'no disk' }]);
    await claim(2);
    await store.finish('sweep', slot(2), 'r1', null);
    expect(await test.sql('select last_status, last_error from public.schedules')).toEqual([
      { last_status: 'succeeded', last_error: null },
    ]);
  });

  it('of different names do not wait for each other', async () => {
    await claim(1);
    expect(await store.claim('report', slot(1), slot(2), 'r2', minute)).toBe(true);
    expect((await store.list()).map(({ name }) => name)).toEqual(['report', 'sweep']);
  });

  describe('on replicas', () => {
    let replicas: ScheduledTasks[];
    let databases: BreakableDatabase[];
    const periodSeconds = 0.2;

    const replica = (name: string): ScheduledTasks => {
      const config = new BackgroundTasksConfig(backgroundTasksEnvironment.parse({ TENANTRY_REPLICA: name }));
      const database = new BreakableDatabase(test.database);
      const made = new ScheduledTasks(new SchedulerRegistry(), new ScheduleStore(database), new SystemClock(), config);
      databases.push(database);
      replicas.push(made);
      return made;
    };

    beforeEach(() => {
      replicas = [];
      databases = [];
    });
    afterEach(() => Promise.all(replicas.map((tasks) => tasks.beforeApplicationShutdown())));

    it('run once per slot, on any of them', async () => {
      const slots: number[] = [];
      for (const name of ['a', 'b', 'c']) {
        replica(name).every('sweep', periodSeconds, async () => {
          const [row] = await test.sql<{ slot: Date }>('select slot from public.schedules');
          slots.push(row?.slot.getTime() ?? 0);
        });
      }
      await until('some slots ran', () => slots.length >= 4);
      expect(new Set(slots).size).toBe(slots.length);
      expect(slots.filter((time) => time % (periodSeconds * 1_000) !== 0)).toEqual([]);
    });

    it('of a long period are looked for every ten minutes, since a process may not live for an hour, and still run once per slot', async () => {
      import.meta.jest.useFakeTimers({
        doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'],
        now: Date.UTC(2026, 0, 1, 9, 55),
      });
      const ranAt: number[] = [];
      try {
        const tasks = replica('a');
        tasks.every('billing', 3_600, async () => void ranAt.push(new Date().getUTCHours()));
        for (let turn = 0; turn < 9; turn += 1) {
          import.meta.jest.advanceTimersByTime(600_000);
          await turnsOf(test);
        }
      } finally {
        import.meta.jest.useRealTimers();
      }
      expect(ranAt).toEqual([10, 11]);
    });

    it('record a throw as the failure of the run, and run the next slot', async () => {
      let runs = 0;
      replica('a').every('sweep', periodSeconds, async () => {
        runs += 1;
        if (runs === 1) throw new Error('no disk');
      });
      await until('the failure is recorded', async () => (await store.list())[0]?.last_status === 'failed');
      expect(await test.sql('select last_error from public.schedules')).toEqual([{ last_error: 'no disk' }]);
      await until('the next one succeeded', async () => (await store.list())[0]?.last_status === 'succeeded');
    });

    it('go on when the database comes back', async () => {
      let runs = 0;
      const tasks = replica('a');
      for (const database of databases) database.fault = 'away';
      let asked = 0;
      tasks.every('sweep', periodSeconds, async () => {
        runs += 1;
      });
      await until('a slot passed', async () => (asked += 1) > 80);
      expect(runs).toBe(0);
      for (const database of databases) database.fault = 'none';
      await until('it runs', () => runs > 0);
      expect(runs).toBeGreaterThan(0);
    });

    it('are told to stop when the process drains, waited for, and begin no more', async () => {
      const tasks = replica('a');
      const told: boolean[] = [];
      let began = 0;
      tasks.every('sweep', periodSeconds, async (signal) => {
        began += 1;
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve, { once: true });
        });
        told.push(signal.aborted);
      });
      await until('it runs', () => began === 1);
      await tasks.beforeApplicationShutdown();
      expect(told).toEqual([true]);
      expect(await store.list()).toMatchObject([{ holder: null, last_status: 'succeeded' }]);
      let looked = 0;
      await until('another slot passed', () => (looked += 1) > 80);
      expect(began).toBe(1);
    });
  });
});

/** Long enough for what was begun with the database to have ended. */
async function turnsOf(test: TestDatabase): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await test.sql('select 1');
}
