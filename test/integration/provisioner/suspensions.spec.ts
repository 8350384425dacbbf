import type { ChangeContext } from '../../../src/audit/change-context.js';
import { Logger } from '@nestjs/common';
import {
  BackgroundTasksConfig,
  backgroundTasksEnvironment,
} from '../../../src/background-tasks/background-tasks.config.js';
import type { OutboxMessage } from '../../../src/background-tasks/outbox-message.js';
import { Outbox } from '../../../src/background-tasks/outbox.service.js';
import { TaskWorker } from '../../../src/background-tasks/task-worker.service.js';
import { SystemClock } from '../../../src/platform/clock.js';
import { toTenantryError } from '../../../src/platform/http/problem.js';
import { newId } from '../../../src/platform/ids.js';
import { actions, type InstanceAction } from '../../../src/provisioner/instances/instance-actions.js';
import type { InstanceRow } from '../../../src/provisioner/instances/instance-row.js';
import { Suspensions } from '../../../src/provisioner/suspensions/suspensions.service.js';
import { type SuspensionWork, SuspensionsStore } from '../../../src/provisioner/suspensions/suspensions.store.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { operator, Provisioning } from '../../setup/provisioning.js';

const never = new AbortController().signal;
const tenantKey: ChangeContext = { actor: `key:${newId()}`, request_id: null };

/** A replica that dies after so many acts, each of them done. */
class Mortal extends SuspensionsStore {
  lives = Infinity;
  override async act(...of: Parameters<SuspensionsStore['act']>): Promise<boolean> {
    if (this.lives <= 0) throw new Error('killed');
    this.lives -= 1;
    return super.act(...of);
  }
}

