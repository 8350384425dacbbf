import assert from 'node:assert/strict';
import {
  BackgroundTasksConfig,
  backgroundTasksEnvironment,
} from '../../../src/background-tasks/background-tasks.config.js';
import type { TaskEnd } from '../../../src/background-tasks/task.js';
import { TaskQueueStore } from '../../../src/background-tasks/task-queue.store.js';
import { TaskWorker } from '../../../src/background-tasks/task-worker.service.js';
import { newId } from '../../../src/platform/ids.js';
import { BreakableDatabase } from '../../setup/breakable-database.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { FakeClock } from '../../setup/fake-clock.js';
import { addTask, endTask, testQueue } from '../../setup/tasks.js';
import { until } from '../../setup/until.js';

describe('a worker that ends a task while time stands still, so that it never polls', () => {
  let test: TestDatabase;
  let database: BreakableDatabase;
  let clock: FakeClock;
  let worker: TaskWorker;
  let done: string[];
  const work = (endOf: () => TaskEnd): void =>
    worker.start(testQueue, async (task) => {
      await endTask(test, task.id);
      done.push(task.id);
      return endOf();
    });

  beforeAll(async () => {
    test = await createTestDatabase();
  });
  beforeEach(() => {
    database = new BreakableDatabase(test.database);
    clock = new FakeClock();
    const config = new BackgroundTasksConfig(backgroundTasksEnvironment.parse({}));
    worker = new TaskWorker(new TaskQueueStore(database), clock, config);
    done = [];
  });
  afterEach(async () => {
    await worker.beforeApplicationShutdown();
    assert.equal(clock.sleeping, 0, 'something is left ticking');
  });
  afterAll(() => test.drop());

  it('asks at once for the one that has waited for it', async () => {
    const subject = newId();
    const added = [await addTask(test, subject), await addTask(test, subject), await addTask(test, subject)];
    work(() => (done.length < added.length ? 'followed' : 'ended'));
    await until('all are done', () => done.length === added.length);
    expect(done).toEqual(added);
  });

  it('asks for nothing when nothing has waited', async () => {
    const added = [await addTask(test), await addTask(test), await addTask(test)];
    work(() => 'ended');
    await until('all are done, and it is idle', () => done.length === added.length && clock.sleeping === 1);
    expect(database.calls).toEqual(['task_claim']);
  });
});
