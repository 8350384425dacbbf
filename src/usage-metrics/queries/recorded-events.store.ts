import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { idsWithin, type Reach } from '../../platform/reach.js';
import { rowInstant } from '../../platform/rows.js';
import type { EventKey } from './recorded-event.js';

const row = z.object({
  tenant_id: z.string(),
  /** JSON text: the gateway rounds numbers. */
  event: z.string(),
  received_at: rowInstant,
  voided_at: rowInstant.nullable(),
  void_reason: z.string().nullable(),
  voided_by: z.string().nullable(),
});
export type EventRow = z.infer<typeof row>;

const list = z.object({ rows: z.array(row), next: z.tuple([z.string(), z.string()]).nullable() });

const mark = z.object({ voided_at: rowInstant, void_reason: z.string(), voided_by: z.string() });

const voidOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('voided'), event: mark }),
  z.object({ outcome: z.literal('already_voided'), event: mark }),
  z.object({ outcome: z.enum(['event_not_found', 'event_expired']) }),
  z.object({
    outcome: z.literal('replacement_rejected'),
    rejected: z.object({ code: z.string(), message: z.string() }).nullish(),
    duplicate: z.boolean(),
  }),
]);
export type VoidOutcome = z.infer<typeof voidOutcome>;

const partitionsMissing = z.object({ outcome: z.literal('partitions_missing'), days: z.array(z.string()) });

/** What to look for among the events of a tenant. */
export interface EventFilter {
  readonly type?: string | undefined;
  readonly source?: string | undefined;
  readonly id?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly voided?: boolean | undefined;
  /** What a meter counts, or did when it was there: its slug. */
  readonly meter?: string | undefined;
}

/** Single events. */
@Injectable()
export class RecordedEventsStore {
  constructor(private readonly database: Database) {}

  /**
   * Newest first, after the given one.
   * @param tenantIds of all within reach where empty
   */
  async list(
    tenantIds: readonly string[],
    filter: EventFilter,
    reach: Reach,
    page: { readonly limit: number; readonly after: EventKey | undefined },
  ): Promise<z.infer<typeof list>> {
    const tenants = tenantIds.length > 0 ? tenantIds : null;
    const query = { ...filter, tenants, reach: idsWithin(reach) ?? null, ...page };
    return list.parse(await this.database.rpc('usage_events_list', { p_query: query }, { idempotent: true }));
  }

  /** Events from before it may be gone. */
  async keptFrom(): Promise<string> {
    const rows = await this.database.read((client) => client.from('usage_retention').select('kept_from').limit(1));
    return z.tuple([z.object({ kept_from: rowInstant })]).parse(rows)[0].kept_from;
  }

  /** @param replacement JSON text of an event that takes its place, or null */
  async void(
    tenantId: string,
    { source, id, reason }: { readonly source: string; readonly id: string; readonly reason: string },
    replacement: string | null,
    context: ChangeContext,
  ): Promise<VoidOutcome> {
    const args = {
      p_tenant: tenantId,
      p_source: source,
      p_id: id,
      p_reason: reason,
      p_replacement: replacement,
      p_context: { ...context },
    };
    const answer = await this.database.rpc('usage_event_void', args);
    const missing = partitionsMissing.safeParse(answer);
    if (!missing.success) return voidOutcome.parse(answer);
    await this.database.rpc('usage_partitions_make', { p_days: missing.data.days });
    return voidOutcome.parse(await this.database.rpc('usage_event_void', args));
  }
}
