import assert from 'node:assert/strict';
import { HeldTask } from '../../../src/background-tasks/held-task.js';
import { TaskQueueStore } from '../../../src/background-tasks/task-queue.store.js';
import { type ClaimedTask, Draining, LeaseLost } from '../../../src/background-tasks/task.js';
import { BreakableDatabase } from '../../setup/breakable-database.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { FakeClock } from '../../setup/fake-clock.js';
import { addTask, endTask, expireLeases, testQueue } from '../../setup/tasks.js';
import { until } from '../../setup/until.js';

const leaseMs = 9_000;

describe('a held task', () => {
  let test: TestDatabase;
  let database: BreakableDatabase;
  let clock: FakeClock;
  let held: HeldTask;
  let keeping: Promise<void>;

  const heartbeats = (): number => database.calls.filter((call) => call === 'task_heartbeat').length;
  /** Lets a third of the lease pass, and the renewal that falls due be answered. */
  const third = async (renewed = true): Promise<void> => {
    const before = heartbeats();
    await clock.advance(leaseMs / 3);
    if (renewed) await until('a renewal', () => heartbeats() > before && clock.sleeping === 2);
  };

  beforeAll(async () => {
    test = await createTestDatabase();
  });
  beforeEach(async () => {
    await test.sql('delete from public.tasks');
    database = new BreakableDatabase(test.database);
    clock = new FakeClock();
    const store = new TaskQueueStore(database);
    await addTask(test);
    const [task] = await store.claim('w1', testQueue, 1, 60_000);
    held = new HeldTask(task as ClaimedTask, store, clock, { ms: leaseMs, askedAt: clock.now() });
    keeping = held.keep();
  });
  afterEach(async () => {
    held.end();
    await keeping;
    assert.equal(clock.sleeping, 0, 'something is left ticking');
  });
  afterAll(() => test.drop());

  it('renews its lease three times while it lasts', async () => {
    for (let thirds = 0; thirds < 9; thirds += 1) await third();
    expect(heartbeats()).toBe(9);
    expect(held.stop.aborted).toBe(false);
  });

  it('tells the handler that somebody asked for its cancellation, and goes on', async () => {
    await test.sql('update public.tasks set cancel_requested = true');
    await third();
    expect(held.cancel.aborted).toBe(true);
    expect(held.stop.aborted).toBe(false);
    await third();
    expect(heartbeats()).toBe(2);
  });

  it('stops the handler when another worker has it', async () => {
    await expireLeases(test);
    await new TaskQueueStore(test.database).claim('w2', testQueue, 1, 60_000);
    await third(false);
    await until('it stops', () => held.stop.aborted);
    expect(held.stop.reason).toBeInstanceOf(LeaseLost);
    await keeping;
  });

  it('stops the handler when the task was ended by somebody else', async () => {
    await endTask(test, held.task.id);
    await third(false);
    await until('it stops', () => held.stop.aborted);
    expect(held.stop.reason).toBeInstanceOf(LeaseLost);
  });

  it('lives through a database that is away for less than the lease', async () => {
    database.fault = 'away';
    await third(false);
    database.fault = 'none';
    await third();
    await clock.advance(leaseMs - 1);
    expect(held.stop.aborted).toBe(false);
  });

  it.each(['away', 'silent'] as const)(
    'counts the lease as lost when it runs out while the database is %s, not a moment later',
    async (fault) => {
      await third();
      database.fault = fault;
      await clock.advance(leaseMs - 1);
      expect(held.stop.aborted).toBe(false);
      await clock.advance(1);
      expect(held.stop.reason).toBeInstanceOf(LeaseLost);
      await keeping;
    },
  );

  it('counts from when it was asked for, not from when the answer came', async () => {
    const store = new TaskQueueStore(database);
    const askedAt = clock.now();
    await clock.advance(2_000);
    const late = new HeldTask(held.task, store, clock, { ms: leaseMs, askedAt });
    database.fault = 'silent';
    const keptLate = late.keep();
    await clock.advance(leaseMs - 2_001);
    expect(late.stop.aborted).toBe(false);
    await clock.advance(1);
    expect(late.stop.aborted).toBe(true);
    await keptLate;
  });

  it('is renewed on while its handler comes to a safe point, so that nobody else begins meanwhile', async () => {
    held.abort(new Draining());
    expect(held.stop.reason).toBeInstanceOf(Draining);
    await third();
    await third();
    expect(heartbeats()).toBe(2);
  });

  it('is not renewed any more once its handler has returned', async () => {
    held.end();
    await keeping;
    await clock.advance(leaseMs * 2);
    expect(heartbeats()).toBe(0);
    expect(held.stop.aborted).toBe(false);
  });

  it('ends at once although a renewal hangs', async () => {
    database.fault = 'silent';
    await third(false);
    held.end();
    await keeping;
    expect(held.stop.aborted).toBe(false);
  });
});
