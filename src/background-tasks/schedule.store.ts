import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database.js';
import { rowInstant } from '../platform/rows.js';

const claimOutcome = z.object({ outcome: z.enum(['claimed', 'taken']) });

const scheduleRow = z.object({
  name: z.string(),
  last_run_at: rowInstant.nullable(),
  last_status: z.string().nullable(),
  next_run_at: rowInstant.nullable(),
  holder: z.string().nullable(),
});

/** What is known of one scheduled task across all replicas; `holder` is the replica that runs it right now. Times are RFC 3339. */
export type ScheduleState = z.infer<typeof scheduleRow>;

/** The queries of schedules. */
@Injectable()
export class ScheduleStore {
  constructor(private readonly database: Database) {}

  /** True for exactly one caller per slot, and for none while an earlier slot is still being run. */
  async claim(name: string, slot: Date, nextRunAt: Date, holder: string, leaseMs: number): Promise<boolean> {
    const answer = await this.database.rpc('schedule_claim', {
      p_name: name,
      p_slot: slot.toISOString(),
      p_next_run_at: nextRunAt.toISOString(),
      p_holder: holder,
      p_lease_ms: leaseMs,
    });
    return claimOutcome.parse(answer).outcome === 'claimed';
  }

  /** Every schedule that ever ran, by name. */
  async list(): Promise<ScheduleState[]> {
    const rows = await this.database.read((client) =>
      client.from('schedules').select('name, last_run_at, last_status, next_run_at, holder').order('name'),
    );
    return z.array(scheduleRow).parse(rows);
  }

  /** @param error the message of the failure, or null when the run succeeded */
  async finish(name: string, slot: Date, holder: string, error: string | null): Promise<void> {
    await this.database.rpc(
      'schedule_finish',
      {
        p_name: name,
        p_slot: slot.toISOString(),
        p_holder: holder,
        p_status: error === null ? 'succeeded' : 'failed',
        p_error: error,
      },
      { idempotent: true },
    );
  }
}
