import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { applied, operator, Provisioning } from '../../setup/provisioning.js';

describe('asking for an uninstall', () => {
  let test: TestDatabase;
  let world: Provisioning;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  it('cancels a create that has not begun', async () => {
    const { instance, operation } = await world.accepted();
    let uninstall = '';
    const traces = await world.tracesOf(async () => {
      uninstall = (await world.acted(instance.id, 'uninstall')).id;
    });
    expect(traces).toEqual({
      audit: ['operation.cancel', 'instance.uninstall'],
      outbox: ['operation.cancelled', 'operation.queued'],
    });
    expect(await world.operation(operation.id)).toMatchObject({
      status: 'cancelled',
      finished_at: expect.any(String),
    });
    expect((await world.row(instance.id)).status).toBe('uninstalling');
    await expect(world.claim(operation.id)).rejects.toThrow('cannot be claimed');
    expect(await world.claim(uninstall)).toMatchObject({ subject: instance.id });
  });

  it('cancels a create that was claimed and has not begun', async () => {
    const { instance, operation } = await world.accepted();
    const task = await world.claim(operation.id);
    await world.acted(instance.id, 'uninstall');
    expect(await world.operations.begin(task)).toBeUndefined();
    expect(await world.operation(operation.id)).toMatchObject({ status: 'cancelled', attempts: 0 });
  });

  it('asks a create that runs to stop, waits behind it, and keeps the status when it ends', async () => {
    const { instance, operation } = await world.accepted();
    const task = await world.begin(operation.id);
    const uninstall = await world.acted(instance.id, 'uninstall');
    expect(await world.queue.heartbeat(task, 60_000)).toEqual({ outcome: 'held', cancel_requested: true });
    await expect(world.claim(uninstall.id)).rejects.toThrow('cannot be claimed');
    const end = { status: 'cancelled', instance: { status: 'error', status_reason: 'cancelled' } } as const;
    await world.finish(task, 'error', end);
    expect(await world.row(instance.id)).toMatchObject({
      status: 'uninstalling',
      status_reason: null,
      desired_state: 'absent',
    });
    await world.finish(await world.begin(uninstall.id), 'deprovisioned', {
      instance: { status: 'deprovisioned', applied: null },
    });
    expect((await world.row(instance.id)).status).toBe('deprovisioned');
  });

  it('brings a create back at once that waits to be tried again', async () => {
    const { instance, operation } = await world.accepted();
    await world.queue.release(await world.begin(operation.id), 60_000);
    await world.acted(instance.id, 'uninstall');
    expect(await world.claim(operation.id)).toMatchObject({ fence: 2 });
  });

  it('keeps the status even when the create succeeds before it hears of it', async () => {
    const { instance, operation } = await world.accepted();
    const task = await world.begin(operation.id);
    await world.acted(instance.id, 'uninstall');
    await world.finish(task, 'running');
    expect(await world.row(instance.id)).toMatchObject({
      status: 'uninstalling',
      applied: { revision: 1 },
      ready_at: null,
    });
  });

  it.each([
    ['was cancelled', { status: 'cancelled', error: null, steps: [], instance: { status: 'error' } }],
    ['succeeded', { status: 'succeeded', error: null, steps: [], instance: { status: 'running', applied } }],
  ] as const)('tells whoever ended a create that it has waited for it, when that %s', async (_how, end) => {
    const { instance, operation } = await world.accepted();
    const task = await world.begin(operation.id);
    const uninstall = await world.acted(instance.id, 'uninstall');
    expect(await world.operations.finish(task, end, operator)).toBe('followed');
    const last = await world.begin(uninstall.id);
    const gone = { status: 'deprovisioned', applied: null } as const;
    expect(await world.operations.finish(last, { ...end, instance: gone }, operator)).toBe('ended');
  });

  it.each(['queued', 'running'] as const)('again while it is %s answers with the same operation', async (status) => {
    const { id } = await world.insert({ status: 'running' });
    const first = await world.acted(id, 'uninstall');
    if (status === 'running') await world.begin(first.id);
    const before = await world.everything();
    expect(await world.act(id, 'uninstall')).toMatchObject({
      outcome: 'in_progress',
      operation: { id: first.id, status },
    });
    expect(await world.everything()).toEqual(before);
  });

  it('again behind a create that still runs answers with the same operation', async () => {
    const { instance, operation } = await world.accepted();
    await world.begin(operation.id);
    const first = await world.acted(instance.id, 'uninstall');
    expect(await world.act(instance.id, 'uninstall')).toMatchObject({
      outcome: 'in_progress',
      operation: { id: first.id },
    });
  });

  it('twenty times at once makes one operation', async () => {
    const { id } = await world.insert({ status: 'running' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.act(id, 'uninstall')));
    const shown = new Set(answers.map((answer) => ('operation' in answer ? answer.operation.id : answer.outcome)));
    expect(shown.size).toBe(1);
  });

  it('of something that is gone answers with the operation that took it away', async () => {
    const { id } = await world.running();
    const { id: first } = await world.acted(id, 'uninstall');
    await world.finish(await world.begin(first), 'deprovisioned');
    expect(await world.act(id, 'uninstall')).toMatchObject({
      outcome: 'in_progress',
      operation: { id: first, status: 'succeeded' },
    });
  });

  it('of a new life is another operation', async () => {
    const { id, name } = await world.running();
    const { id: first } = await world.acted(id, 'uninstall');
    await world.finish(await world.begin(first), 'deprovisioned');
    const { operation } = await world.accepted(name);
    await world.finish(await world.begin(operation.id), 'running');
    expect((await world.acted(id, 'uninstall')).id).not.toBe(first);
  });

  it('that failed is asked for again', async () => {
    const { id } = await world.running();
    const first = await world.acted(id, 'uninstall');
    await world.finish(await world.begin(first.id), 'error', { status: 'failed', instance: { status: 'error' } });
    expect((await world.acted(id, 'uninstall')).id).not.toBe(first.id);
  });
});
