import { type ClaimedTask, LeaseLost } from '../../../src/background-tasks/task.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';
import { expireLeases } from '../../setup/tasks.js';

type Write = (world: Provisioning, task: ClaimedTask) => Promise<unknown>;

const writes: [string, Write][] = [
  ['record', (world, task) => world.operations.record(task, [], 0.5, null)],
  ['hold a program', (world, task) => world.operations.holdProgram(task, { pid: 1, host: 'h', startedAt: new Date() })],
  ['remember replicas', (world, task) => world.operations.rememberReplicas(task, { 'Deployment/web': 2 })],
  ['finish', (world, task) => world.finish(task, 'running')],
];

describe('a worker that lost its lease', () => {
  let test: TestDatabase;
  let world: Provisioning;

  /** Two claims of one operation: the old one, whose lease ran out, and the new one. */
  const twice = async (): Promise<[ClaimedTask, ClaimedTask]> => {
    const { operation } = await world.accepted();
    const old = await world.begin(operation.id);
    await expireLeases(test);
    return [old, await world.claim(operation.id, 'w2')];
  };

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  it.each(writes)('cannot %s once another worker has the task', async (_what, write) => {
    const [old, young] = await twice();
    await world.operations.begin(young);
    const before = await world.everything();
    await expect(write(world, old)).rejects.toBeInstanceOf(LeaseLost);
    expect(await world.everything()).toEqual(before);
    await expect(write(world, young)).resolves.toBeUndefined();
  });

  it.each(writes)('cannot %s once its task is back in the queue', async (_what, write) => {
    const { operation } = await world.accepted();
    const task = await world.begin(operation.id);
    await world.queue.release(task, 60_000);
    const before = await world.everything();
    await expect(write(world, task)).rejects.toBeInstanceOf(LeaseLost);
    expect(await world.everything()).toEqual(before);
  });

  it.each(writes)('cannot %s once the operation has ended', async (_what, write) => {
    const { operation } = await world.accepted();
    const task = await world.begin(operation.id);
    await world.finish(task, 'running');
    const before = await world.everything();
    await expect(write(world, task)).rejects.toBeInstanceOf(LeaseLost);
    expect(await world.everything()).toEqual(before);
  });

  it('cannot begin', async () => {
    const [old, young] = await twice();
    const before = await world.everything();
    expect(await world.operations.begin(old)).toBeUndefined();
    expect(await world.everything()).toEqual(before);
    expect(await world.operations.begin(young)).toMatchObject({ operation: { attempts: 2, status: 'running' } });
  });

  it('may still write while nobody else has the task, however late it is', async () => {
    const { operation } = await world.accepted();
    const task = await world.begin(operation.id);
    await expireLeases(test);
    await world.operations.record(task, [], 0.5, null);
    expect((await world.operation(operation.id)).progress).toBe(0.5);
  });

  it('never writes beside the one that has it, however both race to the end', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [old, young] = await twice();
      await world.operations.begin(young);
      const ends = await Promise.allSettled([
        world.finish(old, 'error', { status: 'failed', instance: { status: 'error' } }),
        world.finish(young, 'running'),
        world.operations.record(old, [], 0.9, null),
      ]);
      expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
      expect(await world.operation(old.id)).toMatchObject({ status: 'succeeded', progress: 1 });
    }
  });
});
