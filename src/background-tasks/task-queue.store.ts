import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database.js';
import type { ClaimedTask } from './task.js';

const heartbeatOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('held'), cancel_requested: z.boolean() }),
  z.object({ outcome: z.literal('lost') }),
]);

export type HeartbeatOutcome = z.infer<typeof heartbeatOutcome>;

/** The queries of the durable queue. */
@Injectable()
export class TaskQueueStore {
  constructor(private readonly database: Database) {}

  /** Takes up to `limit` ready tasks, and returns tasks with an expired lease to the queue on the way. */
  async claim(worker: string, queue: string, limit: number, leaseMs: number): Promise<ClaimedTask[]> {
    const rows = await this.database.rpc('task_claim', {
      p_worker: worker,
      p_queue: queue,
      p_limit: limit,
      p_lease_ms: leaseMs,
    });
    return rows.map((row) => ({ id: row.id, queue: row.queue, subject: row.subject, fence: row.fence }));
  }

  async heartbeat(task: ClaimedTask, leaseMs: number, signal?: AbortSignal): Promise<HeartbeatOutcome> {
    const answer = await this.database.rpc(
      'task_heartbeat',
      { p_id: task.id, p_fence: task.fence, p_lease_ms: leaseMs },
      { idempotent: true, signal },
    );
    return heartbeatOutcome.parse(answer);
  }

  /** Gives the task back, to be claimed again after the delay. Does nothing when the lease is lost or the task has ended. */
  async release(task: ClaimedTask, delayMs: number): Promise<void> {
    await this.database.rpc(
      'task_release',
      { p_id: task.id, p_fence: task.fence, p_delay_ms: delayMs },
      { idempotent: true },
    );
  }
}
