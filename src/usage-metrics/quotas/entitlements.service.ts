import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { TenantryError } from '../../platform/errors.js';
import { assertIfMatch, etagOfVersion } from '../../platform/http/etag.js';
import { idsWithin, type Reach } from '../../platform/reach.js';
import { tenantNotFound } from '../../tenants/tenants.errors.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import { CallAllowances } from './call-allowances.service.js';
import type { Entitlement, GivenEntitlement, Terms } from './entitlement.js';
import { EntitlementsStore, type Holder, toGiven } from './entitlements.store.js';
import type { Feature } from './feature.js';
import { FeaturesService } from './features.service.js';
import { featureNotFound, stale } from './quotas.errors.js';

/** Terms as they now are, and whether there were none before. */
export interface PutEntitlement {
  readonly entitlement: GivenEntitlement;
  readonly created: boolean;
}

/** On which terms plans and tenants have features, and what that comes to. */
@Injectable()
export class EntitlementsService {
  constructor(
    private readonly store: EntitlementsStore,
    private readonly features: FeaturesService,
    private readonly tenants: TenantsService,
    private readonly calls: CallAllowances,
  ) {}

  /**
   * @param ifMatch the `If-Match` header, if there was one
   * @throws TenantryError `feature_not_found`, `terms_do_not_fit`, `tenant_not_found`, `precondition_failed`
   */
  async put(
    holder: Holder,
    slug: string,
    terms: Terms,
    ifMatch: string | undefined,
    context: ChangeContext,
  ): Promise<PutEntitlement> {
    assertFitting(await this.features.get(slug), terms);
    const put = await this.store.put(holder, slug, terms, await this.version(holder, slug, ifMatch), context);
    switch (put.outcome) {
      case 'created':
      case 'changed':
      case 'unchanged':
        this.calls.limitsChanged();
        return { entitlement: toGiven(put.entitlement), created: put.outcome === 'created' };
      case 'feature_not_found':
        throw featureNotFound();
      case 'tenant_not_found':
        throw tenantNotFound();
      case 'stale':
        throw stale('entitlement');
    }
  }

  /** @throws TenantryError `entitlement_not_found`, `precondition_failed` */
  async remove(holder: Holder, slug: string, ifMatch: string | undefined, context: ChangeContext): Promise<void> {
    switch (await this.store.remove(holder, slug, await this.version(holder, slug, ifMatch), context)) {
      case 'removed':
        this.calls.limitsChanged();
        return;
      case 'not_found':
        throw new TenantryError('not_found', 'entitlement_not_found', 'there are no such terms');
      case 'stale':
        throw stale('entitlement');
    }
  }

  /** The terms of a plan, or of a tenant itself, by feature, after the given one. */
  async given(holder: Holder, limit: number, after: string | undefined): Promise<GivenEntitlement[]> {
    return (await this.store.given(holder, limit, after)).map(toGiven);
  }

  /** @throws TenantryError `tenant_not_found`, `feature_not_found` */
  async get(tenant: string, reach: Reach, slug: string): Promise<Entitlement> {
    const { id } = await this.tenants.get(tenant, reach);
    const found = await this.store.find(id, slug);
    if (found === undefined) throw featureNotFound();
    return found;
  }

  /** Every feature as the tenant has it, by slug, after the given one. @throws TenantryError `tenant_not_found` */
  async list(tenant: string, reach: Reach, limit: number, after: string | undefined): Promise<Entitlement[]> {
    const { id } = await this.tenants.get(tenant, reach);
    return this.store.list([id], limit, after === undefined ? undefined : [id, after]);
  }

  /** The same of every tenant within reach, by tenant and slug. */
  async listWithin(reach: Reach, limit: number, after: readonly [string, string] | undefined): Promise<Entitlement[]> {
    return this.store.list(idsWithin(reach) ?? [], limit, after);
  }

  /** The version that the write itself must still find; 0: there must be none. */
  private async version(holder: Holder, slug: string, ifMatch: string | undefined): Promise<number | null> {
    if (ifMatch === undefined) return null;
    const row = (await this.store.given(holder, 1_000, undefined)).find(({ feature }) => feature === slug);
    assertIfMatch(ifMatch, etagOfVersion(row?.row_version ?? 0));
    return row?.row_version ?? null;
  }
}

/** @throws TenantryError `terms_do_not_fit` */
function assertFitting({ kind }: Feature, terms: Terms): void {
  const wanted = { boolean: 'enabled', static: 'value', metered: 'limit' }[kind];
  if (wanted in terms) return;
  throw new TenantryError('unprocessable', 'terms_do_not_fit', `the terms of a ${kind} feature are its ${wanted}`, {
    faults: [{ pointer: `/${wanted}`, message: `is required: the feature is ${kind}` }],
  });
}
