import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../audit/change-context.js';
import { DatabaseError } from '../platform/database-error.js';
import { TenantryError } from '../platform/errors.js';
import { assertIfMatch } from '../platform/http/etag.js';
import { newId } from '../platform/ids.js';
import { type Reach, type TenantRef, tenantWithin } from '../platform/reach.js';
import type { NewTenant, Tenant, TenantChange } from './tenant.js';
import { tenantNotFound } from './tenants.errors.js';
import { type TenantRow, TenantsStore, toTenant } from './tenants.store.js';

/** What a deletion leads to: done, or done when the named operations have uninstalled the tenant's instances. */
export type TenantDeletion =
  { readonly state: 'deleted' } | { readonly state: 'deleting'; readonly operationIds: readonly string[] };

/** The rules of tenants. Every method that takes `{tenant}` takes an id or a slug and throws `tenant_not_found`. */
@Injectable()
export class TenantsService {
  constructor(private readonly store: TenantsStore) {}

  /** @throws TenantryError `slug_taken` */
  async create(tenant: NewTenant, context: ChangeContext): Promise<Tenant> {
    const created = await this.store.create(newId(), tenant, context);
    if (created.outcome === 'created') return toTenant(created.tenant);
    throw new TenantryError('conflict', 'slug_taken', `another tenant has the slug ${tenant.slug}`, {
      faults: [{ pointer: '/slug', message: 'is taken' }],
    });
  }

  /** @param reach a tenant beyond it is as if there were none: a slug may be another tenant's by now, whatever was checked before */
  async get(idOrSlug: string, reach: Reach): Promise<Tenant> {
    return toTenant(await this.find(idOrSlug, reach));
  }

  /** Living tenants within reach by id, after the given one. */
  async list(reach: Reach, limit: number, after: string | undefined): Promise<Tenant[]> {
    return (await this.store.list(reach, limit, after)).map(toTenant);
  }

  /**
   * The ids of tenants by id or slug. An id is taken at its word where everything is in reach: what is asked about a tenant may outlive it.
   * @throws TenantryError `tenant_not_found` when one of them is nobody's slug, or not within reach
   */
  async idsOf(idsOrSlugs: readonly string[], reach: Reach): Promise<string[]> {
    if (idsOrSlugs.length === 0) return [];
    const slugs = idsOrSlugs.filter((name) => !z.uuid().safeParse(name).success);
    const known = reach !== 'all' ? reach : slugs.length === 0 ? [] : await this.store.refs([], slugs);
    return idsOrSlugs.map((name) => {
      const id = tenantWithin(known, name)?.id ?? (reach === 'all' && !slugs.includes(name) ? name : undefined);
      if (id === undefined) throw tenantNotFound();
      return id;
    });
  }

  /** The slugs of living tenants by id. */
  async slugsOf(ids: readonly string[], reach: Reach): Promise<ReadonlyMap<string, string>> {
    const refs = reach !== 'all' ? reach : ids.length === 0 ? [] : await this.store.refs(ids, []);
    return new Map(refs.map((ref: TenantRef) => [ref.id, ref.slug]));
  }

  /**
   * @param ifMatch the `If-Match` header, if there was one
   * @throws TenantryError `precondition_failed` when the tenant is not of the version the caller has seen
   */
  async change(
    idOrSlug: string,
    change: TenantChange,
    ifMatch: string | undefined,
    context: ChangeContext,
  ): Promise<Tenant> {
    const row = await this.find(idOrSlug);
    const changed = await this.store.change(row.id, change, versionToMatch(row, ifMatch), context);
    switch (changed.outcome) {
      case 'changed':
        return toTenant(changed.tenant);
      case 'stale':
        throw stale();
      case 'not_found':
        throw tenantNotFound();
    }
  }

  /** @throws TenantryError `tenant_has_instances`, unless `cascade`; `operation_in_progress` when an instance cannot be uninstalled now */
  async delete(
    idOrSlug: string,
    cascade: boolean,
    ifMatch: string | undefined,
    context: ChangeContext,
  ): Promise<TenantDeletion> {
    const row = await this.find(idOrSlug);
    const deleted = await this.store
      .delete(row.id, cascade, versionToMatch(row, ifMatch), context)
      .catch((error: unknown) => {
        throw inProgress(error) ?? error;
      });
    switch (deleted.outcome) {
      case 'deleted':
        return { state: 'deleted' };
      case 'deleting':
        return { state: 'deleting', operationIds: deleted.operations.map((operation) => operation.id) };
      case 'stale':
        throw stale();
      case 'not_found':
        throw tenantNotFound();
      case 'tenant_has_instances':
        throw new TenantryError(
          'conflict',
          'tenant_has_instances',
          'the tenant still has instances; uninstall them, or delete with ?cascade=true',
        );
    }
  }

  private async find(idOrSlug: string, reach: Reach = 'all'): Promise<TenantRow> {
    const row = await this.store.find(idOrSlug, reach);
    if (row === undefined) throw tenantNotFound();
    return row;
  }
}

/** The version that the write itself must still find, so that nothing slips in between the check and the write. */
function versionToMatch(row: TenantRow, ifMatch: string | undefined): number | null {
  if (ifMatch === undefined) return null;
  assertIfMatch(ifMatch, toTenant(row).etag);
  return row.row_version;
}

/** One instance that is busy refuses the whole deletion: nothing of it is done. */
function inProgress(error: unknown): TenantryError | undefined {
  if (!(error instanceof DatabaseError) || error.hint !== 'operation_in_progress') return undefined;
  return new TenantryError(
    'conflict',
    'operation_in_progress',
    'an operation is at work on an instance of the tenant',
    {
      cause: error,
      members: error.details === undefined ? {} : { operation_id: error.details },
    },
  );
}

function stale(): TenantryError {
  return new TenantryError(
    'precondition_failed',
    'precondition_failed',
    'the tenant was changed since it was read; read it again',
  );
}
