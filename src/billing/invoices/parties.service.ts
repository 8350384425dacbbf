import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { TenantryError } from '../../platform/errors.js';
import { assertIfMatch } from '../../platform/http/etag.js';
import type { Reach } from '../../platform/reach.js';
import { tenantNotFound } from '../../tenants/tenants.errors.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import type { Details, NewDetails, NewSeller, Seller } from './party.js';
import { PartiesStore, type Put, type Versioned } from './parties.store.js';

/** What a put came to. */
interface Done<Party> {
  readonly created: boolean;
  readonly party: Party;
}

/** Who sells, and to whom invoices are made out. Methods that take a tenant throw `tenant_not_found`. */
@Injectable()
export class PartiesService {
  constructor(
    private readonly store: PartiesStore,
    private readonly tenants: TenantsService,
  ) {}

  /** @throws TenantryError `seller_not_found` until somebody has said who sells */
  async seller(): Promise<Seller> {
    const found = await this.store.seller();
    if (found === undefined) throw new TenantryError('not_found', 'seller_not_found', 'nobody has said who sells');
    return found.party;
  }

  /** @throws TenantryError `precondition_failed` */
  async putSeller(given: NewSeller, ifMatch: string | undefined, context: ChangeContext): Promise<Done<Seller>> {
    const version = ifMatch === undefined ? null : versionToMatch(await this.store.seller(), ifMatch);
    return done(await this.store.putSeller(given, version, context));
  }

  async details(tenant: string, reach: Reach): Promise<Details> {
    const { id: tenant_id, name } = await this.tenants.get(tenant, reach);
    const found = await this.store.details(tenant_id);
    return found?.party ?? { tenant_id, name, email: null, address: [], tax_id: null, updated_at: null, etag: null };
  }

  /** @throws TenantryError `precondition_failed` */
  async putDetails(
    tenant: string,
    given: NewDetails,
    ifMatch: string | undefined,
    context: ChangeContext,
  ): Promise<Done<Details>> {
    const { id } = await this.tenants.get(tenant, 'all');
    const version = ifMatch === undefined ? null : versionToMatch(await this.store.details(id), ifMatch);
    return done(await this.store.putDetails(id, given, version, context));
  }
}

/** The version that the write itself must still find. What is not there matches nothing. */
function versionToMatch(
  found: Versioned<{ readonly etag: string | null }> | undefined,
  ifMatch: string,
): number | null {
  if (found === undefined) throw stale();
  assertIfMatch(ifMatch, found.party.etag ?? '');
  return found.rowVersion;
}

function done<Party>(put: Put<Party>): Done<Party> {
  switch (put.outcome) {
    case 'created':
    case 'changed':
      return { created: put.outcome === 'created', party: put.party };
    case 'stale':
      throw stale();
    case 'tenant_not_found':
      throw tenantNotFound();
  }
}

function stale(): TenantryError {
  return new TenantryError('precondition_failed', 'precondition_failed', 'it is not as it was when you read it');
}
