import { z } from 'zod';

/** How usage is kept. */
export const usageMetricsEnvironment = z.object({
  TENANTRY_USAGE_RETENTION_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
});

export class UsageMetricsConfig {
  /** How long events are kept, at least, in days; counts are kept for good. */
  readonly retentionDays: number;

  constructor(environment: z.infer<typeof usageMetricsEnvironment>) {
    this.retentionDays = environment.TENANTRY_USAGE_RETENTION_DAYS;
  }
}
