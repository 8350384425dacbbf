import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { type InputFault, TenantryError } from '../../platform/errors.js';
import { assertIfMatch } from '../../platform/http/etag.js';
import { newId } from '../../platform/ids.js';
import type { Reach } from '../../platform/reach.js';
import { tenantNotFound } from '../../tenants/tenants.errors.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import type { Grant, NewGrant } from './grant.js';
import { type GrantRow, GrantsStore, toGrant } from './grants.store.js';
import { stale, unknownFeature } from './quotas.errors.js';

/** What tenants are given beyond their limits. Every method takes the tenant's id or slug and throws `tenant_not_found`. */
@Injectable()
export class GrantsService {
  constructor(
    private readonly store: GrantsStore,
    private readonly tenants: TenantsService,
  ) {}

  /** @throws TenantryError `unknown_feature`, `grant_invalid` */
  async create(tenant: string, reach: Reach, wanted: NewGrant, context: ChangeContext): Promise<Grant> {
    const { id: tenantId } = await this.tenants.get(tenant, reach);
    const created = await this.store.create(tenantId, newId(), wanted, context);
    switch (created.outcome) {
      case 'created':
        return toGrant(created.grant);
      case 'tenant_not_found':
        throw tenantNotFound();
      case 'feature_not_found':
        throw unknownFeature();
      case 'not_metered':
        throw invalid({ pointer: '/feature', message: 'is not a metered one' });
      case 'over_before_it_begins':
        throw invalid({ pointer: '/expires_at', message: 'must be after it takes effect' });
    }
  }

  /** @throws TenantryError `grant_not_found` */
  async get(tenant: string, reach: Reach, id: string): Promise<Grant> {
    const { id: tenantId } = await this.tenants.get(tenant, reach);
    return toGrant(await this.row(tenantId, id));
  }

  /** By id, after the given one. */
  async list(
    tenant: string,
    reach: Reach,
    feature: string | undefined,
    limit: number,
    after: string | undefined,
  ): Promise<Grant[]> {
    const { id: tenantId } = await this.tenants.get(tenant, reach);
    return (await this.store.list(tenantId, feature, limit, after)).map(toGrant);
  }

  /** What is left of it is worth nothing from now on. @throws TenantryError `grant_not_found`, `precondition_failed` */
  async void(
    tenant: string,
    reach: Reach,
    id: string,
    ifMatch: string | undefined,
    context: ChangeContext,
  ): Promise<void> {
    const { id: tenantId } = await this.tenants.get(tenant, reach);
    const row = await this.row(tenantId, id);
    assertIfMatch(ifMatch, toGrant(row).etag);
    switch (await this.store.void(tenantId, id, ifMatch === undefined ? null : row.row_version, context)) {
      case 'voided':
        return;
      case 'stale':
        throw stale('grant');
      case 'not_found':
        throw notFound();
    }
  }

  private async row(tenantId: string, id: string): Promise<GrantRow> {
    const row = await this.store.find(tenantId, id);
    if (row === undefined) throw notFound();
    return row;
  }
}

function notFound(): TenantryError {
  return new TenantryError('not_found', 'grant_not_found', 'the tenant has no such grant');
}

function invalid(fault: InputFault): TenantryError {
  return new TenantryError('unprocessable', 'grant_invalid', 'such a grant would be worth nothing', {
    faults: [fault],
  });
}
