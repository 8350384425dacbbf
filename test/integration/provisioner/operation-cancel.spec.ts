import { newId } from '../../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { operator, Provisioning } from '../../setup/provisioning.js';

describe('cancelling an operation', () => {
  let test: TestDatabase;
  let world: Provisioning;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  it('that has not begun ends it at once, and says so', async () => {
    const { instance, operation } = await world.accepted();
    const traces = await world.tracesOf(async () => {
      const cancelled = await world.operations.cancel(operation.id, operator);
      expect(cancelled).toMatchObject({ outcome: 'cancelled', operation: { id: operation.id, status: 'cancelled' } });
    });
    expect(traces).toEqual({ audit: ['operation.cancel'], outbox: ['operation.cancelled'] });
    expect(await test.sql('select payload from public.outbox order by id desc limit 1')).toEqual([
      { payload: { operation_id: operation.id, kind: 'create', status: 'error', error: null } },
    ]);
    expect(await world.row(instance.id)).toMatchObject({ status: 'error', status_reason: 'cancelled' });
    await expect(world.claim(operation.id)).rejects.toThrow('cannot be claimed');
    expect(await world.put(instance.name)).toMatchObject({ outcome: 'accepted', operation: { kind: 'create' } });
  });

  it('that runs asks a create to stop', async () => {
    const { operation } = await world.accepted();
    const task = await world.begin(operation.id);
    expect(await world.operations.cancel(operation.id, operator)).toMatchObject({
      outcome: 'requested',
      operation: { status: 'running' },
    });
    expect(await world.queue.heartbeat(task, 60_000)).toEqual({ outcome: 'held', cancel_requested: true });
    await world.queue.release(task, 0);
    const order = await world.operations.begin(await world.claim(operation.id));
    expect(order?.cancel_requested).toBe(true);
  });

  it.each(['stop', 'restart', 'repair', 'uninstall'] as const)('that runs leaves a %s alone', async (kind) => {
    const { id } = await world.running();
    const operation = await world.acted(id, kind);
    const task = await world.begin(operation.id);
    const before = await world.everything();
    expect(await world.operations.cancel(operation.id, operator)).toEqual({ outcome: 'not_cancellable' });
    expect(await world.everything()).toEqual(before);
    expect(await world.queue.heartbeat(task, 60_000)).toEqual({ outcome: 'held', cancel_requested: false });
  });

  it.each([
    ['stop', 'running', 'running'],
    ['uninstall', 'running', 'running'],
    ['start', 'stopped', 'stopped'],
  ] as const)('that has not begun, a %s, desires again what was desired before', async (kind, status, desired) => {
    const { id } = await world.insert({ status });
    await world.operations.cancel((await world.acted(id, kind)).id, operator);
    expect(await world.row(id)).toMatchObject({ status: 'error', status_reason: 'cancelled', desired_state: desired });
  });

  it('that has not begun, an upgrade, asks for the spec of before', async () => {
    const was = await world.running(world.name(), { values: { n: 1 }, sealed_secrets: 'old', secrets_hash: 'old' });
    const { operation } = await world.accepted(was.name, { values: { n: 2 }, blueprint_version: 2 });
    await world.operations.cancel(operation.id, operator);
    expect(await world.row(was.id)).toMatchObject({
      status: 'error',
      values: { n: 1 },
      blueprint_version: 1,
      has_secrets: true,
    });
  });

  it('that has not begun, a repair, leaves the instance as it was', async () => {
    const { id } = await world.insert({ status: 'degraded' });
    await world.operations.cancel((await world.acted(id, 'repair')).id, operator);
    expect(await world.row(id)).toMatchObject({ status: 'degraded', status_reason: null });
  });

  it('that has ended changes nothing', async () => {
    const { operation } = await world.accepted();
    await world.finish(await world.begin(operation.id), 'running');
    const before = await world.everything();
    expect(await world.operations.cancel(operation.id, operator)).toEqual({ outcome: 'finished', status: 'succeeded' });
    expect(await world.everything()).toEqual(before);
  });

  it('that never was finds nothing', async () => {
    expect(await world.operations.cancel(newId(), operator)).toEqual({ outcome: 'not_found' });
  });

  it('while it begins either ends it or is refused, never half', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await world.running();
      const operation = await world.acted(id, 'restart');
      const task = await world.claim(operation.id);
      const [order, cancelled] = await Promise.all([
        world.operations.begin(task),
        world.operations.cancel(operation.id, operator),
      ]);
      expect(cancelled.outcome).toBe(order === undefined ? 'cancelled' : 'not_cancellable');
      expect((await world.operation(operation.id)).status).toBe(order === undefined ? 'cancelled' : 'running');
    }
  });

  it('while its worker writes steps waits for nobody for ever', async () => {
    for (let round = 0; round < 30; round += 1) {
      const { instance, operation } = await world.accepted();
      const task = await world.begin(operation.id);
      const writing = Array.from({ length: 5 }, (_, n) => world.operations.record(task, [], n / 10, null));
      await Promise.all([
        ...writing,
        world.operations.cancel(operation.id, operator),
        world.queue.heartbeat(task, 60_000),
        world.act(instance.id, 'uninstall'),
      ]);
      expect((await world.operation(operation.id)).progress).toBe(0.4);
    }
  });
});
