import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import type { Reach } from '../../platform/reach.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import type { CostsCounted, IdleCost, TenantMargin } from './margin.js';
import { type Days, type MarginKey, MarginStore } from './margin.store.js';

/** Currencies of one tenant; there are fewer in the world. */
const allCurrencies = 200;
/** A day of a busy tenant takes a second, and a call must end within eight on hosted Supabase. */
const daysPerCall = 4;

/** What tenants bring beside what they cost. For operators alone. */
@Injectable()
export class MarginService {
  constructor(
    private readonly store: MarginStore,
    private readonly tenants: TenantsService,
    private readonly clock: Clock,
  ) {}

  /** @throws TenantryError `tenant_not_found` */
  async ofTenant(
    tenant: string,
    reach: Reach,
    days: Days,
  ): Promise<{ tenant_id: string; currencies: TenantMargin[]; costs: CostsCounted; idle: IdleCost[] }> {
    const { id: tenantId } = await this.tenants.get(tenant, reach);
    const [rows, costs, idle] = await Promise.all([
      this.store.margins(days, { tenantId }, allCurrencies),
      this.store.counted(days, tenantId),
      this.store.idle(days, this.clock.now()),
    ]);
    return { tenant_id: tenantId, currencies: rows, costs, idle };
  }

  /** By currency, the worst first, after the given one. */
  async ofAll(
    days: Days,
    currency: string | undefined,
    limit: number,
    after: MarginKey | undefined,
  ): Promise<{ rows: TenantMargin[]; costs: CostsCounted; idle: IdleCost[] }> {
    const [rows, costs, idle] = await Promise.all([
      this.store.margins(days, { currency }, limit, after),
      this.store.counted(days, null),
      this.store.idle(days, this.clock.now()),
    ]);
    return { rows, costs, idle };
  }

  /** Makes the costs of every day that something came for. */
  async makeCosts(signal: AbortSignal): Promise<void> {
    await this.store.scan(signal);
    while ((await this.store.makeDue(daysPerCall, signal)) > 0) signal.throwIfAborted();
  }
}
