import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database.js';
import type { ClaimedMessage, Settlement } from './outbox-message.js';

const claimedRows = z.array(
  z
    .object({
      id: z.number(),
      fence: z.number(),
      attempts: z.number(),
      at: z.string(),
      topic: z.string(),
      tenant_id: z.string(),
      instance_id: z.string().nullable(),
      payload: z.record(z.string(), z.unknown()),
      instance: z.object({ status: z.string(), blueprint: z.string(), agents: z.number().nullable() }).nullable(),
    })
    .transform(({ tenant_id: tenantId, instance_id: instanceId, ...row }) => ({ ...row, tenantId, instanceId })),
);

const swept = z.object({ removed: z.number() });

/** The queries of the outbox's delivery. */
@Injectable()
export class OutboxStore {
  constructor(private readonly database: Database) {}

  /** Takes up to `limit` undelivered messages, by id; none while another replica is taking some. */
  async claim(limit: number, leaseMs: number, signal: AbortSignal): Promise<ClaimedMessage[]> {
    return claimedRows.parse(
      await this.database.rpc('outbox_claim', { p_limit: limit, p_lease_ms: leaseMs }, { signal }),
    );
  }

  /** Writes down what became of messages; those that another replica has claimed since are left to it. */
  async settle(settlements: readonly Settlement[]): Promise<void> {
    const rows = settlements.map((settlement) => ({
      id: settlement.message.id,
      fence: settlement.message.fence,
      delivered: settlement.outcome === 'delivered',
      ...(settlement.outcome === 'failed' ? { pause_ms: settlement.pauseMs, error: settlement.error } : {}),
    }));
    if (rows.length > 0) await this.database.rpc('outbox_settle', { p_rows: rows }, { idempotent: true });
  }

  /** Removes up to `limit` messages delivered at least `days` ago. @returns how many */
  async sweep(days: number, limit: number): Promise<number> {
    const answer = await this.database.rpc('outbox_sweep', { p_days: days, p_limit: limit }, { idempotent: true });
    return swept.parse(answer).removed;
  }
}
