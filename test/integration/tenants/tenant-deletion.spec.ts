import type { ClaimedTask } from '../../../src/background-tasks/task.js';
import { newId } from '../../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { operator, Provisioning } from '../../setup/provisioning.js';

describe('deleting a tenant', () => {
  let test: TestDatabase;
  let world: Provisioning;
  const remove = (
    id: string,
    cascade = false,
    version: number | null = null,
  ): ReturnType<Provisioning['tenants']['delete']> => world.tenants.delete(id, cascade, version, operator);
  const uninstalled = async (operationId: string): Promise<void> =>
    world.finish(await world.begin(operationId), 'deprovisioned');

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  it('without instances deletes it, and says so', async () => {
    const id = await world.tenant('gone');
    const traces = await world.tracesOf(async () => {
      expect(await remove(id)).toEqual({ outcome: 'deleted' });
    });
    expect(traces).toEqual({ audit: ['tenant.delete'], outbox: ['tenant.deleted'] });
    expect(await world.tenants.find(id, 'all')).toBeUndefined();
    expect(await remove(id)).toEqual({ outcome: 'not_found' });
    expect(await world.tenant('gone')).not.toBe(id);
    expect(await test.sql('select slug from public.tenants where id = $1', [id])).toEqual([{ slug: 'gone' }]);
  });

  it('with instances is refused', async () => {
    const id = await world.tenant();
    await world.running(world.name(), {}, id);
    const before = await world.everything();
    expect(await remove(id)).toEqual({ outcome: 'tenant_has_instances' });
    expect(await world.everything()).toEqual(before);
  });

  it('whose instances are gone deletes it', async () => {
    const id = await world.tenant();
    await world.insert({ status: 'deprovisioned', desired_state: 'absent', applied: null }, id);
    expect(await remove(id)).toEqual({ outcome: 'deleted' });
  });

  it('that never was finds nothing', async () => {
    expect(await remove(newId())).toEqual({ outcome: 'not_found' });
  });

  it('that was changed since it was read is refused', async () => {
    const id = await world.tenant();
    await world.tenants.change(id, { name: 'Other' }, null, operator);
    const before = await world.everything();
    expect(await remove(id, true, 1)).toEqual({ outcome: 'stale' });
    expect(await world.everything()).toEqual(before);
    expect(await remove(id, true, 2)).toEqual({ outcome: 'deleted' });
  });

  describe('with cascade', () => {
    it('uninstalls its instances, takes no new ones, and is done with the last', async () => {
      const id = await world.tenant();
      const instances = [await world.running(world.name(), {}, id), await world.insert({ status: 'error' }, id)];
      const traces = await world.tracesOf(async () => {
        const deleted = await remove(id, true);
        expect(deleted).toMatchObject({ outcome: 'deleting', operations: [expect.anything(), expect.anything()] });
      });
      expect(traces).toEqual({
        audit: ['instance.uninstall', 'instance.uninstall', 'tenant.delete'],
        outbox: ['operation.queued', 'operation.queued'],
      });
      for (const { id: instanceId } of instances) expect((await world.row(instanceId)).status).toBe('uninstalling');
      expect(await world.put(world.name(), {}, id)).toEqual({ outcome: 'tenant_not_found' });
      const [second, first] = await world.operations.list({ reach: 'all', status: 'queued' }, 2, undefined);
      await uninstalled(first?.id ?? '');
      expect(await world.tenants.find(id, 'all')).toBeDefined();
      const last = await world.tracesOf(() => uninstalled(second?.id ?? ''));
      expect(last.audit).toEqual(['operation.succeeded', 'tenant.deleted']);
      expect(last.outbox.sort()).toEqual(['operation.succeeded', 'tenant.deleted']);
      expect(await world.tenants.find(id, 'all')).toBeUndefined();
    });

    it('again answers with the same operations', async () => {
      const id = await world.tenant();
      await world.running(world.name(), {}, id);
      const first = await remove(id, true);
      expect(first).toMatchObject({ outcome: 'deleting' });
      expect(await remove(id, true)).toMatchObject(first);
      expect(await remove(id)).toEqual({ outcome: 'tenant_has_instances' });
    });

    it('waits on after an uninstall that failed, and goes on when it is asked for again', async () => {
      const id = await world.tenant();
      const instance = await world.running(world.name(), {}, id);
      const asked = await remove(id, true);
      if (asked.outcome !== 'deleting') throw new Error(asked.outcome);
      const task = await world.begin(asked.operations[0]?.id ?? '');
      await world.finish(task, 'error', { status: 'failed', instance: { status: 'error' } });
      expect(await world.tenants.find(id, 'all')).toBeDefined();
      await uninstalled((await world.acted(instance.id, 'uninstall')).id);
      expect(await world.tenants.find(id, 'all')).toBeUndefined();
    });

    it('cancels creates', async () => {
      const id = await world.tenant();
      const queued = await world.accepted(world.name(), {}, id);
      const running = await world.accepted(world.name(), {}, id);
      await world.begin(running.operation.id);
      expect(await remove(id, true)).toMatchObject({ outcome: 'deleting' });
      expect((await world.operation(queued.operation.id)).status).toBe('cancelled');
      expect((await world.operation(running.operation.id)).status).toBe('running');
    });

    it('is refused as a whole while something else is at work', async () => {
      const id = await world.tenant();
      await world.running(world.name(), {}, id);
      const busy = await world.running(world.name(), {}, id);
      const operation = await world.acted(busy.id, 'restart');
      const before = await world.everything();
      await expect(remove(id, true)).rejects.toMatchObject({
        code: 'PT409',
        hint: 'operation_in_progress',
        details: operation.id,
      });
      expect(await world.everything()).toEqual(before);
    });
  });

  it('while instances are asked for leaves none behind, and nobody waits for ever', async () => {
    for (let round = 0; round < 8; round += 1) {
      const id = await world.tenant();
      const names = Array.from({ length: 6 }, () => world.name());
      const living = await world.running(world.name(), {}, id);
      const [puts, deletions, acts] = await Promise.all([
        Promise.allSettled(names.map((name) => world.put(name, {}, id))),
        Promise.allSettled([remove(id, true), remove(id, true), remove(id, true)]),
        Promise.allSettled([
          world.act(living.id, 'uninstall'),
          world.act(living.id, 'repair'),
          world.act(living.id, 'restart'),
        ]),
      ]);
      const codes = [...puts, ...deletions, ...acts].flatMap((answer) =>
        answer.status === 'rejected' ? [answer.reason.hint] : [],
      );
      expect(codes.filter((hint) => hint !== 'operation_in_progress')).toEqual([]);
      const [asked] = await test.sql<{ asked: boolean }>(
        'select delete_requested_at is not null as asked from public.tenants where id = $1',
        [id],
      );
      if (asked?.asked !== true) continue;
      const left = await test.sql(
        "select status from public.instances where tenant_id = $1 and status <> 'uninstalling'",
        [id],
      );
      expect(left).toEqual([]);
    }
  });

  it('while its last uninstalls end deletes it once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await world.tenant();
      for (let n = 0; n < 4; n += 1) await world.running(world.name(), {}, id);
      const asked = await remove(id, true);
      if (asked.outcome !== 'deleting') throw new Error(asked.outcome);
      const tasks: ClaimedTask[] = [];
      for (const operation of asked.operations) tasks.push(await world.begin(operation.id));
      const { outbox } = await world.tracesOf(() =>
        Promise.all([...tasks.map((task) => world.finish(task, 'deprovisioned')), remove(id, true)]),
      );
      expect(outbox.filter((topic) => topic === 'tenant.deleted')).toHaveLength(1);
      expect(await world.tenants.find(id, 'all')).toBeUndefined();
    }
  });
});
