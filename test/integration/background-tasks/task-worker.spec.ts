import { Logger } from '@nestjs/common';
import assert from 'node:assert/strict';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import {
  BackgroundTasksConfig,
  backgroundTasksEnvironment,
} from '../../../src/background-tasks/background-tasks.config.js';
import { TaskQueueStore } from '../../../src/background-tasks/task-queue.store.js';
import { TaskWorker } from '../../../src/background-tasks/task-worker.service.js';
import type { ClaimedTask, TaskHandler, TaskSignals } from '../../../src/background-tasks/task.js';
import { SystemClock } from '../../../src/platform/clock.js';
import { BreakableDatabase } from '../../setup/breakable-database.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { FakeClock } from '../../setup/fake-clock.js';
import { addTask, endTask, taskState, testQueue } from '../../setup/tasks.js';
import { until } from '../../setup/until.js';

/** Counts what still sleeps, in real time. */
class CountingClock extends SystemClock {
  sleeping = 0;
  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeping += 1;
    await super.sleep(ms, signal).finally(() => (this.sleeping -= 1));
  }
}

interface Replica {
  readonly worker: TaskWorker;
  readonly database: BreakableDatabase;
  readonly clock: CountingClock;
}

describe('a worker', () => {
  let test: TestDatabase;
  let replicas: Replica[];

  const replica = (environment: Record<string, unknown> = {}): Replica => {
    const database = new BreakableDatabase(test.database);
    const clock = new CountingClock();
    const config = new BackgroundTasksConfig(
      backgroundTasksEnvironment.parse({ TENANTRY_LEASE_SECONDS: 2, ...environment }),
    );
    const made = { database, clock, worker: new TaskWorker(new TaskQueueStore(database), clock, config) };
    replicas.push(made);
    return made;
  };
  /** Ends every task at once, and says which. */
  const ending =
    (done: string[]): TaskHandler =>
    async (task) => {
      done.push(task.id);
      await endTask(test, task.id);
      return 'ended';
    };
  const untilStopped = async ({ stop }: TaskSignals): Promise<void> => {
    if (stop.aborted) return;
    await new Promise((resolve) => {
      stop.addEventListener('abort', resolve, { once: true });
    });
  };
  const stateOf = async (id: string): Promise<string | undefined> => (await taskState(test, id))?.state;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    test = await createTestDatabase();
  });
  beforeEach(async () => {
    replicas = [];
    await test.sql('delete from public.tasks');
  });
  afterEach(async () => {
    await Promise.all(replicas.map(({ worker }) => worker.beforeApplicationShutdown()));
    // What was aborted has one turn to end.
    await setImmediate();
    for (const { clock } of replicas) assert.equal(clock.sleeping, 0, 'something is left ticking');
  });
  afterAll(() => test.drop());

  it('works off what is there', async () => {
    const added = [await addTask(test), await addTask(test), await addTask(test)];
    const done: string[] = [];
    replica().worker.start(testQueue, ending(done));
    await until('all are done', () => done.length === 3);
    expect(done.sort()).toEqual(added.sort());
  });

  it('runs at most as many at once as it may, and the next as soon as one ends', async () => {
    const added = await Promise.all(Array.from({ length: 7 }, () => addTask(test)));
    let [now, most, ended] = [0, 0, 0];
    replica({ TENANTRY_OPERATION_CONCURRENCY: 2 }).worker.start(testQueue, async (task) => {
      now += 1;
      most = Math.max(most, now);
      await delay(5);
      await endTask(test, task.id);
      now -= 1;
      ended += 1;
      return 'ended';
    });
    await until('all are done', () => ended === added.length);
    expect(most).toBe(2);
  });

  it('is woken by a request on its replica instead of at its next poll', async () => {
    const { worker, clock } = replica();
    const done: string[] = [];
    worker.start(testQueue, ending(done));
    await until('it is idle', () => clock.sleeping === 1);
    const id = await addTask(test);
    const asked = Date.now();
    worker.wake();
    await until('it is done', () => done.includes(id));
    expect(Date.now() - asked).toBeLessThan(900);
  });

  it('finds by itself what another replica added', async () => {
    const { worker, clock } = replica();
    const done: string[] = [];
    worker.start(testQueue, ending(done));
    await until('it is idle', () => clock.sleeping === 1);
    const id = await addTask(test);
    await until('it is done', () => done.length > 0);
    expect(done).toEqual([id]);
  });

  it('is not troubled by a wake before it started, or after it ended', async () => {
    const { worker } = replica();
    worker.wake();
    await worker.beforeApplicationShutdown();
    worker.wake();
    await expect(worker.beforeApplicationShutdown()).resolves.toBeUndefined();
  });

  it('brings a task back after a pause when its handler throws', async () => {
    const id = await addTask(test);
    const fences: number[] = [];
    replica().worker.start(testQueue, async (task) => {
      fences.push(task.fence);
      if (fences.length === 1) throw new Error('a fault of ours');
      await endTask(test, task.id);
      return 'ended';
    });
    await until('it is given back', async () => fences.length === 1 && (await stateOf(id)) === 'ready');
    const [row] = await test.sql<{ pause: number }>(
      'select extract(epoch from run_at - now())::float8 as pause from public.tasks where id = $1',
      [id],
    );
    expect(row?.pause).toBeGreaterThan(4);
    expect(row?.pause).toBeLessThanOrEqual(5);
    await test.sql('update public.tasks set run_at = now()');
    await until('it is done', async () => (await stateOf(id)) === 'done');
    expect(fences).toEqual([1, 2]);
  });

  it('gives back what a handler leaves unfinished', async () => {
    const id = await addTask(test);
    let turns = 0;
    replica().worker.start(testQueue, async (task) => {
      turns += 1;
      if (turns === 1) return 'unfinished';
      await endTask(test, task.id);
      return 'ended';
    });
    await until('it is done', async () => (await stateOf(id)) === 'done');
    expect(turns).toBe(2);
  });

  it('tells a handler when its task was lost to another worker, and leaves that one alone', async () => {
    const id = await addTask(test);
    const seen: unknown[] = [];
    replica().worker.start(testQueue, async (_task, signals) => {
      await untilStopped(signals);
      seen.push(signals.stop.reason);
      throw signals.stop.reason;
    });
    await until('it runs', async () => (await stateOf(id)) === 'running');
    await test.sql("update public.tasks set fence = fence + 1, worker = 'another'");
    await until('it is told', () => seen.length === 1);
    expect(seen).toEqual([expect.objectContaining({ name: 'LeaseLost' })]);
    await replicas[0]?.worker.beforeApplicationShutdown();
    expect(await taskState(test, id)).toEqual({ state: 'running', fence: 2, worker: 'another' });
  });

  it('goes on by itself when the database comes back', async () => {
    const { worker, database } = replica();
    database.fault = 'away';
    const done: string[] = [];
    worker.start(testQueue, ending(done));
    const id = await addTask(test);
    await delay(50);
    expect(done).toEqual([]);
    database.fault = 'none';
    worker.wake();
    await until('it is done', () => done.includes(id));
  });

  it('loses a lease that it cannot renew, and takes the task up again when the database is back', async () => {
    const id = await addTask(test);
    const { worker, database } = replica({ TENANTRY_LEASE_SECONDS: 1 });
    const reasons: unknown[] = [];
    worker.start(testQueue, async (task, signals) => {
      if (task.fence === 1) {
        await untilStopped(signals);
        reasons.push(signals.stop.reason);
        return 'unfinished';
      }
      await endTask(test, task.id);
      return 'ended';
    });
    await until('it runs', async () => (await stateOf(id)) === 'running');
    database.fault = 'away';
    await until('it is stopped', () => reasons.length === 1);
    expect(reasons).toEqual([expect.objectContaining({ name: 'LeaseLost' })]);
    database.fault = 'none';
    await until('it is done', async () => (await stateOf(id)) === 'done');
    expect(await taskState(test, id)).toMatchObject({ fence: 2 });
  });

  describe('that is shut down', () => {
    it('tells handlers to stop, gives their tasks back for others to take at once, and claims no more', async () => {
      const [first, second] = [await addTask(test), await addTask(test)];
      const { worker } = replica();
      const told: unknown[] = [];
      worker.start(testQueue, async (_task, signals) => {
        await untilStopped(signals);
        told.push(signals.stop.reason);
        return 'unfinished';
      });
      await until(
        'both run',
        async () => (await stateOf(first)) === 'running' && (await stateOf(second)) === 'running',
      );
      await worker.beforeApplicationShutdown();
      expect(told).toEqual(Array(2).fill(expect.objectContaining({ name: 'Draining' })));
      expect(await taskState(test, first)).toEqual({ state: 'ready', fence: 1, worker: null });
      const third = await addTask(test);
      worker.wake();
      await delay(20);
      expect(await stateOf(third)).toBe('ready');
      const done: string[] = [];
      replica().worker.start(testQueue, ending(done));
      await until('another replica does all', () => done.length === 3);
    });

    it('lets a handler come to its end', async () => {
      const id = await addTask(test);
      const { worker } = replica();
      worker.start(testQueue, async (task, signals) => {
        await untilStopped(signals);
        await delay(30);
        await endTask(test, task.id);
        return 'ended';
      });
      await until('it runs', async () => (await stateOf(id)) === 'running');
      await worker.beforeApplicationShutdown();
      expect(await stateOf(id)).toBe('done');
    });

    it('gives back what a claim that was under way brings', async () => {
      const id = await addTask(test);
      const { worker } = replica();
      const told: ClaimedTask[] = [];
      worker.start(testQueue, async (task, signals) => {
        if (signals.stop.aborted) told.push(task);
        return 'unfinished';
      });
      await worker.beforeApplicationShutdown();
      expect(await taskState(test, id)).toEqual({ state: 'ready', fence: 1, worker: null });
      expect(told).toEqual([expect.objectContaining({ id })]);
    });

    it('does not wait for ever for a database that is silent', async () => {
      const clock = new FakeClock();
      const database = new BreakableDatabase(test.database);
      database.fault = 'silent';
      const config = new BackgroundTasksConfig(backgroundTasksEnvironment.parse({}));
      const worker = new TaskWorker(new TaskQueueStore(database), clock, config);
      worker.start(testQueue, ending([]));
      const drained = worker.beforeApplicationShutdown();
      await clock.advance(10_000);
      await drained;
      expect(clock.sleeping).toBe(0);
    });
  });
});
