import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import {
  BackgroundTasksConfig,
  backgroundTasksEnvironment,
} from '../../../src/background-tasks/background-tasks.config.js';
import { Outbox } from '../../../src/background-tasks/outbox.service.js';
import { TaskWorker } from '../../../src/background-tasks/task-worker.service.js';
import { SystemClock } from '../../../src/platform/clock.js';
import { newId } from '../../../src/platform/ids.js';
import { actions } from '../../../src/provisioner/instances/instance-actions.js';
import type { InstanceRow } from '../../../src/provisioner/instances/instance-row.js';
import { Suspensions } from '../../../src/provisioner/suspensions/suspensions.service.js';
import { SuspensionsStore } from '../../../src/provisioner/suspensions/suspensions.store.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { operator, Provisioning } from '../../setup/provisioning.js';

const never = new AbortController().signal;
const steps = [
  'suspend',
  'resume',
  'sweep',
  'work',
  'tenant starts',
  'tenant stops',
  'tenant restarts',
  'operator starts',
] as const;
type Step = (typeof steps)[number];

describe('suspensions, whatever tenants, operators and workers do meanwhile', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let store: SuspensionsStore;
  let suspensions: Suspensions;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    store = new SuspensionsStore(test.database);
    const config = new BackgroundTasksConfig(backgroundTasksEnvironment.parse({}));
    suspensions = new Suspensions(store, new Outbox(), new TaskWorker(world.queue, new SystemClock(), config));
  });
  afterAll(() => test.drop());

  const sweep = (tenantId: string): Promise<void> => suspensions.converge(never, tenantId);
  /** Ends the operation that the instance waits for, if any. */
  const work = async (id: string): Promise<InstanceRow> => {
    const [found] = await test.sql<{ id: string; kind: string }>(
      "select id, kind from public.operations where instance_id = $1 and status = 'queued'",
      [id],
    );
    if (found !== undefined) {
      await world.finish(await world.begin(found.id), found.kind === 'stop' ? 'stopped' : 'running');
    }
    return world.row(id);
  };
  const accepted = async (id: string, kind: 'start' | 'stop' | 'restart', byOperator: boolean): Promise<boolean> => {
    const { from, change } = actions[kind];
    const context = byOperator ? operator : { actor: 'user:somebody', request_id: null };
    const request = { instanceId: id, kind, operationId: newId(), from, change, params: {}, rowVersion: null };
    const outcome = await world.instances.act(request, context).catch(() => undefined);
    return outcome?.outcome === 'accepted';
  };

  it('leave an instance as people wanted it, once they are over, and nothing of a suspended tenant runs that nobody allowed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...steps), { minLength: 4, maxLength: 20 }), async (done) => {
        const tenantId = await world.tenant();
        const { id } = await world.insert({ status: 'running' }, tenantId);
        const state = { wanted: 'running', suspended: false, allowed: false };
        for (const step of done) await take(step, tenantId, id, state);

        await settle(tenantId, id);
        const meanwhile = await world.row(id);
        if (state.suspended && !state.allowed) expect(meanwhile.status).toBe('stopped');
        await store.resume(tenantId, 'test', operator);
        await settle(tenantId, id);
        expect((await world.row(id)).status).toBe(state.wanted);
        const left = await test.sql('select 1 from public.suspended_instances where instance_id = $1', [id]);
        expect(left).toEqual([]);
      }),
      { numRuns: 60, examples: [[['suspend', 'resume', 'work', 'tenant starts', 'suspend']]] },
    );
  });

  async function settle(tenantId: string, id: string): Promise<void> {
    for (let n = 0; n < 3; n += 1) {
      await work(id);
      await sweep(tenantId);
    }
    await work(id);
  }

  async function take(
    step: Step,
    tenantId: string,
    id: string,
    state: { wanted: string; suspended: boolean; allowed: boolean },
  ): Promise<void> {
    switch (step) {
      case 'suspend':
        await store.suspend(tenantId, 'test', null, operator);
        await sweep(tenantId);
        state.suspended = true;
        break;
      case 'resume':
        await store.resume(tenantId, 'test', operator);
        await sweep(tenantId);
        state.suspended = state.allowed = false;
        break;
      case 'sweep':
        await sweep(tenantId);
        break;
      case 'work':
        await work(id);
        break;
      case 'tenant restarts':
        await accepted(id, 'restart', false);
        break;
      case 'tenant stops':
        if (await accepted(id, 'stop', false)) state.wanted = 'stopped';
        break;
      case 'tenant starts':
      case 'operator starts': {
        const byOperator = step === 'operator starts';
        const started = await accepted(id, 'start', byOperator);
        if (started) state.wanted = 'running';
        state.allowed ||= started && byOperator && state.suspended;
      }
    }
  }
});
