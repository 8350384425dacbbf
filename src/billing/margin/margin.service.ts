import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import type { Reach } from '../../platform/reach.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import { isBefore } from '../periods/instant.js';
import { PreviewsService } from '../runs/previews.service.js';
import type { CostsCounted, IdleCost, TenantMargin } from './margin.js';
import { type Days, type MarginKey, MarginStore, type Running } from './margin.store.js';

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
    private readonly previews: PreviewsService,
    private readonly clock: Clock,
  ) {}

  /**
   * @param withRunning counts the period that is not over as if it were invoiced now
   * @throws TenantryError `tenant_not_found`; with the running period `not_ratable`
   */
  async ofTenant(
    tenant: string,
    reach: Reach,
    days: Days,
    withRunning = false,
  ): Promise<{ tenant_id: string; currencies: TenantMargin[]; costs: CostsCounted; idle: IdleCost[] }> {
    const { id: tenantId } = await this.tenants.get(tenant, reach);
    const running = withRunning ? await this.running(tenantId) : undefined;
    const [rows, costs, idle] = await Promise.all([
      this.store.margins(days, { tenantId, running }, allCurrencies),
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

  /** The next invoice as it would be now: fees are for their whole time, what was used is of the time until now. */
  private async running(tenantId: string): Promise<Running | undefined> {
    const subscription = await this.store.subscriptionOf(tenantId);
    if (subscription === undefined) return undefined;
    const now = this.clock.now().toISOString();
    const preview = await this.previews.next(subscription, now).catch((error: unknown) => {
      if (error instanceof TenantryError && error.code === 'subscription_ended') return undefined;
      throw error;
    });
    const lines = preview?.lines.map(({ kind, from, to, amount }) => {
      const ends = kind === 'usage' && isBefore(from, now) && isBefore(now, to) ? now : to;
      return { starts_at: from, ends_at: ends, amount };
    });
    return preview && lines && { currency: preview.currency, lines };
  }

  /** Makes the costs of every day that something came for. */
  async makeCosts(signal: AbortSignal): Promise<void> {
    await this.store.scan(signal);
    while ((await this.store.makeDue(daysPerCall, signal)) > 0) signal.throwIfAborted();
  }
}
