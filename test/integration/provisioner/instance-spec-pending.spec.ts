import type { ClaimedTask } from '../../../src/background-tasks/task.js';
import type { InstanceRow } from '../../../src/provisioner/instances/instance-row.js';
import { nothingObserved } from '../../../src/provisioner/instances/instance.js';
import type { InstanceSpec } from '../../../src/provisioner/instances/instances.store.js';
import { failing } from '../../../src/provisioner/operations/operation-failure.js';
import type { OperationEnd } from '../../../src/provisioner/operations/operations.store.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { operator, Provisioning } from '../../setup/provisioning.js';

const secret = (text: string) => ({ sealed_secrets: `sealed ${text}`, secrets_hash: text });
const old = { values: { n: 1 }, ...secret('old') };
const young = { values: { n: 2 }, ...secret('young') };
const third = { values: { n: 3 }, ...secret('third') };
const error = failing('crash_loop', 'boom');
const badly: OperationEnd = { status: 'failed', error, steps: [], instance: { status: 'error' } };
const back: OperationEnd = { status: 'failed', error, steps: [], instance: { status: 'running', rolled_back: true } };

describe('a spec that was asked for and never reached', () => {
  let test: TestDatabase;
  let world: Provisioning;

  /** Asks for a spec, which must be accepted, and begins the work. */
  const change = async (name: string, parts: Partial<InstanceSpec>): Promise<ClaimedTask> =>
    world.begin((await world.accepted(name, parts)).operation.id);
  /** A look that finds the instance well, as the drift sweep does. */
  const seenWell = async (id: string): Promise<void> => {
    const row = await world.row(id);
    const seen = { status_reason: null, observed: nothingObserved, drift_state: 'none', drift_findings: [] } as const;
    expect(await world.drift.observe(row, { status: 'running', ...seen })).toBe('changed');
  };
  /** An instance that reached `old`, whose change to `young` failed for good, and that is well all the same. */
  const unreached = async (): Promise<InstanceRow> => {
    const { id, name } = await world.running(world.name(), old);
    await world.operations.finish(await change(name, young), badly, operator);
    await seenWell(id);
    return world.row(id);
  };
  const previousSpec = async (operationId: string): Promise<unknown> => {
    const query = 'select previous_spec as spec from public.operations where id = $1';
    return (await test.sql<{ spec: unknown }>(query, [operationId]))[0]?.spec;
  };
  const asks = async (id: string): Promise<unknown> =>
    (await test.sql('select values, sealed_secrets, secrets_hash from public.instances where id = $1', [id]))[0];

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  it('is worked on again when it is asked for again, although the instance runs', async () => {
    const { id, name } = await unreached();
    const { instance, operation } = await world.accepted(name, young);
    expect([instance.id, instance.status, operation.kind]).toEqual([id, 'upgrading', 'upgrade']);
  });

  it('is nothing to do any more once it is reached', async () => {
    const { name } = await unreached();
    await world.finish(await change(name, young), 'running');
    expect(await world.put(name, young)).toMatchObject({ outcome: 'unchanged' });
  });

  it('is reached by a repair too', async () => {
    const { id, name } = await unreached();
    await world.finish(await world.begin((await world.acted(id, 'repair')).id), 'running');
    expect(await world.put(name, young)).toMatchObject({ outcome: 'unchanged' });
  });

  it.each(['restart', 'stop'] as const)('is not reached by a %s', async (kind) => {
    const { id, name } = await unreached();
    await world.finish(await world.begin((await world.acted(id, kind)).id), kind === 'stop' ? 'stopped' : 'running');
    expect(await world.put(name, young)).toMatchObject({ outcome: 'accepted', operation: { kind: 'upgrade' } });
  });

  it('of a create that failed is created again, also when the instance was started meanwhile', async () => {
    const name = world.name();
    const task = await change(name, old);
    await world.operations.finish(task, badly, operator);
    const { instance_id: id } = await world.operation(task.id);
    await world.finish(await world.begin((await world.acted(id, 'start')).id), 'running');
    expect(await world.put(name, old)).toMatchObject({ outcome: 'accepted', operation: { kind: 'upgrade' } });
  });

  it('is not where a later change goes back to: that is what the good revision was written for, secrets and all', async () => {
    const { id, name } = await unreached();
    const task = await change(name, third);
    expect(await previousSpec(task.id)).toMatchObject({ ...old, asked: young });
    await world.operations.finish(task, back, operator);
    expect(await asks(id)).toEqual(old);
    expect(await world.put(name, old)).toMatchObject({ outcome: 'unchanged' });
  });

  it('is not where a change goes back to however many failed before', async () => {
    const { id, name } = await unreached();
    for (const n of [4, 5]) {
      await world.operations.finish(await change(name, { values: { n } }), badly, operator);
      await seenWell(id);
    }
    const { operation } = await world.accepted(name, third);
    expect(await previousSpec(operation.id)).toMatchObject({ ...old, asked: { values: { n: 5 } } });
  });

  it('is asked for again, and still not reached, when a later change is cancelled before it begins', async () => {
    const { id, name } = await unreached();
    const { operation } = await world.accepted(name, third);
    await world.operations.cancel(operation.id, operator);
    expect(await asks(id)).toEqual(young);
    await seenWell(id);
    const again = await world.accepted(name, young);
    expect(await previousSpec(again.operation.id)).toMatchObject({ ...old, asked: young });
  });

  it('does not make what was reached before pending when the first change is cancelled', async () => {
    const { id, name } = await world.running(world.name(), old);
    const { operation } = await world.accepted(name, young);
    await world.operations.cancel(operation.id, operator);
    await seenWell(id);
    expect(await world.put(name, old)).toMatchObject({ outcome: 'unchanged' });
  });

  it('belongs to one life: the next one starts with nothing to go back to', async () => {
    const { id, name } = await unreached();
    const gone = { status: 'deprovisioned', applied: null } as const;
    const uninstall = await world.begin((await world.acted(id, 'uninstall')).id);
    await world.finish(uninstall, 'deprovisioned', { instance: gone });
    await world.finish(await change(name, third), 'running');
    const { operation } = await world.accepted(name, young);
    expect(await previousSpec(operation.id)).toMatchObject(third);
  });

  it('does not change the etag by being reached', async () => {
    const { id, name } = await world.running(world.name(), old);
    const { row_version: version } = await world.row(id);
    await test.sql('update public.instances set spec_pending = true where id = $1', [id]);
    expect((await world.row(id)).row_version).toBe(version);
    expect(await world.put(name, old)).toMatchObject({ outcome: 'accepted' });
  });
});
