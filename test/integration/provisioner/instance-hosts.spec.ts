import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';
import { failing } from '../../../src/provisioner/operations/operation-failure.js';

const crashed = failing('crash_loop', 'boom');

describe('the hosts of instances', () => {
  let test: TestDatabase;
  let world: Provisioning;
  const at = (...hosts: string[]): { hosts: string[]; urls: string[] } => ({
    hosts,
    urls: hosts.map((host) => `https://${host}`),
  });
  const taken = (host: string): unknown =>
    expect.objectContaining({ code: 'PT409', hint: 'host_taken', details: host });
  const upgraded = async (name: string, ...hosts: string[]): Promise<string> =>
    (await world.accepted(name, { values: { host: hosts.join() }, ...at(...hosts) })).operation.id;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  it('are refused when another instance holds one, and nothing is changed', async () => {
    await world.running(world.name(), at('a.test'));
    const mine = await world.running(world.name(), at('b.test'));
    const before = await world.everything();
    await expect(world.put(world.name(), at('c.test', 'a.test'))).rejects.toEqual(taken('a.test'));
    await expect(world.put(mine.name, { values: { n: 1 }, ...at('a.test') })).rejects.toEqual(taken('a.test'));
    expect(await world.everything()).toEqual(before);
  });

  it('go to one of many who ask for the same at once', async () => {
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => world.put(world.name(), at('d.test', 'e.test'))),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const reasons = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(reasons).toEqual(Array(19).fill(taken('d.test')));
  });

  it('are never waited for in a circle, however they are asked for', async () => {
    const orders = [
      ['f.test', 'g.test', 'h.test'],
      ['h.test', 'g.test', 'f.test'],
      ['g.test', 'h.test', 'f.test'],
    ];
    const asked = Array.from({ length: 30 }, (_, index) => world.put(world.name(), at(...(orders[index % 3] ?? []))));
    const answers = await Promise.allSettled(asked);
    const codes = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
    expect(codes).toEqual(Array(29).fill('PT409'));
  });

  it('are kept through an upgrade to others until it has succeeded', async () => {
    const { id, name } = await world.running(world.name(), at('old.test', 'both.test'));
    const operation = await upgraded(name, 'both.test', 'new.test');
    expect(await world.hosts(id)).toEqual(['both.test', 'new.test', 'old.test']);
    await expect(world.put(world.name(), at('old.test'))).rejects.toEqual(taken('old.test'));
    await world.finish(await world.begin(operation), 'running');
    expect(await world.hosts(id)).toEqual(['both.test', 'new.test']);
    expect(await world.put(world.name(), at('old.test'))).toMatchObject({ outcome: 'accepted' });
  });

  it('are those of before when the upgrade is rolled back', async () => {
    const { id, name } = await world.running(world.name(), at('one.test'));
    const task = await world.begin(await upgraded(name, 'two.test'));
    await world.finish(task, 'running', {
      status: 'failed',
      error: crashed,
      instance: { status: 'running', rolled_back: true },
    });
    expect(await world.hosts(id)).toEqual(['one.test']);
    expect((await world.row(id)).urls).toEqual(['https://one.test']);
    expect(await world.put(world.name(), at('two.test'))).toMatchObject({ outcome: 'accepted' });
  });

  it('are both kept when an upgrade failed half way, for the cluster may hold either', async () => {
    const { id, name } = await world.running(world.name(), at('three.test'));
    const task = await world.begin(await upgraded(name, 'four.test'));
    await world.finish(task, 'error', { status: 'failed', error: crashed, instance: { status: 'error' } });
    expect(await world.hosts(id)).toEqual(['four.test', 'three.test']);
    await world.finish(await world.begin(await upgraded(name, 'five.test')), 'running');
    expect(await world.hosts(id)).toEqual(['five.test']);
  });

  it('are those of before when the upgrade is cancelled before it began', async () => {
    const { id, name } = await world.running(world.name(), at('six.test'));
    await world.operations.cancel(await upgraded(name, 'seven.test'), { actor: 'operator', request_id: null });
    expect(await world.hosts(id)).toEqual(['six.test']);
  });

  it('of a create that failed are those of the next create', async () => {
    const { instance, operation } = await world.accepted(world.name(), at('eight.test'));
    const end = { status: 'failed', error: crashed, instance: { status: 'error' } } as const;
    await world.finish(await world.begin(operation.id), 'error', end);
    await world.accepted(instance.name, at('nine.test'));
    expect(await world.hosts(instance.id)).toEqual(['nine.test']);
  });

  it('are free when the instance is gone', async () => {
    const { id } = await world.running(world.name(), at('ten.test'));
    await world.finish(await world.begin((await world.acted(id, 'uninstall')).id), 'deprovisioned');
    expect(await world.hosts(id)).toEqual([]);
    expect(await world.put(world.name(), at('ten.test'))).toMatchObject({ outcome: 'accepted' });
  });
});
