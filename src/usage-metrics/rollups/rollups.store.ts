import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';

const compacted = z.object({ folded: z.int(), recomputed: z.int(), more: z.boolean() });
export type Compacted = z.infer<typeof compacted>;

const backfilled = z.object({ recomputed: z.int(), more: z.boolean() });

/** `raw` and `stored` are what the two come to, in the order and form of the meter's aggregation; null: there is none. */
export const difference = z.object({
  tenant_id: z.uuid(),
  grain: z.int().describe('Minutes: 15, 60 or 1440'),
  bucket: z.string(),
  dims: z.record(z.string(), z.string()),
  raw: z.json(),
  stored: z.json(),
});

const verified = z.object({ compared: z.int(), differences: z.array(difference) });
export type Verified = z.infer<typeof verified>;

const rebuilt = z.object({ outcome: z.enum(['rebuilt', 'raw_expired']) });
const sealed = z.object({ outcome: z.enum(['sealed', 'kept_longer']) });
const dropped = z.object({
  outcome: z.enum(['dropped', 'not_sealed', 'not_closed', 'not_folded', 'not_verified', 'busy', 'no_such_day']),
  meter_id: z.string().optional(),
});
const days = z.array(z.iso.date());

/** A version of a meter, as far as proof and repair need it. */
const countedMeter = z.object({ id: z.string(), slug: z.string(), version: z.int() });
const countedMeters = z.array(countedMeter);
export type CountedMeter = z.infer<typeof countedMeter>;

/** What keeps the counts small, true and bounded. Ids of meters are decimal strings. */
@Injectable()
export class RollupsStore {
  constructor(private readonly database: Database) {}

  /** Folds up to `limit` deltas; nothing while somebody else does. */
  async compact(limit: number, signal?: AbortSignal): Promise<Compacted> {
    return compacted.parse(await this.database.rpc('usage_compact', { p_limit: limit }, { signal }));
  }

  /** Counts what was there before its meter, for some two seconds. */
  async backfill(signal?: AbortSignal): Promise<z.infer<typeof backfilled>> {
    return backfilled.parse(await this.database.rpc('usage_backfill', {}, { signal }));
  }

  /** Compares a meter's counts of a day in UTC with the events. At most 100 differences. */
  async verify(meterId: string, day: string, tenantId: string | null, signal?: AbortSignal): Promise<Verified> {
    const args = { p_meter: Number(meterId), p_day: day, p_tenant: tenantId };
    return verified.parse(await this.database.rpc('usage_verify', args, { idempotent: true, signal }));
  }

  async rebuild(
    meterId: string,
    day: string,
    tenantId: string,
    context: ChangeContext,
  ): Promise<z.infer<typeof rebuilt>['outcome']> {
    const args = { p_meter: Number(meterId), p_day: day, p_tenant: tenantId, p_context: { ...context } };
    return rebuilt.parse(await this.database.rpc('usage_rebuild', args)).outcome;
  }

  /** All versions of all meters, or of one. */
  async meters(slug: string | null): Promise<CountedMeter[]> {
    return countedMeters.parse(await this.database.rpc('usage_counted_meters', { p_slug: slug }, { idempotent: true }));
  }

  /** The days in UTC whose events are kept, oldest first, as `YYYY-MM-DD`. */
  async days(): Promise<string[]> {
    return days.parse(await this.database.rpc('usage_days', {}, { idempotent: true }));
  }

  async makePartitions(wanted: readonly string[]): Promise<void> {
    await this.database.rpc('usage_partitions_make', { p_days: [...wanted] }, { idempotent: true });
  }

  /** Ends the taking of events of a day and of those before. `kept_longer`: a meter wants them, or it is not `retentionDays` ago. */
  async seal(day: string, retentionDays: number): Promise<z.infer<typeof sealed>['outcome']> {
    const answer = await this.database.rpc(
      'usage_day_seal',
      { p_day: day, p_days: retentionDays },
      { idempotent: true },
    );
    return sealed.parse(answer).outcome;
  }

  async drop(day: string): Promise<z.infer<typeof dropped>> {
    return dropped.parse(await this.database.rpc('usage_partition_drop', { p_day: day }));
  }

  /** Forgets the keys of at most `limit` events received before. @returns how many */
  async expireKeys(before: Date, limit: number): Promise<number> {
    const args = { p_before: before.toISOString(), p_limit: limit };
    return z.int().parse(await this.database.rpc('usage_keys_expire', args, { idempotent: true }));
  }
}
