import { newId } from '../../../src/platform/ids.js';
import type { ActOutcome } from '../../../src/provisioner/instances/instances.store.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';

describe('a repair that drift asks for', () => {
  let test: TestDatabase;
  let world: Provisioning;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  const repair = (id: string, pauseMs = 60_000): Promise<ActOutcome> =>
    world.instances.askRepair(id, newId(), pauseMs, { actor: 'system', request_id: null });

  it('is counted, and waits for its pause', async () => {
    const { id } = await world.insert({ status: 'degraded' });
    const first = await repair(id);
    expect(first).toMatchObject({
      outcome: 'accepted',
      operation: { kind: 'repair', requested_by: 'system', params: { automatic: true } },
    });
    expect(await world.row(id)).toMatchObject({
      status: 'degraded',
      repair_attempts: 1,
      repair_after: expect.any(String),
    });
    const before = await world.everything();
    expect(await repair(id)).toEqual({ outcome: 'waiting' });
    expect(await world.everything()).toEqual(before);
  });

  it('comes again when the pause is over, and is not counted while something is at work', async () => {
    const { id } = await world.insert({ status: 'degraded' });
    const first = await repair(id, 0);
    if (first.outcome !== 'accepted') throw new Error(first.outcome);
    expect(await repair(id, 0)).toEqual({ outcome: 'operation_in_progress', operation_id: first.operation.id });
    await world.finish(await world.begin(first.operation.id), 'degraded', {
      status: 'failed',
      instance: { status: 'degraded' },
    });
    expect(await repair(id, 0)).toMatchObject({ outcome: 'accepted' });
    expect((await world.row(id)).repair_attempts).toBe(2);
  });

  it('is asked for once by many replicas that see the same drift', async () => {
    const { id } = await world.insert({ status: 'degraded' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => repair(id)));
    expect(answers.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
    expect((await world.row(id)).repair_attempts).toBe(1);
  });

  it('starts to count anew when there is no drift left, or the spec is changed', async () => {
    const { id, name } = await world.insert({ status: 'degraded' });
    const first = await repair(id);
    if (first.outcome !== 'accepted') throw new Error(first.outcome);
    await world.finish(await world.begin(first.operation.id), 'running', {
      instance: { status: 'running', drift_state: 'none' },
    });
    expect((await world.row(id)).repair_attempts).toBe(0);
    await world.accepted(name, { values: { a: 1 } });
    expect((await world.row(id)).repair_after).toBeNull();
  });

  it('of nothing, or of what is uninstalled, is none', async () => {
    expect(await repair(newId())).toEqual({ outcome: 'waiting' });
    const { id } = await world.insert({ status: 'error', desired_state: 'absent' });
    expect(await repair(id)).toEqual({ outcome: 'illegal_state', status: 'error' });
    expect((await world.row(id)).repair_attempts).toBe(0);
  });
});
