import { hostname } from 'node:os';
import { z } from 'zod';

/** How this replica takes part in background work. */
export const backgroundTasksEnvironment = z.object({
  TENANTRY_REPLICA: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, 'letters, digits, dot, underscore, dash; at most 100')
    .default(hostname().replaceAll(/[^A-Za-z0-9._-]/g, '-') || 'replica'),
  TENANTRY_OPERATION_CONCURRENCY: z.coerce.number().int().min(1).max(256).default(32),
  TENANTRY_LEASE_SECONDS: z.coerce.number().min(1).max(300).default(10),
  TENANTRY_OUTBOX_DAYS: z.coerce.number().int().min(1).max(3_650).default(30),
});

export class BackgroundTasksConfig {
  readonly replica: string;
  readonly concurrency: number;
  readonly leaseMs: number;
  /** How long delivered messages of the outbox are kept. */
  readonly outboxDays: number;
  /** How long an idle worker waits before it asks again. A request on the same replica wakes it at once. */
  readonly pollMs = 1_000;
  /** How long shutdown waits for running work to reach a safe point. */
  readonly drainMs = 10_000;

  constructor(environment: z.infer<typeof backgroundTasksEnvironment>) {
    // The pid tells two processes on one machine apart.
    this.replica = `${environment.TENANTRY_REPLICA}/${process.pid}`;
    this.concurrency = environment.TENANTRY_OPERATION_CONCURRENCY;
    this.leaseMs = environment.TENANTRY_LEASE_SECONDS * 1_000;
    this.outboxDays = environment.TENANTRY_OUTBOX_DAYS;
  }
}
