import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';
import { rowInstant } from '../../platform/rows.js';
import type { DailyMeasure, MeteredDays, TenantUsage } from './daily-usage.js';

const storedDay = z
  .object({
    metric_date: z.string(),
    messages_sent: z.number().nullable(),
    api_calls: z.number().nullable(),
    agent_count: z.number().nullable(),
    storage_mb: z.string().nullable(),
    created_at: rowInstant,
    updated_at: rowInstant,
  })
  .transform(({ storage_mb: storage, created_at, updated_at, ...day }) => ({
    ...day,
    storage_mb: storage === null ? null : Number(storage),
    storage_mb_decimal: storage,
    created_at,
    updated_at,
  }));

const stored = z.array(
  z.object({
    tenant_id: z.string(),
    rows: z.array(storedDay),
    aggregated: z
      .object({ total_messages: z.number(), total_agents: z.number(), total_storage: z.string() })
      .transform(({ total_storage, ...totals }) => ({
        ...totals,
        total_storage: Number(total_storage),
        total_storage_decimal: total_storage,
      })),
  }),
);

const storedMeters = z.array(
  z.object({
    slug: z.string(),
    name: z.string(),
    unit: z.string().nullable(),
    aggregation: z.string(),
    days: z.array(
      z
        .object({ date: z.string(), value: z.string() })
        .transform(({ date, value }) => ({ date, value: Number(value), value_decimal: value })),
    ),
  }),
);

/** The first and the last day of some. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

/** The queries of daily usage. Dates are `YYYY-MM-DD`, in UTC. */
@Injectable()
export class DailyUsageStore {
  constructor(private readonly database: Database) {}

  /** The days up to `until` that are still to be made, oldest first; at most `days` of them. */
  async due(until: string, days: number, signal?: AbortSignal): Promise<string[]> {
    const answer = await this.database.rpc(
      'usage_daily_due',
      { p_until: until, p_days: days },
      { idempotent: true, signal },
    );
    return z.array(z.string()).parse(answer);
  }

  /** Tenants that were there on a day, by id, after the given one. */
  async tenants(day: string, limit: number, after: string | undefined): Promise<string[]> {
    const page = { p_day: day, p_after: after ?? null, p_limit: limit };
    return z.array(z.string()).parse(await this.database.rpc('usage_daily_tenants', page, { idempotent: true }));
  }

  /** Makes a tenant's row of a day; again, it makes the same one. */
  async make(tenantId: string, day: string, signal?: AbortSignal): Promise<void> {
    await this.database.rpc('usage_daily_make', { p_tenant_id: tenantId, p_day: day }, { idempotent: true, signal });
  }

  /** Says that every tenant has its row of a day. */
  async finish(day: string): Promise<void> {
    await this.database.rpc('usage_daily_finish', { p_day: day }, { idempotent: true });
  }

  async increment(tenantId: string, measure: DailyMeasure, value: number): Promise<void> {
    await this.database.rpc('usage_daily_increment', { p_tenant_id: tenantId, p_measure: measure, p_value: value });
  }

  /** @param reach ids of the tenants that the caller may see; undefined: all */
  async read(
    reach: readonly string[] | undefined,
    tenantIds: readonly string[],
    { from, to }: Days,
  ): Promise<Omit<TenantUsage, 'meters'>[]> {
    const answer = await this.database.rpc(
      'usage_daily_read',
      { p_reach: reach === undefined ? null : [...reach], p_tenants: [...tenantIds], p_from: from, p_to: to },
      { idempotent: true },
    );
    return stored.parse(answer).map(({ tenant_id, rows, aggregated }) => {
      const data = rows.map((row) => ({ tenant_id, ...row }));
      return { tenant_id, from, to, data, aggregated };
    });
  }

  /** What each meter counted of a tenant, by day. */
  async meters(reach: readonly string[] | undefined, tenantId: string, { from, to }: Days): Promise<MeteredDays[]> {
    const answer = await this.database.rpc(
      'usage_daily_meters',
      { p_reach: reach === undefined ? null : [...reach], p_tenant_id: tenantId, p_from: from, p_to: to },
      { idempotent: true },
    );
    return storedMeters.parse(answer);
  }
}