describe('the suspension of a tenant', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let store: Mortal;
  let suspensions: Suspensions;
  let outbox: Outbox;
  let tenantId: string;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    store = new Mortal(test.database);
    outbox = new Outbox();
    const config = new BackgroundTasksConfig(backgroundTasksEnvironment.parse({}));
    suspensions = new Suspensions(store, outbox, new TaskWorker(world.queue, new SystemClock(), config));
    suspensions.onModuleInit();
  });
  beforeEach(async () => {
    store.lives = Infinity;
    tenantId = await world.tenant();
  });
  afterAll(() => test.drop());

  const running = (name = world.name()): Promise<InstanceRow> =>
    world.running(name, { namespace: `t-${tenantId}-${name}` }, tenantId);
  const tell = async (verb: 'suspended' | 'resumed', subscription = 'one'): Promise<void> => {
    const message: OutboxMessage = {
      id: 1,
      at: '2026-01-01T00:00:00Z',
      topic: `billing.subscription.${verb}`,
      tenantId,
      instanceId: null,
      payload: { subscription_id: subscription, reason: 'payment_overdue' },
      instance: null,
    };
    for (const handler of outbox.handlersOf(message.topic)) await handler(message, never);
  };
  const sweep = (): Promise<void> => suspensions.converge(never);
  /** Ends whatever operation an instance has, as a worker does. */
  const work = async ({ id }: InstanceRow): Promise<InstanceRow> => {
    const [found] = await test.sql<{ id: string; kind: string }>(
      "select id, kind from public.operations where instance_id = $1 and status = 'queued'",
      [id],
    );
    if (found === undefined) return world.row(id);
    await world.finish(await world.begin(found.id), found.kind === 'stop' ? 'stopped' : 'running');
    return world.row(id);
  };
  const asked = async ({ id }: InstanceRow): Promise<string[]> => {
    const rows = await test.sql<{ what: string }>(
      "select kind || ' by ' || requested_by as what from public.operations where instance_id = $1 order by seq",
      [id],
    );
    return rows.map(({ what }) => what);
  };
  const act = (kind: InstanceAction, { id }: InstanceRow, context: ChangeContext = tenantKey): Promise<string> => {
    const { from, change } = actions[kind];
    const request = { instanceId: id, kind, operationId: newId(), from, change, params: {}, rowVersion: null };
    return world.instances.act(request, context).then(
      ({ outcome }) => outcome,
      (error: unknown) => toTenantryError(error).code,
    );
  };

  it('stops what runs, as operations of the system, and starts just that again', async () => {
    const [one, two, stopped] = [await running(), await running(), await running()];
    await world.acted(stopped.id, 'stop');
    await work(stopped);
    await tell('suspended');
    expect([await work(one), await work(two)]).toMatchObject([
      { status: 'stopped', desired_state: 'stopped' },
      { status: 'stopped', desired_state: 'stopped' },
    ]);
    await sweep();
    await tell('resumed');
    expect([await work(one), await work(two), await work(stopped)]).toMatchObject([
      { status: 'running', desired_state: 'running' },
      { status: 'running', desired_state: 'running' },
      { status: 'stopped', desired_state: 'stopped' },
    ]);
    expect(await asked(one)).toEqual(['create by operator', 'stop by system', 'start by system']);
    expect(await asked(stopped)).toEqual(['create by operator', 'stop by operator']);
    const rows = await test.sql<{ action: string }>(
      "select action from public.audit_log where tenant_id = $1 and actor = 'system' and action not like 'operation.%' order by id",
      [tenantId],
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'tenant.suspend',
      'instance.stop',
      'instance.stop',
      'tenant.resume',
      'instance.start',
      'instance.start',
    ]);
    expect(await test.sql('select 1 from public.suspended_instances where instance_id = $1', [one.id])).toEqual([]);
  });

  it('touches nobody else', async () => {
    const mine = await running();
    const other = await world.running();
    await tell('suspended');
    await sweep();
    expect((await work(mine)).status).toBe('stopped');
    expect(await asked(other)).toEqual(['create by operator']);
  });

  it('does the same once, however often it is told', async () => {
    const one = await running();
    for (let n = 0; n < 3; n += 1) await tell('suspended');
    await work(one);
    await tell('suspended');
    await Promise.all([sweep(), sweep(), sweep()]);
    expect(await asked(one)).toEqual(['create by operator', 'stop by system']);
    await Promise.all([tell('resumed'), tell('resumed'), sweep()]);
    await work(one);
    await tell('resumed');
    expect(await asked(one)).toEqual(['create by operator', 'stop by system', 'start by system']);
  });

  it('comes back to what was under way', async () => {
    const one = await running();
    const restart = await world.acted(one.id, 'restart');
    await tell('suspended');
    expect(await asked(one)).toEqual(['create by operator', 'restart by operator']);
    await world.finish(await world.begin(restart.id), 'running');
    await sweep();
    expect(await asked(one)).toContain('stop by system');
    // Resumed while it is still stopping.
    await tell('resumed');
    expect(await asked(one)).not.toContain('start by system');
    await work(one);
    await sweep();
    expect((await work(one)).status).toBe('running');
  });

  it('stops what is created while it holds by what was accepted before', async () => {
    const { instance, operation } = await world.accepted(world.name(), { namespace: `t-${tenantId}-new` }, tenantId);
    await tell('suspended');
    await world.finish(await world.begin(operation.id), 'running');
    await sweep();
    expect((await work(instance)).status).toBe('stopped');
    await tell('resumed');
    expect((await work(instance)).status).toBe('running');
  });

  it('stops again what somebody kept from being stopped', async () => {
    const one = await running();
    await tell('suspended');
    const [stop] = await test.sql<{ id: string }>(
      "select id from public.operations where instance_id = $1 and kind = 'stop'",
      [one.id],
    );
    await world.operations.cancel(stop?.id ?? '', operator);
    await test.sql("update public.instances set status = 'running' where id = $1", [one.id]);
    await sweep();
    expect((await work(one)).status).toBe('stopped');
  });

  it('lets operators start what they like, and stops it no second time', async () => {
    const one = await running();
    await tell('suspended');
    await work(one);
    expect(await act('start', one, operator)).toBe('accepted');
    await work(one);
    await sweep();
    expect((await world.row(one.id)).status).toBe('running');
    await tell('resumed');
    expect(await asked(one)).toEqual(['create by operator', 'stop by system', 'start by operator']);
  });

  it('leaves stopped what its tenant stopped after an operator had started it', async () => {
    const one = await running();
    await tell('suspended');
    await work(one);
    await act('start', one, operator);
    await work(one);
    expect(await act('stop', one)).toBe('accepted');
    await work(one);
    await tell('resumed');
    await sweep();
    expect((await work(one)).status).toBe('stopped');
    expect(await test.sql('select 1 from public.suspended_instances where instance_id = $1', [one.id])).toEqual([]);
  });

  it('leaves uninstalled what was uninstalled meanwhile', async () => {
    const one = await running();
    await tell('suspended');
    await work(one);
    expect(await act('uninstall', one)).toBe('accepted');
    await tell('resumed');
    await sweep();
    expect(await asked(one)).toEqual(['create by operator', 'stop by system', `uninstall by ${tenantKey.actor}`]);
  });

  it('ends when nothing is left that it is for', async () => {
    const one = await running();
    await tell('suspended', 'old');
    await tell('suspended', 'new');
    await work(one);
    await tell('resumed', 'new');
    await sweep();
    expect((await work(one)).status).toBe('stopped');
    await tell('resumed', 'old');
    expect((await work(one)).status).toBe('running');
  });

  it('gets there wherever a replica dies', async () => {
    const instances = [await running(), await running(), await running()];
    for (let lives = 0; lives <= instances.length; lives += 1) {
      store.lives = lives;
      await tell('suspended').catch(() => undefined);
      store.lives = Infinity;
      await sweep();
      for (const one of instances) expect((await work(one)).status).toBe('stopped');
      store.lives = lives;
      await tell('resumed').catch(() => undefined);
      store.lives = Infinity;
      await sweep();
      for (const one of instances) expect((await work(one)).status).toBe('running');
    }
  });

  it('goes on with others when one fails, and by pages', async () => {
    const instances: InstanceRow[] = [];
    for (let n = 0; n < 103; n += 1) {
      instances.push(await world.insert({ status: 'running' }, tenantId));
    }
    const broken = instances[50]?.id;
    const refusing = new (class extends SuspensionsStore {
      override async act(what: SuspensionWork, ...rest: [string, typeof operator]): Promise<boolean> {
        if (what.instance_id === broken) throw new Error('planted');
        return super.act(what, ...rest);
      }
    })(test.database);
    await refusing.suspend(tenantId, 'test', null, operator);
    const config = new BackgroundTasksConfig(backgroundTasksEnvironment.parse({}));
    const others = new Suspensions(refusing, new Outbox(), new TaskWorker(world.queue, new SystemClock(), config));
    await expect(others.converge(never, tenantId)).rejects.toThrow('1 instances');
    const rows = await test.sql(
      'select status, count(*)::integer as n from public.instances where tenant_id = $1 group by 1 order by 1',
      [tenantId],
    );
    expect(rows).toEqual([
      { status: 'running', n: 1 },
      { status: 'stopping', n: 102 },
    ]);
  });
});
