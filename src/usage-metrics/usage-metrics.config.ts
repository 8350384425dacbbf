import { z } from 'zod';
import { EventsConfig, eventsEnvironment } from './events/events.config.js';

/** How usage is taken and kept. */
export const usageMetricsEnvironment = z.object({
  ...eventsEnvironment.shape,
  TENANTRY_USAGE_RETENTION_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
});

export class UsageMetricsConfig {
  readonly events: EventsConfig;
  /** How long events are kept, at least, in days; counts are kept for good. */
  readonly retentionDays: number;

  constructor(environment: z.infer<typeof usageMetricsEnvironment>) {
    this.events = new EventsConfig(environment);
    this.retentionDays = environment.TENANTRY_USAGE_RETENTION_DAYS;
  }
}
