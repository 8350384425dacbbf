import { TaskQueueStore } from '../../src/background-tasks/task-queue.store.js';
import type { ClaimedTask } from '../../src/background-tasks/task.js';
import { newId } from '../../src/platform/ids.js';
import { blueprintSpec } from '../../src/provisioner/blueprints/blueprint.js';
import { BlueprintsStore } from '../../src/provisioner/blueprints/blueprints.store.js';
import { DriftStore } from '../../src/provisioner/drift/drift.store.js';
import { actions, type InstanceAction } from '../../src/provisioner/instances/instance-actions.js';
import type { InstanceStatus } from '../../src/provisioner/instances/instance.js';
import type { InstanceRow } from '../../src/provisioner/instances/instance-row.js';
import {
  type ActOutcome,
  type InstanceSpec,
  InstancesStore,
  type PutOutcome,
} from '../../src/provisioner/instances/instances.store.js';
import { type OperationEnd, OperationsStore } from '../../src/provisioner/operations/operations.store.js';
import type { OperationRow } from '../../src/provisioner/operations/operation-row.js';
import { TenantsStore } from '../../src/tenants/tenants.store.js';
import type { TestDatabase } from './database.js';

export const operator = { actor: 'operator', request_id: 'request-1' };
export const applied = { revision: 1, workloads: [] };

interface InsertedInstance {
  readonly status: InstanceStatus;
  readonly desired_state?: 'running' | 'stopped' | 'absent';
  readonly applied?: typeof applied | null;
}

/** A database with a blueprint and a tenant in it, and the stores of the provisioner on top. */
export class Provisioning {
  readonly tenants: TenantsStore;
  readonly blueprints: BlueprintsStore;
  readonly instances: InstancesStore;
  readonly operations: OperationsStore;
  readonly drift: DriftStore;
  readonly queue: TaskQueueStore;
  tenantId = '';
  private names = 0;

  private constructor(readonly test: TestDatabase) {
    const { database } = test;
    this.tenants = new TenantsStore(database);
    this.blueprints = new BlueprintsStore(database);
    this.instances = new InstancesStore(database);
    this.operations = new OperationsStore(database);
    this.drift = new DriftStore(database);
    this.queue = new TaskQueueStore(database);
  }

  /** With the tenant `acme` and versions 1 and 2 of the blueprint `web-app`. */
  static async in(test: TestDatabase): Promise<Provisioning> {
    const made = new Provisioning(test);
    for (const digest of ['1', '2']) {
      const spec = blueprintSpec.parse({ name: 'web-app', chart: { path: `charts/web-app-${digest}` } });
      await made.blueprints.publish(newId(), spec, digest, false, operator);
    }
    made.tenantId = await made.tenant('acme');
    return made;
  }

  async tenant(slug = this.name('tenant')): Promise<string> {
    const tenant = { slug, name: slug, plan: 'free', time_zone: 'UTC', metadata: {} } as const;
    const created = await this.tenants.create(newId(), tenant, operator);
    if (created.outcome !== 'created') throw new Error(created.outcome);
    return created.tenant.id;
  }

  /** A name that nobody has. */
  name(prefix = 'name'): string {
    this.names += 1;
    return `${prefix}-${this.names}`;
  }

  /** What the service makes of a request for the blueprint's first version. */
  spec(name: string, parts: Partial<InstanceSpec> = {}): InstanceSpec {
    return {
      cluster: 'test',
      namespace: `t-acme-${name}`,
      release: name,
      blueprint: 'web-app',
      blueprint_version: 1,
      values: {},
      sealed_secrets: null,
      secrets_hash: null,
      hosts: [],
      urls: [],
      ...parts,
    };
  }

  put(
    name: string,
    parts: Partial<InstanceSpec> = {},
    tenantId = this.tenantId,
    onlyNew = false,
    rowVersion: number | null = null,
  ): Promise<PutOutcome> {
    const ids = { instance: newId(), operation: newId() };
    return this.instances.put({ tenantId, name }, ids, this.spec(name, parts), onlyNew, rowVersion, operator);
  }

  /** A put that is accepted. */
  async accepted(
    name = this.name(),
    parts: Partial<InstanceSpec> = {},
    tenantId = this.tenantId,
  ): Promise<{ instance: InstanceRow; operation: OperationRow }> {
    const put = await this.put(name, parts, tenantId);
    if (put.outcome !== 'accepted') throw new Error(put.outcome);
    return put;
  }

  act(instanceId: string, kind: InstanceAction, rowVersion: number | null = null): Promise<ActOutcome> {
    const { from, change } = actions[kind];
    const request = { instanceId, kind, operationId: newId(), from, change, params: {}, rowVersion };
    return this.instances.act(request, operator);
  }

