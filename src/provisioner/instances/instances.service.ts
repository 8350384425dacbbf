import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { TaskWorker } from '../../background-tasks/task-worker.service.js';
import { Cluster } from '../../kubernetes/cluster.js';
import { DatabaseError } from '../../platform/database-error.js';
import { TenantryError } from '../../platform/errors.js';
import { assertIfMatch } from '../../platform/http/etag.js';
import { newId } from '../../platform/ids.js';
import type { Tenant } from '../../tenants/tenant.js';
import type { Operation } from '../operations/operation.js';
import { type OperationRow, toOperation } from '../operations/operation-row.js';
import { actions, type InstanceAction } from './instance-actions.js';
import type { Instance } from './instance.js';
import { notFound } from './instance-errors.js';
import { type InstanceRow, toInstance } from './instance-row.js';
import { masked } from './instance-values.js';
import { InstanceSpecService } from './instance-spec.service.js';
import { type AskedSpec, type InstanceFilter, InstancesStore, type PutOutcome } from './instances.store.js';
import type { JsonObject } from './json-pointer.js';

/** What a caller posts or puts to have an instance. */
export interface InstanceRequest {
  readonly blueprint: string;
  readonly version: number | undefined;
  readonly values: JsonObject;
}

/** What a caller changes of an instance: what is left out stays as it is. */
export interface InstanceChange {
  readonly version: number | undefined;
  readonly values: JsonObject | undefined;
}

/** A spec that is to be written, whole or made of what the instance asks for at that moment. */
interface SpecWrite {
  readonly tenant: Tenant;
  readonly name: string;
  readonly request: InstanceRequest | ((asked: AskedSpec | undefined) => InstanceRequest);
  readonly onlyNew: boolean;
  readonly context: ChangeContext;
}

/** How often a write is tried whose ground others change meanwhile. */
const mostTries = 5;

/** What came of it. `operation` is null when there was nothing to do. */
export interface Requested {
  readonly instance: Instance;
  readonly operation: Operation | null;
}

/** Takes requests for instances: checks them, writes them down with their operation, and wakes the worker. */
@Injectable()
export class InstancesService {
  constructor(
    private readonly store: InstancesStore,
    private readonly specs: InstanceSpecService,
    private readonly worker: TaskWorker,
    private readonly cluster: Cluster,
  ) {}

  /** @throws TenantryError `name_taken` where an instance of that name lives, and what `put` throws */
  create(tenant: Tenant, name: string, request: InstanceRequest, context: ChangeContext): Promise<Requested> {
    return this.write({ tenant, name, request, onlyNew: true, context });
  }

  /**
   * Makes the instance, or changes it to this spec; the same spec again does nothing.
   * @throws TenantryError `blueprint_not_found`, `values_invalid`, `host_taken`, `operation_in_progress`, `illegal_state`, and `conflict`
   * when secrets are to be kept that others change faster than this can be written
   */
  put(tenant: Tenant, name: string, request: InstanceRequest, context: ChangeContext): Promise<Requested> {
    return this.write({ tenant, name, request, onlyNew: false, context });
  }

  /** Changes version, values, or both, and keeps the rest, also when others change it at the same time. @throws what `put` throws */
  upgrade(tenant: Tenant, name: string, change: InstanceChange, context: ChangeContext): Promise<Requested> {
    const request = (asked: AskedSpec | undefined): InstanceRequest => {
      if (asked === undefined) throw notFound();
      if (asked.status === 'deprovisioned') throw illegalState('upgrade', asked.status, 'put it, to have it again');
      const { version = asked.blueprint_version, values = asked.values } = change;
      return { blueprint: asked.blueprint, version, values };
    };
    return this.write({ tenant, name, request, onlyNew: false, context });
  }

  /** Starts, stops, restarts, repairs or uninstalls. @throws TenantryError `illegal_state`, `operation_in_progress` */
  async act(
    id: string,
    kind: InstanceAction,
    params: JsonObject,
    ifMatch: string | undefined,
    context: ChangeContext,
  ): Promise<Operation> {
    const row = await this.row(id);
    assertIfMatch(ifMatch, toInstance(row).etag);
    const { from, change, refusal } = actions[kind];
    const rowVersion = ifMatch === undefined ? null : row.row_version;
    const acted = await this.store.act(
      { instanceId: id, kind, operationId: newId(), from, change, params, rowVersion },
      context,
    );
    switch (acted.outcome) {
      case 'accepted':
        this.worker.wake();
        return toOperation(acted.operation);
      case 'in_progress':
        return sameOperation(acted.operation, params);
      case 'operation_in_progress':
        throw inProgress(acted.operation_id);
      case 'illegal_state':
        throw illegalState(kind, acted.status, refusal);
      case 'stale':
      case 'waiting':
        throw new TenantryError(
          'precondition_failed',
          'precondition_failed',
          'the instance was changed since it was read',
        );
      case 'not_found':
        throw notFound();
    }
  }

