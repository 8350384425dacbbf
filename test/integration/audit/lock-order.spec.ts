import type { Seen } from '../../../src/provisioner/drift/drift.store.js';
import { newId } from '../../../src/platform/ids.js';
import { TestTrail } from '../../setup/audit.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { operator, Provisioning } from '../../setup/provisioning.js';

describe('eight writers of one trail', () => {
  let test: TestDatabase;
  let world: Provisioning;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  it('never wait for each other in a circle: changes, ends, cancellations and deletions of tenants with instances', async () => {
    const tenants = await Promise.all(Array.from({ length: 4 }, () => world.tenant()));
    const instances = await Promise.all(
      tenants.flatMap((tenantId) => Array.from({ length: 4 }, () => world.insert({ status: 'running' }, tenantId))),
    );
    const seen: Seen = {
      status: 'degraded',
      drift_state: 'none',
      drift_findings: [],
      status_reason: null,
      observed: { revision: 1, ready_replicas: 0, replicas: 1, conditions: [] },
    };
    const queued = await Promise.all(tenants.map((tenantId) => world.accepted(world.name(), {}, tenantId)));
    // A deadlock is reported after a second, as 40P01: nothing here is expected to fail.
    const writers: Promise<unknown>[] = [
      ...tenants.map((tenantId) => world.tenants.delete(tenantId, true, null, operator)),
      ...tenants.map((tenantId) => world.tenants.change(tenantId, { name: 'New' }, null, operator)),
      ...instances.map(({ id }) => world.act(id, 'stop')),
      ...instances.map((row) => world.drift.observe(row, seen)),
      ...queued.map(({ operation }) => world.operations.cancel(operation.id, operator)),
      ...queued.map(({ instance }) => world.act(instance.id, 'uninstall')),
      ...tenants.map((tenantId) => world.put(world.name(), {}, tenantId)),
      ...Array.from({ length: 8 }, () => world.tenant()),
    ];
    const failed = (await Promise.allSettled(writers)).filter((result) => result.status === 'rejected');
    const codes = failed.map(({ reason }) => Object(reason).hint);
    // An instance with an operation under way refuses the deletion of its tenant; that is all that may go wrong.
    expect(codes.filter((hint) => hint !== 'operation_in_progress')).toEqual([]);
    expect(await new TestTrail(test).verify()).toMatchObject({ faults: [] });
  });

  it('of one instance and of the deletion of its tenant end, whoever is first', async () => {
    for (let round = 0; round < 10; round += 1) {
      const tenantId = await world.tenant();
      const rows = [
        await world.insert({ status: 'running' }, tenantId),
        await world.insert({ status: 'running' }, tenantId),
      ];
      const outcomes = await Promise.allSettled([
        world.tenants.delete(tenantId, true, null, operator),
        ...rows.toReversed().map(({ id }) => world.act(id, 'uninstall')),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    }
    expect(await new TestTrail(test).verify()).toMatchObject({ faults: [] });
  });

  it('may be of chains that are new', async () => {
    const tenantId = newId();
    const write = (): Promise<unknown> =>
      test.database.rpc('write_audit', {
        p_context: { actor: 'a', request_id: null },
        p_action: 'tenant.change',
        p_resource_type: 'tenant',
        p_resource_id: 't',
        p_tenant_id: tenantId,
        p_before: null,
        p_after: null,
      });
    await Promise.all(Array.from({ length: 8 }, write));
    expect(await new TestTrail(test).verify({}, tenantId)).toMatchObject({ faults: [], entries: 8 });
  });
});
