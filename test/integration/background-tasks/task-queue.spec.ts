import fc from 'fast-check';
import { TaskQueueStore } from '../../../src/background-tasks/task-queue.store.js';
import type { ClaimedTask } from '../../../src/background-tasks/task.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { addTask, endTask, expireLeases, taskState, testQueue } from '../../setup/tasks.js';

const leaseMs = 60_000;

describe('the durable queue', () => {
  let test: TestDatabase;
  let store: TaskQueueStore;
  const claim = (worker = 'w1', limit = 10): Promise<ClaimedTask[]> => store.claim(worker, testQueue, limit, leaseMs);
  const claimOne = async (): Promise<ClaimedTask> => {
    const [task] = await claim();
    if (task === undefined) throw new Error('nothing to claim');
    return task;
  };
  const ids = (tasks: readonly ClaimedTask[]): string[] => tasks.map(({ id }) => id).sort();

  beforeAll(async () => {
    test = await createTestDatabase();
    store = new TaskQueueStore(test.database);
  });
  beforeEach(() => test.sql('delete from public.tasks'));
  afterAll(() => test.drop());

  it('hands out nothing when there is nothing', async () => {
    expect(await claim()).toEqual([]);
  });

  it('hands a task to one worker, with its first fence', async () => {
    const id = await addTask(test, 'subject');
    expect(await claim('w1')).toEqual([{ id, queue: testQueue, subject: 'subject', fence: 1 }]);
    expect(await claim('w2')).toEqual([]);
    expect(await taskState(test, id)).toEqual({ state: 'running', fence: 1, worker: 'w1' });
  });

  it('hands out the oldest first, as many as are asked for', async () => {
    const added = [await addTask(test), await addTask(test), await addTask(test)];
    expect(ids(await claim('w1', 2))).toEqual(added.slice(0, 2).sort());
    expect(ids(await claim('w1', 2))).toEqual(added.slice(2));
  });

  it('keeps queues apart', async () => {
    await addTask(test, 'subject', 'other');
    expect(await claim()).toEqual([]);
  });

  it('hands out one task of a subject at a time, oldest first', async () => {
    const [first, second] = [await addTask(test, 'same'), await addTask(test, 'same')];
    expect(ids(await claim())).toEqual([first]);
    expect(await claim()).toEqual([]);
    await endTask(test, first);
    expect(ids(await claim())).toEqual([second]);
  });

  it('does not let a younger task pass one of its subject that waits for its time', async () => {
    const first = await addTask(test, 'same');
    await addTask(test, 'same');
    await store.release(await claimOne(), 60_000);
    expect(await claim()).toEqual([]);
    await test.sql('update public.tasks set run_at = now() where id = $1', [first]);
    expect(ids(await claim())).toEqual([first]);
  });

  it('may hold equal subjects of different queues at once', async () => {
    await addTask(test, 'same');
    await addTask(test, 'same', 'other');
    expect(await claim()).toHaveLength(1);
    expect(await store.claim('w1', 'other', 10, leaseMs)).toHaveLength(1);
  });

  it('hands a task whose lease ran out to another worker, with a higher fence', async () => {
    const id = await addTask(test);
    const old = await claimOne();
    await expireLeases(test);
    expect(await claim('w2')).toMatchObject([{ id, fence: 2 }]);
    expect(await store.heartbeat(old, leaseMs)).toEqual({ outcome: 'lost' });
    await store.release(old, 0);
    expect(await taskState(test, id)).toEqual({ state: 'running', fence: 2, worker: 'w2' });
  });

  it('returns what ran out whichever queue the next claim is for', async () => {
    const id = await addTask(test);
    await claimOne();
    await expireLeases(test);
    await store.claim('w2', 'other', 1, leaseMs);
    expect(await taskState(test, id)).toEqual({ state: 'ready', fence: 1, worker: null });
  });

  it('renews a lease, and says whether somebody asked for the cancellation', async () => {
    const id = await addTask(test);
    const task = await claimOne();
    expect(await store.heartbeat(task, leaseMs)).toEqual({ outcome: 'held', cancel_requested: false });
    await test.sql('update public.tasks set cancel_requested = true where id = $1', [id]);
    expect(await store.heartbeat(task, leaseMs)).toEqual({ outcome: 'held', cancel_requested: true });
  });

  it('renews from now on', async () => {
    await addTask(test);
    const task = await claimOne();
    await expireLeases(test);
    await store.heartbeat(task, leaseMs);
    expect(await claim('w2')).toEqual([]);
  });

  it('takes a task back, for another to claim at once or after a pause', async () => {
    const id = await addTask(test);
    await store.release(await claimOne(), 0);
    expect(await taskState(test, id)).toEqual({ state: 'ready', fence: 1, worker: null });
    await store.release(await claimOne(), 60_000);
    expect(await claim()).toEqual([]);
  });

  it('never takes back what has ended', async () => {
    const id = await addTask(test);
    const task = await claimOne();
    await endTask(test, id);
    await store.release(task, 0);
    expect(await store.heartbeat(task, leaseMs)).toEqual({ outcome: 'lost' });
    expect(await claim()).toEqual([]);
    expect(await taskState(test, id)).toMatchObject({ state: 'done' });
  });

  it('keeps one running task a subject even from what does not ask it', async () => {
    await addTask(test, 'same');
    await addTask(test, 'same');
    await claimOne();
    await expect(test.sql("update public.tasks set state = 'running'")).rejects.toThrow(
      'tasks_one_running_per_subject',
    );
  });

  it('under many workers at once gives every task to one worker, and one of a subject at a time', async () => {
    const subjects = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        subjects,
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 1, max: 4 }),
        async (added, workers, limit) => {
          await test.sql('delete from public.tasks');
          const order = new Map<string, string[]>();
          for (const subject of added)
            order.set(subject, [...(order.get(subject) ?? []), await addTask(test, subject)]);
          const taken = new Map<string, string[]>();
          const running = new Set<string>();
          let left = added.length;
          const work = async (worker: string): Promise<void> => {
            while (left > 0) {
              for (const task of await claim(worker, limit)) {
                expect(running.has(task.subject)).toBe(false);
                expect(task.fence).toBe(1);
                running.add(task.subject);
                taken.set(task.subject, [...(taken.get(task.subject) ?? []), task.id]);
                left -= 1;
                running.delete(task.subject);
                await endTask(test, task.id);
              }
            }
          };
          await Promise.all(Array.from({ length: workers }, (_, index) => work(`w${index}`)));
          expect(taken).toEqual(order);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('under workers that die gives every task to the living in the end, each time with a higher fence', async () => {
    const added = await Promise.all(Array.from({ length: 12 }, (_, index) => addTask(test, `s${index % 4}`)));
    const fences = new Map<string, number[]>();
    const ended = new Set<string>();
    const chance = fc.sample(fc.boolean(), 400);
    const work = async (worker: string): Promise<void> => {
      while (ended.size < added.length) {
        for (const task of await claim(worker, 2)) {
          fences.set(task.id, [...(fences.get(task.id) ?? []), task.fence]);
          if (chance.pop() === true) {
            await test.sql("update public.tasks set lease_until = now() - interval '1 s' where id = $1", [task.id]);
          } else {
            await endTask(test, task.id);
            ended.add(task.id);
          }
        }
      }
    };
    await Promise.all(['w1', 'w2', 'w3', 'w4'].map(work));
    expect([...ended].sort()).toEqual(added.sort());
    for (const seen of fences.values()) expect(seen).toEqual(seen.map((_, index) => index + 1));
  });
});
