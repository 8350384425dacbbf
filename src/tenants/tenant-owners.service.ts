import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OwnerLookups } from '../platform/owner-lookups.js';
import { tenantWithin } from '../platform/reach.js';
import { tenantNotFound } from './tenants.errors.js';
import { TenantsStore } from './tenants.store.js';

/** Says that a tenant is its own. A caller of tenants knows theirs by both names: nothing need be asked. */
@Injectable()
export class TenantOwners implements OnModuleInit {
  constructor(
    private readonly lookups: OwnerLookups,
    private readonly store: TenantsStore,
  ) {}

  onModuleInit(): void {
    this.lookups.add('tenant', {
      find: async (idOrSlug, reach) =>
        reach === 'all' ? (await this.store.find(idOrSlug, reach))?.id : tenantWithin(reach, idOrSlug)?.id,
      recall: (idOrSlug, reach) => tenantWithin(reach, idOrSlug)?.id,
      notFound: tenantNotFound,
      // A slug is free again when its tenant is gone.
      lasting: false,
    });
  }
}
