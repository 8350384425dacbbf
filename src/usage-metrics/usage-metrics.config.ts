import { join } from 'node:path';
import { z } from 'zod';
import { EventsConfig, eventsEnvironment } from './events/events.config.js';
import { SpoolConfig, spoolEnvironment } from './spool/spool.config.js';

/** How usage is taken and kept. */
export const usageMetricsEnvironment = z.object({
  ...eventsEnvironment.shape,
  ...spoolEnvironment.shape,
  TENANTRY_USAGE_RETENTION_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
});

export class UsageMetricsConfig {
  readonly events: EventsConfig;
  readonly spool: SpoolConfig;
  /** How long events are kept, at least, in days; counts are kept for good. */
  readonly retentionDays: number;

  /** @param dataDirectory of this replica alone */
  constructor(environment: z.infer<typeof usageMetricsEnvironment>, dataDirectory: string) {
    this.events = new EventsConfig(environment);
    this.spool = new SpoolConfig(environment, join(dataDirectory, 'spool', 'usage'));
    this.retentionDays = environment.TENANTRY_USAGE_RETENTION_DAYS;
  }
}
