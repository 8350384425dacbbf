import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { idsWithin, type Reach } from '../../platform/reach.js';
import type { OperationKind } from '../operations/operation.js';
import { operationRow } from '../operations/operation-row.js';
import type { DesiredState, InstanceStatus } from './instance.js';
import { instanceRow, type InstanceRow } from './instance-row.js';
import type { JsonObject } from './json-pointer.js';

/** What an instance shall be, ready to be written. */
export interface InstanceSpec {
  readonly cluster: string;
  readonly namespace: string;
  readonly release: string;
  readonly blueprint: string;
  readonly blueprint_version: number;
  readonly values: JsonObject;
  readonly sealed_secrets: string | null;
  readonly secrets_hash: string | null;
  readonly hosts: string[];
  readonly urls: string[];
}

const putOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['accepted', 'in_progress']), instance: instanceRow, operation: operationRow }),
  z.object({ outcome: z.literal('unchanged'), instance: instanceRow }),
  z.object({ outcome: z.literal('operation_in_progress'), operation_id: z.string() }),
  z.object({ outcome: z.literal('illegal_state'), status: z.string() }),
  z.object({ outcome: z.literal('name_taken'), instance_id: z.string() }),
  z.object({ outcome: z.enum(['tenant_not_found', 'namespace_taken', 'stale']) }),
]);
export type PutOutcome = z.infer<typeof putOutcome>;

const actOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['accepted', 'in_progress']), operation: operationRow }),
  z.object({ outcome: z.literal('operation_in_progress'), operation_id: z.string() }),
  z.object({ outcome: z.literal('illegal_state'), status: z.string() }),
  z.object({ outcome: z.enum(['not_found', 'stale', 'waiting']) }),
]);
export type ActOutcome = z.infer<typeof actOutcome>;

/** One request for an action on an instance. */
export interface ActRequest {
  readonly instanceId: string;
  readonly kind: OperationKind;
  readonly operationId: string;
  /** The states in which it is allowed. */
  readonly from: readonly InstanceStatus[];
  /** What the row becomes at once. */
  readonly change: { readonly status?: InstanceStatus; readonly desired_state?: DesiredState };
  readonly params: JsonObject;
  readonly rowVersion: number | null;
}

export interface InstanceFilter {
  readonly reach: Reach;
  readonly tenantId?: string | undefined;
  readonly status?: InstanceStatus | undefined;
  readonly blueprint?: string | undefined;
}

const ownerRow = z.object({ tenant_id: z.string() });

const askedSpec = instanceRow
  .pick({ blueprint: true, blueprint_version: true, values: true, status: true, row_version: true })
  .extend({ sealed_secrets: z.string().nullable(), secrets_hash: z.string().nullable() });

/** What an instance asks for, with the version of the row that says so. */
export type AskedSpec = z.infer<typeof askedSpec>;

/** Every query about instances that a caller's request needs. */
@Injectable()
export class InstancesStore {
  constructor(private readonly database: Database) {}

  /**
   * Creates the instance or changes it to the spec, with its operation, in one transaction.
   * @param rowVersion of the row that parts of the spec were read from: `stale` when it has changed; null when none were
   * @throws DatabaseError with hint `host_taken`
   */
  async put(
    key: { readonly tenantId: string; readonly name: string },
    ids: { readonly instance: string; readonly operation: string },
    spec: InstanceSpec,
    onlyNew: boolean,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<PutOutcome> {
    const answer = await this.database.rpc('instance_put', {
      p_tenant_id: key.tenantId,
      p_name: key.name,
      p_instance_id: ids.instance,
      p_operation_id: ids.operation,
      p_spec: { ...spec },
      p_only_new: onlyNew,
      p_row_version: rowVersion,
      p_context: { ...context },
    });
    return putOutcome.parse(answer);
  }

  async act(request: ActRequest, context: ChangeContext): Promise<ActOutcome> {
    const answer = await this.database.rpc('instance_act', {
      p_instance_id: request.instanceId,
      p_kind: request.kind,
      p_operation_id: request.operationId,
      p_from: [...request.from],
      p_change: { ...request.change },
      p_params: request.params,
      p_row_version: request.rowVersion,
      p_context: { ...context },
    });
    return actOutcome.parse(answer);
  }

  /** A repair that drift asks for; `waiting` while the pause after the last one is not over. */
  async askRepair(
    instanceId: string,
    operationId: string,
    pauseMs: number,
    context: ChangeContext,
  ): Promise<ActOutcome> {
    const answer = await this.database.rpc('instance_repair', {
      p_instance_id: instanceId,
      p_operation_id: operationId,
      p_pause_ms: pauseMs,
      p_context: { ...context },
    });
    return actOutcome.parse(answer);
  }

  async find(id: string): Promise<InstanceRow | undefined> {
    const rows = await this.database.read((client) => client.from('instance_rows').select('*').eq('id', id).limit(1));
    return z.array(instanceRow).parse(rows)[0];
  }

  /** The tenant of an instance, if it is within reach. */
  async ownerOf(id: string, reach: Reach): Promise<string | undefined> {
    const ids = idsWithin(reach);
    const rows = await this.database.read((client) => {
      const query = client.from('instances').select('tenant_id').eq('id', id).limit(1);
      return ids === undefined ? query : query.in('tenant_id', ids);
    });
    return z.array(ownerRow).parse(rows)[0]?.tenant_id;
  }

  /** What a tenant's instance asks for, secrets sealed. */
  async asked(tenantId: string, name: string): Promise<AskedSpec | undefined> {
    const rows = await this.database.read((client) =>
      client
        .from('instances')
        .select('blueprint, blueprint_version, values, status, row_version, sealed_secrets, secrets_hash')
        .eq('tenant_id', tenantId)
        .eq('name', name)
        .limit(1),
    );
    return z.array(askedSpec).parse(rows)[0];
  }

  /** By id, after the given one. */
  async list(filter: InstanceFilter, limit: number, after: string | undefined): Promise<InstanceRow[]> {
    const ids = idsWithin(filter.reach);
    const rows = await this.database.read((client) => {
      let query = client.from('instance_rows').select('*').order('id').limit(limit);
      if (ids !== undefined) query = query.in('tenant_id', ids);
      if (filter.tenantId !== undefined) query = query.eq('tenant_id', filter.tenantId);
      if (filter.status !== undefined) query = query.eq('status', filter.status);
      if (filter.blueprint !== undefined) query = query.eq('blueprint', filter.blueprint);
      return after === undefined ? query : query.gt('id', after);
    });
    return z.array(instanceRow).parse(rows);
  }
}
