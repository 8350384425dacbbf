import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';
import { quotaRefusal } from '../../platform/quota-exceeded.js';

const takeOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('unlimited') }),
  z.object({ outcome: z.literal('taken'), amount: z.number(), period: z.string(), ends_at: z.string().nullable() }),
  quotaRefusal.extend({ outcome: z.literal('quota_exceeded') }),
]);
export type TakeOutcome = z.infer<typeof takeOutcome>;

/** Pieces of what tenants may still call. Never sent again: a piece that gets lost on its way is used up. */
@Injectable()
export class CallAllowancesStore {
  constructor(private readonly database: Database) {}

  /**
   * @param ask calls that wait for it, and how many are wanted in all; both 0: only gives back
   * @param unused calls of the piece before, and the period that it was of
   */
  async take(
    tenantId: string,
    ask: { readonly needed: number; readonly wanted: number },
    unused: { readonly left: number; readonly period: string | null },
    signal: AbortSignal,
  ): Promise<TakeOutcome> {
    const args = {
      p_tenant_id: tenantId,
      p_needed: ask.needed,
      p_wanted: ask.wanted,
      p_returned: unused.left,
      p_period: unused.period,
    };
    return takeOutcome.parse(await this.database.rpc('quota_take_calls', args, { signal }));
  }

  /** Whether anybody's calls are limited. */
  async areLimited(signal: AbortSignal): Promise<boolean> {
    return z.boolean().parse(await this.database.rpc('quota_limits_calls', {}, { signal }));
  }
}
