import type { ClaimedTask } from '../../../src/background-tasks/task.js';
import { failing } from '../../../src/provisioner/operations/operation-failure.js';
import type { OperationStep } from '../../../src/provisioner/operations/operation.js';
import type { InstanceRow } from '../../../src/provisioner/instances/instance-row.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';

const crashed = failing('crash_loop', 'boom');
const observed = { revision: 2, ready_replicas: 1, replicas: 2, conditions: [] };
const step: OperationStep = {
  name: 'install_release',
  status: 'succeeded',
  started_at: '2026-01-01T00:00:00.000Z',
  finished_at: '2026-01-01T00:00:01.000Z',
  message: null,
};

describe('the work on an operation', () => {
  let test: TestDatabase;
  let world: Provisioning;
  /** An upgrade of a running instance that has begun. */
  const upgrade = async (): Promise<{ was: InstanceRow; task: ClaimedTask }> => {
    const was = await world.running();
    const { operation } = await world.accepted(was.name, { values: { replicas: 3 }, blueprint_version: 2 });
    return { was, task: await world.begin(operation.id) };
  };

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  it('begins with everything that it needs, secrets among it', async () => {
    const parts = { sealed_secrets: 'sealed', secrets_hash: 'hash', values: { replicas: 2 } };
    const { instance, operation } = await world.accepted(world.name(), parts);
    const order = await world.operations.begin(await world.claim(operation.id));
    expect(order).toMatchObject({
      operation: {
        id: operation.id,
        status: 'running',
        attempts: 1,
        started_at: expect.any(String),
        previous_spec: null,
      },
      instance: { id: instance.id, ...parts },
      tenant: { id: world.tenantId, slug: 'acme', plan: 'free' },
      blueprint: { name: 'web-app', version: 1, chart: { path: 'charts/web-app-1' } },
      cancel_requested: false,
    });
  });

  it('of an upgrade knows the secrets of before, and the blueprint of after', async () => {
    const was = await world.running(world.name(), { sealed_secrets: 'old', secrets_hash: 'old' });
    const parts = { sealed_secrets: 'new', secrets_hash: 'new', blueprint_version: 2 };
    const { operation } = await world.accepted(was.name, parts);
    const order = await world.operations.begin(await world.claim(operation.id));
    expect(order).toMatchObject({
      operation: { previous_spec: { sealed_secrets: 'old' } },
      instance: { sealed_secrets: 'new' },
      blueprint: { version: 2 },
    });
  });

  it('keeps the time of its first beginning, and counts attempts', async () => {
    const { operation } = await world.accepted();
    const first = await world.begin(operation.id);
    const { started_at: started } = await world.operation(operation.id);
    await world.queue.release(first, 0);
    const order = await world.operations.begin(await world.claim(operation.id));
    expect(order?.operation).toMatchObject({ attempts: 2, started_at: started });
  });

  it('of what has ended is not begun, and its task is done', async () => {
    const { operation } = await world.accepted();
    const task = await world.claim(operation.id);
    await test.sql("update public.operations set status = 'failed' where id = $1", [operation.id]);
    expect(await world.operations.begin(task)).toBeUndefined();
    expect(await test.sql('select state from public.tasks where id = $1', [operation.id])).toEqual([{ state: 'done' }]);
  });

  it('writes down steps, and progress that never goes back', async () => {
    const { task } = await upgrade();
    await world.operations.record(task, [step], 0.7, null);
    await world.operations.record(task, [step, { ...step, name: 'wait_for_readiness' }], 0.3, null);
    const { steps, progress, error } = await world.operation(task.id);
    expect([steps.map(({ name }) => name), progress, error]).toEqual([
      ['install_release', 'wait_for_readiness'],
      0.7,
      null,
    ]);
  });

  it('writes down why it goes back, and keeps that', async () => {
    const { task } = await upgrade();
    await world.operations.record(task, [], 0, crashed);
    await world.operations.record(task, [], 0, null);
    expect((await world.operation(task.id)).error).toEqual(crashed);
    await world.queue.release(task, 0);
    const order = await world.operations.begin(await world.claim(task.id));
    expect(order?.operation.error).toEqual(crashed);
  });

  it('writes down the program that it started, for whoever goes on', async () => {
    const { task } = await upgrade();
    const program = { pid: 4711, host: 'node-1', startedAt: new Date('2026-01-01T00:00:00Z') };
    await world.operations.holdProgram(task, program);
    await world.queue.release(task, 0);
    expect((await world.operations.begin(await world.claim(task.id)))?.operation.program).toEqual(program);
  });

  it('remembers the replicas that a stop takes away, before it takes them', async () => {
    const { id } = await world.running();
    const task = await world.begin((await world.acted(id, 'stop')).id);
    await world.operations.rememberReplicas(task, { 'Deployment/web': 2 });
    expect((await world.row(id)).stopped_replicas).toEqual({ 'Deployment/web': 2 });
  });

  describe('ends', () => {
    it('well: the instance is ready, and everything is written together', async () => {
      const { was, task } = await upgrade();
      const traces = await world.tracesOf(() =>
        world.finish(task, 'running', {
          steps: [step],
          instance: {
            status: 'running',
            status_reason: null,
            observed,
            applied: { revision: 2, workloads: [] },
            drift_state: 'none',
            drift_findings: [],
            stopped_replicas: null,
          },
        }),
      );
      expect(traces).toEqual({ audit: ['operation.succeeded'], outbox: ['operation.succeeded'] });
      expect(await world.operation(task.id)).toMatchObject({
        status: 'succeeded',
        error: null,
        steps: [step],
        progress: 1,
        finished_at: expect.any(String),
      });
      expect(await world.row(was.id)).toMatchObject({
        status: 'running',
        status_reason: null,
        values: { replicas: 3 },
        observed,
        applied: { revision: 2 },
        drift_state: 'none',
        drift_checked_at: expect.any(String),
        ready_at: expect.any(String),
        synced_at: expect.any(String),
      });
      expect(await test.sql('select payload from public.outbox order by id desc limit 1')).toEqual([
        { payload: { operation_id: task.id, kind: 'upgrade', status: 'running', error: null } },
      ]);
    });

    it('without an error as SQL knows it, not as JSON does', async () => {
      const { task } = await upgrade();
      await world.finish(task, 'running');
      expect(await test.sql('select error is null as none from public.operations where id = $1', [task.id])).toEqual([
        { none: true },
      ]);
    });

    it('badly: the error is told, the instance is in error, and its release is what it was', async () => {
      const { was, task } = await upgrade();
      await world.finish(task, 'error', {
        status: 'failed',
        error: crashed,
        instance: { status: 'error', status_reason: 'crash_loop', observed, drift_state: 'unknown' },
      });
      expect(await world.operation(task.id)).toMatchObject({ status: 'failed', error: crashed, progress: 0 });
      expect(await world.row(was.id)).toMatchObject({
        status: 'error',
        status_reason: 'crash_loop',
        applied: was.applied,
        values: { replicas: 3 },
      });
    });

    it('back at the old spec, secrets and all', async () => {
      const parts = { sealed_secrets: 'old', secrets_hash: 'old', values: { n: 1 }, urls: ['https://old.test'] };
      const was = await world.running(world.name(), parts);
      const changed = { sealed_secrets: 'new', secrets_hash: 'new', values: { n: 2 }, urls: [], blueprint_version: 2 };
      const { operation } = await world.accepted(was.name, changed);
      await world.finish(await world.begin(operation.id), 'running', {
        status: 'failed',
        error: crashed,
        instance: { status: 'running', rolled_back: true },
      });
      expect(await world.row(was.id)).toMatchObject({
        status: 'running',
        values: { n: 1 },
        blueprint_version: 1,
        urls: ['https://old.test'],
      });
      expect(
        await test.sql('select sealed_secrets, secrets_hash from public.instances where id = $1', [was.id]),
      ).toEqual([{ sealed_secrets: 'old', secrets_hash: 'old' }]);
      expect(await world.put(was.name, parts)).toMatchObject({ outcome: 'unchanged' });
    });

    it('with the instance ready since it became so, not since its last operation', async () => {
      const { id } = await world.running();
      await test.sql("update public.instances set ready_at = '2026-01-01' where id = $1", [id]);
      const repair = async (): Promise<void> =>
        world.finish(await world.begin((await world.acted(id, 'repair')).id), 'running');
      await repair();
      expect((await world.row(id)).ready_at).toBe('2026-01-01T00:00:00.000Z');
      await test.sql("update public.instances set status = 'degraded' where id = $1", [id]);
      await repair();
      expect((await world.row(id)).ready_at).not.toBe('2026-01-01T00:00:00.000Z');
    });

    it('never in a state that the table forbids, and is then claimed again', async () => {
      const { id } = await world.running();
      const task = await world.begin((await world.acted(id, 'stop')).id);
      const before = await world.everything();
      await expect(world.finish(task, 'running')).rejects.toMatchObject({ code: 'PT409', hint: 'illegal_transition' });
      expect(await world.everything()).toEqual(before);
    });

    it('so that the next operation can begin', async () => {
      const { id } = await world.running();
      await world.finish(await world.begin((await world.acted(id, 'stop')).id), 'stopped');
      await world.finish(await world.begin((await world.acted(id, 'start')).id), 'running');
      expect((await world.row(id)).status).toBe('running');
    });
  });

  it('is one running operation an instance, whoever writes it', async () => {
    const { was } = await upgrade();
    await expect(
      test.sql("update public.operations set status = 'running' where instance_id = $1", [was.id]),
    ).rejects.toThrow('operations_one_running');
  });
});