  /** An action that is accepted. */
  async acted(instanceId: string, kind: InstanceAction): Promise<OperationRow> {
    const outcome = await this.act(instanceId, kind);
    if (outcome.outcome !== 'accepted') throw new Error(outcome.outcome);
    return outcome.operation;
  }

  /** A worker's claim of one operation; leaves all others in the queue. */
  async claim(operationId: string, worker = 'w1'): Promise<ClaimedTask> {
    const claimed = await this.queue.claim(worker, 'operations:test', 1_000, 60_000);
    const others = claimed.filter(({ id }) => id !== operationId);
    await Promise.all(others.map((task) => this.queue.release(task, 0)));
    const task = claimed.find(({ id }) => id === operationId);
    if (task === undefined) throw new Error('the operation cannot be claimed');
    return task;
  }

  /** Claims an operation and begins its work. */
  async begin(operationId: string): Promise<ClaimedTask> {
    const task = await this.claim(operationId);
    if ((await this.operations.begin(task)) === undefined) throw new Error('the operation cannot be begun');
    return task;
  }

  async finish(task: ClaimedTask, status: InstanceStatus, end: Partial<OperationEnd> = {}): Promise<void> {
    const whole: OperationEnd = { status: 'succeeded', error: null, steps: [], instance: { status, applied }, ...end };
    await this.operations.finish(task, whole, operator);
  }

  /** An instance that runs, with its create behind it. */
  async running(name = this.name(), parts: Partial<InstanceSpec> = {}, tenantId = this.tenantId): Promise<InstanceRow> {
    const { instance, operation } = await this.accepted(name, parts, tenantId);
    await this.finish(await this.begin(operation.id), 'running');
    return this.row(instance.id);
  }

  /** An instance in any state, as if it had come there long ago. */
  async insert({ status, ...parts }: InsertedInstance, tenantId = this.tenantId): Promise<InstanceRow> {
    const [id, name] = [newId(), this.name()];
    const desired = status === 'stopped' || status === 'stopping' ? 'stopped' : 'running';
    await this.test.sql(
      `insert into public.instances (id, tenant_id, name, cluster, namespace, release, blueprint, blueprint_version, desired_state, status, applied)
       values ($1, $2, $3, 'test', 't-acme-' || $3, $3, 'web-app', 1, $4, $5, nullif($6::text::jsonb, 'null'))`,
      [
        id,
        tenantId,
        name,
        parts.desired_state ?? desired,
        status,
        JSON.stringify('applied' in parts ? parts.applied : applied),
      ],
    );
    return this.row(id);
  }

  async row(id: string): Promise<InstanceRow> {
    const row = await this.instances.find(id);
    if (row === undefined) throw new Error('no such instance');
    return row;
  }

  async operation(id: string): Promise<OperationRow> {
    const row = await this.operations.find(id);
    if (row === undefined) throw new Error('no such operation');
    return row;
  }

  async hosts(instanceId: string): Promise<string[]> {
    const query = 'select host from public.instance_hosts where instance_id = $1 order by host';
    return (await this.test.sql<{ host: string }>(query, [instanceId])).map(({ host }) => host);
  }

  /** Every row of every table of the room: what a refusal must leave as it was. */
  async everything(): Promise<unknown> {
    const tables = [
      'tenants',
      'tenant_members',
      'api_keys',
      'blueprints',
      'instances',
      'instance_hosts',
      'operations',
      'tasks',
      'audit_log',
      'outbox',
    ];
    const rows = await Promise.all(
      tables.map((table) => this.test.sql(`select to_jsonb(t) as row from public.${table} t`)),
    );
    return rows.map((found) => found.map((row) => JSON.stringify(row)).sort());
  }

  /** What was written to the trail and the outbox by some work, in order. */
  async tracesOf(work: () => Promise<unknown>): Promise<{ audit: string[]; outbox: string[] }> {
    const newest = (table: string): Promise<{ id: string }[]> =>
      this.test.sql(`select coalesce(max(id), 0)::text as id from public.${table}`);
    const [[audit], [outbox]] = await Promise.all([newest('audit_log'), newest('outbox')]);
    await work();
    const told = async (table: string, column: string, after: string | undefined): Promise<string[]> => {
      const query = `select ${column} as name from public.${table} where id > $1::bigint order by id`;
      return (await this.test.sql<{ name: string }>(query, [after ?? '0'])).map(({ name }) => name);
    };
    return { audit: await told('audit_log', 'action', audit?.id), outbox: await told('outbox', 'topic', outbox?.id) };
  }
}
