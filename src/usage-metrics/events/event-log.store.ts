import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';
import { type AppendOptions, EventLog } from './event-log.js';
import type { AppendReceipt, PendingEvent } from './pending-event.js';

const receipt = z.object({
  accepted: z.int(),
  duplicates: z.array(z.int()),
  rejected: z.array(
    z.object({
      index: z.int(),
      code: z.string(),
      message: z.string(),
      stored: z.string().optional(),
      sent: z.string().optional(),
    }),
  ),
});
const answer = z.union([receipt, z.object({ outcome: z.literal('partitions_missing'), days: z.array(z.string()) })]);

/** Late events can need days that no partition is there for; making them can race with another replica's upkeep. */
const tries = 3;

/** Every query of this room. */
@Injectable()
export class EventLogStore extends EventLog {
  constructor(private readonly database: Database) {
    super();
  }

  async append(events: readonly PendingEvent[], { atomic, signal }: AppendOptions): Promise<AppendReceipt> {
    const text = textOf(events);
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const answered = answer.parse(
        await this.database.rpc('usage_ingest', { p_events: text, p_atomic: atomic }, { signal }),
      );
      if (!('outcome' in answered)) return answered;
      await this.database.rpc('usage_partitions_make', { p_days: answered.days }, { signal, idempotent: true });
    }
    throw new Error('partitions for events are missing though they were made');
  }
}

/** What `usage_ingest` takes. Events stay the text that they came as, so that no number is read before Postgres reads it. */
function textOf(events: readonly PendingEvent[]): string {
  return `[${events.map(textOfOne).join(',')}]`;
}

function textOfOne({ tenantId, subject, receivedAt, json }: PendingEvent): string {
  const tenant = tenantId === undefined ? '' : `"tenant":${JSON.stringify(tenantId)},`;
  const named = subject === undefined ? '' : `"subject":${JSON.stringify(subject)},`;
  const received = receivedAt === undefined ? '' : `"received_at":${JSON.stringify(receivedAt)},`;
  return `{${tenant}${named}${received}"event":${json}}`;
}
