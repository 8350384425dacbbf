import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import { assertIfMatch } from '../../platform/http/etag.js';
import { newId } from '../../platform/ids.js';
import { idsWithin, type Reach } from '../../platform/reach.js';
import { tenantNotFound } from '../../tenants/tenants.errors.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import type { CreditBalance, CreditGrant, CreditTransaction, NewCredit, Overdraft, TenantBalances } from './credit.js';
import { CreditsStore, type GrantKey, type GrantRow, toGrant } from './credits.store.js';

/** What an account is looked at for in one call, which must end within eight seconds on hosted Supabase. */
const accountsPerCall = 100;

/** What tenants have in credits. Every method that takes a tenant takes its id or slug and throws `tenant_not_found`. */
@Injectable()
export class CreditsService {
  constructor(
    private readonly store: CreditsStore,
    private readonly tenants: TenantsService,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives credits once for each reference; the same again gives what was given then.
   * @throws TenantryError `credit_over_before_it_begins`, `credit_reference_taken`
   */
  async add(
    tenant: string,
    reach: Reach,
    wanted: NewCredit,
    context: ChangeContext,
  ): Promise<{ readonly outcome: 'added' | 'unchanged'; readonly grant: CreditGrant }> {
    const { id } = await this.tenants.get(tenant, reach);
    const added = await this.store.add(id, newId(), wanted, this.clock.now(), context);
    switch (added.outcome) {
      case 'added':
      case 'unchanged':
        return { outcome: added.outcome, grant: toGrant(added.grant) };
      case 'tenant_not_found':
        throw tenantNotFound();
      case 'over_before_it_begins':
        throw new TenantryError('unprocessable', 'credit_over_before_it_begins', 'nothing of it could be used', {
          faults: [{ pointer: '/expires_at', message: 'must be after it takes effect' }],
        });
      case 'reference_taken':
        throw new TenantryError('conflict', 'credit_reference_taken', 'other credits were given for the reference', {
          faults: [{ pointer: '/reference', message: 'is taken by other credits of the tenant' }],
        });
    }
  }

  /** Newest first, before the given one. */
  async grants(
    tenant: string,
    reach: Reach,
    limit: number,
    before: GrantKey | undefined,
  ): Promise<{ readonly balances: CreditBalance[]; readonly rows: GrantRow[] }> {
    const { id } = await this.tenants.get(tenant, reach);
    const [[of], rows] = await Promise.all([
      this.store.balances([id], this.clock.now()),
      this.store.grants(id, limit, before),
    ]);
    return { balances: of?.balances ?? [], rows };
  }

  /** Of all tenants in reach, which must be some. */
  async balances(reach: Reach): Promise<TenantBalances[]> {
    return this.store.balances(idsWithin(reach) ?? [], this.clock.now());
  }

  /** The ledger, newest first, before the given one. */
  async transactions(
    tenant: string,
    reach: Reach,
    currency: string | undefined,
    limit: number,
    before: string | undefined,
  ): Promise<CreditTransaction[]> {
    const { id } = await this.tenants.get(tenant, reach);
    return this.store.transactions(id, currency, limit, before);
  }

  /** What is left of it is worth nothing from now on. @throws TenantryError `credit_not_found`, `precondition_failed` */
  async void(
    tenant: string,
    reach: Reach,
    id: string,
    ifMatch: string | undefined,
    context: ChangeContext,
  ): Promise<void> {
    const { id: tenantId } = await this.tenants.get(tenant, reach);
    const row = await this.store.find(tenantId, id);
    if (row === undefined) throw notFound();
    assertIfMatch(ifMatch, toGrant(row).etag);
    const version = ifMatch === undefined ? null : row.row_version;
    switch (await this.store.void(tenantId, id, version, this.clock.now(), context)) {
      case 'voided':
        return;
      case 'stale':
        throw new TenantryError(
          'precondition_failed',
          'precondition_failed',
          'the credit was changed since it was read',
        );
      case 'not_found':
        throw notFound();
    }
  }

  /** @throws TenantryError `credit_overdrawn` where the tenant is further beyond its credits already */
  async setOverdraft(tenant: string, reach: Reach, wanted: Overdraft, context: ChangeContext): Promise<CreditBalance> {
    const { id } = await this.tenants.get(tenant, reach);
    const set = await this.store.setOverdraft(id, wanted, this.clock.now(), context);
    switch (set.outcome) {
      case 'set':
      case 'unchanged':
        return set.balance;
      case 'tenant_not_found':
        throw tenantNotFound();
      case 'overdrawn':
        throw new TenantryError('conflict', 'credit_overdrawn', 'the tenant has used more than that', {
          faults: [{ pointer: '/amount', message: 'is less than what the tenant has used beyond its credits' }],
        });
    }
  }

  /** Moves what is left of grants that are over out of the balances. */
  async expire(signal: AbortSignal): Promise<void> {
    for (;;) {
      const { accounts } = await this.store.expire(this.clock.now(), accountsPerCall, signal);
      if (accounts < accountsPerCall) return;
    }
  }
}

function notFound(): TenantryError {
  return new TenantryError('not_found', 'credit_not_found', 'the tenant has no such credit');
}
