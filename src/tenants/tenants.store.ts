import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../audit/change-context.js';
import { Database } from '../platform/database.js';
import { etagOfVersion } from '../platform/http/etag.js';
import { idsWithin, type Reach, type TenantRef } from '../platform/reach.js';
import { rowInstant } from '../platform/rows.js';
import { type NewTenant, planName, type Tenant, type TenantChange } from './tenant.js';

const tenantRow = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  plan: planName,
  time_zone: z.string(),
  metadata: z.record(z.string(), z.json()),
  created_at: rowInstant,
  updated_at: rowInstant,
  row_version: z.number(),
});
export type TenantRow = z.infer<typeof tenantRow>;

/** What the API shows of it. */
export function toTenant(row: TenantRow): Tenant {
  const { row_version, ...shown } = row;
  return { ...shown, etag: etagOfVersion(row_version) };
}

const tenantRef = z.object({ id: z.string(), slug: z.string() });

const createOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('created'), tenant: tenantRow }),
  z.object({ outcome: z.literal('slug_taken') }),
]);

const changeOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('changed'), tenant: tenantRow }),
  z.object({ outcome: z.enum(['not_found', 'stale']) }),
]);

const deleteOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('deleting'), operations: z.array(z.object({ id: z.string() })) }),
  z.object({ outcome: z.enum(['deleted', 'not_found', 'stale', 'tenant_has_instances']) }),
]);

/** Every query of this room. */
@Injectable()
export class TenantsStore {
  constructor(private readonly database: Database) {}

  async create(id: string, tenant: NewTenant, context: ChangeContext): Promise<z.infer<typeof createOutcome>> {
    const answer = await this.database.rpc('tenant_create', {
      p_id: id,
      p_slug: tenant.slug,
      p_name: tenant.name,
      p_plan: tenant.plan,
      p_time_zone: tenant.time_zone,
      p_metadata: tenant.metadata,
      p_context: { ...context },
    });
    return createOutcome.parse(answer);
  }

  /** @param rowVersion the version the caller has seen, or null for whatever is there */
  async change(
    id: string,
    change: TenantChange,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof changeOutcome>> {
    const answer = await this.database.rpc('tenant_change', {
      p_id: id,
      p_change: z.record(z.string(), z.json()).parse(change),
      p_row_version: rowVersion,
      p_context: { ...context },
    });
    return changeOutcome.parse(answer);
  }

  /** @throws DatabaseError with hint `operation_in_progress` when an instance cannot be uninstalled now */
  async delete(
    id: string,
    cascade: boolean,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof deleteOutcome>> {
    const answer = await this.database.rpc('tenant_delete', {
      p_id: id,
      p_cascade: cascade,
      p_row_version: rowVersion,
      p_context: { ...context },
    });
    return deleteOutcome.parse(answer);
  }

  /** The living tenant of this id or slug, if it is within reach. */
  async find(idOrSlug: string, reach: Reach): Promise<TenantRow | undefined> {
    const ids = idsWithin(reach);
    const column = z.uuid().safeParse(idOrSlug).success ? 'id' : 'slug';
    const rows = await this.database.read((client) => {
      const query = client.from('tenants').select('*').eq(column, idOrSlug).is('deleted_at', null).limit(1);
      return ids === undefined ? query : query.in('id', ids);
    });
    return z.array(tenantRow).parse(rows)[0];
  }

  /** Living tenants within reach by id, after the given one. */
  async list(reach: Reach, limit: number, after: string | undefined): Promise<TenantRow[]> {
    const ids = idsWithin(reach);
    const rows = await this.database.read((client) => {
      let query = client.from('tenants').select('*').is('deleted_at', null).order('id').limit(limit);
      if (ids !== undefined) query = query.in('id', ids);
      return after === undefined ? query : query.gt('id', after);
    });
    return z.array(tenantRow).parse(rows);
  }

  /** Those of these ids and slugs that are living tenants', in no order. */
  async refs(ids: readonly string[], slugs: readonly string[]): Promise<TenantRef[]> {
    const args = { p_ids: [...ids], p_slugs: [...slugs] };
    return z.array(tenantRef).parse(await this.database.rpc('tenant_refs', args, { idempotent: true }));
  }
}
