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
import { toOperation } from '../operations/operation-row.js';
import { actions, type InstanceAction } from './instance-actions.js';
import type { Instance } from './instance.js';
import { notFound } from './instance-errors.js';
import { type InstanceRow, toInstance } from './instance-row.js';
import { masked } from './instance-values.js';
import { InstanceSpecService } from './instance-spec.service.js';
import { type InstanceFilter, InstancesStore, type PutOutcome } from './instances.store.js';
import type { JsonObject } from './json-pointer.js';

/** What a caller posts or puts to have an instance. */
export interface InstanceRequest {
  readonly blueprint: string;
  readonly version: number | undefined;
  readonly values: JsonObject;
}

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
    return this.write(tenant, name, request, true, context);
  }

  /**
   * Makes the instance, or changes it to this spec; the same spec again does nothing.
   * @throws TenantryError `blueprint_not_found`, `values_invalid`, `host_taken`, `operation_in_progress`, `illegal_state`
   */
  put(tenant: Tenant, name: string, request: InstanceRequest, context: ChangeContext): Promise<Requested> {
    return this.write(tenant, name, request, false, context);
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
        return toOperation(acted.operation);
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

  private async write(
    tenant: Tenant,
    name: string,
    request: InstanceRequest,
    onlyNew: boolean,
    context: ChangeContext,
  ): Promise<Requested> {
    let put = await this.attempt(tenant, name, request, onlyNew, false, context);
    // Two tenants and names may spell one namespace; the later one gets a name with a hash.
    if (put.outcome === 'namespace_taken') put = await this.attempt(tenant, name, request, onlyNew, true, context);
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
        throw new TenantryError('conflict', 'name_taken', `the tenant already has an instance called ${name}`, {
          members: { instance_id: put.instance_id },
        });
      case 'namespace_taken':
        throw new TenantryError('conflict', 'namespace_taken', 'the namespace of this instance belongs to another one');
      case 'tenant_not_found':
        throw new TenantryError('conflict', 'tenant_deleting', 'the tenant is being deleted');
    }
  }

  private async attempt(
    tenant: Tenant,
    name: string,
    request: InstanceRequest,
    onlyNew: boolean,
    distinct: boolean,
    context: ChangeContext,
  ): Promise<PutOutcome> {
    const sealed = holdsMask(request.values) ? await this.store.sealedSecrets(tenant.id, name) : null;
    const spec = await this.specs.prepare({ tenant, name, ...request, sealed }, this.cluster.name, distinct);
    const ids = { instance: newId(), operation: newId() };
    try {
      return await this.store.put({ tenantId: tenant.id, name }, ids, spec, onlyNew, context);
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
