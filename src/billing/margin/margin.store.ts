import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { etagOfVersion } from '../../platform/http/etag.js';
import { rowInstant } from '../../platform/rows.js';
import { costRate, type CostRate, type NewCostRate } from './cost-rate.js';
import {
  costsCounted,
  type CostsCounted,
  idleCost,
  type IdleCost,
  marginPercent,
  tenantMargin,
  type TenantMargin,
} from './margin.js';

const rateRow = costRate
  .omit({ etag: true })
  .extend({ effective_from: rowInstant, created_at: rowInstant, updated_at: rowInstant, row_version: z.int() })
  .transform(({ row_version, ...row }): CostRate => ({ ...row, etag: etagOfVersion(row_version) }));

const marginRow = tenantMargin
  .omit({ margin_percent: true })
  .transform((row): TenantMargin => ({ ...row, margin_percent: marginPercent(row.margin, row.revenue) }));

const putOutcome = z.object({ outcome: z.enum(['created', 'changed', 'unchanged']), rate: rateRow });

/** Days in UTC as `YYYY-MM-DD`, half-open. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

/** Lines of a period that is not over yet, of one tenant. Amounts are decimal strings. */
export interface Running {
  readonly currency: string;
  readonly lines: readonly { readonly starts_at: string; readonly ends_at: string; readonly amount: string }[];
}

/** What a page of margins ends with. */
export type MarginKey = readonly [currency: string, margin: string | null, tenantId: string];

/** Every query about costs and margins. */
@Injectable()
export class MarginStore {
  constructor(private readonly database: Database) {}

  async putRate(rate: NewCostRate, context: ChangeContext): Promise<z.infer<typeof putOutcome>> {
    const args = { p_rate: rate, p_context: { ...context } };
    return putOutcome.parse(await this.database.rpc('billing_cost_rate_put', args));
  }

  /** Newest first, before the given one. */
  async rates(limit: number, before: string | undefined): Promise<CostRate[]> {
    const args = { p_before: before ?? null, p_limit: limit };
    return z.array(rateRow).parse(await this.database.rpc('billing_cost_rates_list', args, { idempotent: true }));
  }

  /** By currency, the worst first, after the given one; of one tenant or of all. */
  async margins(
    { from, to }: Days,
    of: { readonly tenantId?: string; readonly currency?: string | undefined; readonly running?: Running | undefined },
    limit: number,
    after?: MarginKey,
  ): Promise<TenantMargin[]> {
    const args = {
      p_tenant_id: of.tenantId ?? null,
      p_from: from,
      p_to: to,
      p_currency: of.currency ?? null,
      p_running: of.running ?? null,
      p_after: after ?? null,
      p_limit: limit,
    };
    return z.array(marginRow).parse(await this.database.rpc('billing_margin_list', args, { idempotent: true }));
  }

  /** The subscription that a tenant has now. */
  async subscriptionOf(tenantId: string): Promise<string | undefined> {
    const rows = await this.database.read((client) =>
      client.from('billing_subscriptions').select('id').eq('tenant_id', tenantId).neq('status', 'ended'),
    );
    return rows[0]?.id;
  }

  async counted({ from, to }: Days, tenantId: string | null): Promise<CostsCounted> {
    const args = { p_tenant_id: tenantId, p_from: from, p_to: to };
    return costsCounted.parse(await this.database.rpc('billing_costs_counted', args, { idempotent: true }));
  }

  async idle({ from, to }: Days, now: Date): Promise<IdleCost[]> {
    const args = { p_from: from, p_to: to, p_now: now.toISOString() };
    return z.array(idleCost).parse(await this.database.rpc('billing_idle', args, { idempotent: true }));
  }

  /** Marks the days whose events, prices or rates have changed. */
  async scan(signal: AbortSignal): Promise<void> {
    await this.database.rpc('billing_costs_scan', {}, { idempotent: true, signal });
  }

  /** Makes marked days, at most as many. @returns how many they were */
  async makeDue(limit: number, signal: AbortSignal): Promise<number> {
    const answer = await this.database.rpc('billing_costs_make_due', { p_limit: limit }, { idempotent: true, signal });
    return z.object({ days: z.int() }).parse(answer).days;
  }
}