  async get(id: string): Promise<Instance> {
    return toInstance(await this.row(id));
  }

  /** By id, after the given one. */
  async list(filter: InstanceFilter, limit: number, after: string | undefined): Promise<Instance[]> {
    return (await this.store.list(filter, limit, after)).map(toInstance);
  }

  private async row(id: string): Promise<InstanceRow> {
    const row = await this.store.find(id);
    if (row === undefined) throw notFound();
    return row;
  }

  private async write(write: SpecWrite): Promise<Requested> {
    const put = await this.attempts(write);
    switch (put.outcome) {
      case 'accepted':
        this.worker.wake();
        return { instance: toInstance(put.instance), operation: toOperation(put.operation) };
      case 'in_progress':
        return { instance: toInstance(put.instance), operation: toOperation(put.operation) };
      case 'unchanged':
        return { instance: toInstance(put.instance), operation: null };
      case 'operation_in_progress':
        throw inProgress(put.operation_id);
      case 'illegal_state':
        throw illegalState('change', put.status, 'wait until it is running, stopped or in error');
      case 'name_taken':
        throw new TenantryError('conflict', 'name_taken', `the tenant already has an instance called ${write.name}`, {
          members: { instance_id: put.instance_id },
        });
      case 'namespace_taken':
        throw new TenantryError('conflict', 'namespace_taken', 'the namespace of this instance belongs to another one');
      case 'stale':
        throw new TenantryError('conflict', 'conflict', 'others keep changing the instance: send the request again');
      case 'tenant_not_found':
        throw new TenantryError('conflict', 'tenant_deleting', 'the tenant is being deleted');
    }
  }

  private async attempts(write: SpecWrite): Promise<PutOutcome> {
    let distinct = false;
    for (let tries = 1; ; tries += 1) {
      const put = await this.attempt(write, distinct);
      const again = put.outcome === 'stale' || (put.outcome === 'namespace_taken' && !distinct);
      if (!again || tries === mostTries) return put;
      // Two tenants and names may spell one namespace; the later one gets a name with a hash.
      distinct ||= put.outcome === 'namespace_taken';
    }
  }

  private async attempt(write: SpecWrite, distinct: boolean): Promise<PutOutcome> {
    const { tenant, name, onlyNew, context } = write;
    const reads = typeof write.request === 'function' || holdsMask(write.request.values) || this.specs.keyWasReplaced;
    const asked = reads ? await this.store.asked(tenant.id, name) : undefined;
    const request = typeof write.request === 'function' ? write.request(asked) : write.request;
    const sealed = asked?.sealed_secrets ?? null;
    const fingerprint = asked?.secrets_hash ?? null;
    const spec = await this.specs.prepare(
      { tenant, name, ...request, sealed, fingerprint },
      this.cluster.name,
      distinct,
    );
    const ids = { instance: newId(), operation: newId() };
    try {
      return await this.store.put(
        { tenantId: tenant.id, name },
        ids,
        spec,
        onlyNew,
        asked?.row_version ?? null,
        context,
      );
    } catch (error) {
      if (error instanceof DatabaseError && error.hint === 'host_taken') {
        throw new TenantryError(
          'conflict',
          'host_taken',
          `another instance is reached at ${error.details ?? 'this host'}`,
          { cause: error },
        );
      }
      throw error;
    }
  }
}

/** The uninstall that was asked for before, for whoever asks for no other one: data that shall stay must not be taken for kept. */
function sameOperation(uninstall: OperationRow, params: JsonObject): Operation {
  const same = Object.entries(params).every(([name, value]) => uninstall.params[name] === value);
  if (same) return toOperation(uninstall);
  if (uninstall.finished_at === null) throw inProgress(uninstall.id);
  throw illegalState('uninstall', 'deprovisioned', 'put it, to have it again, with its data where that was kept');
}

/** Only a value that came back masked needs what is kept. */
function holdsMask(values: JsonObject): boolean {
  return JSON.stringify(values).includes(JSON.stringify(masked));
}

function inProgress(operationId: string): TenantryError {
  return new TenantryError('conflict', 'operation_in_progress', 'another operation is at work on this instance', {
    members: { operation_id: operationId },
  });
}

function illegalState(what: string, status: string, advice: string): TenantryError {
  return new TenantryError('conflict', 'illegal_state', `cannot ${what} an instance that is ${status}: ${advice}`, {
    members: { instance_status: status },
  });
}
