import { z } from 'zod';
import { maxEvents } from './read-events.js';

/** A batch counts whole, so that less than the largest one would refuse it for ever. */
const eventsPerMinute = z.coerce
  .number()
  .int()
  .min(0)
  .max(1_000_000_000)
  .refine(
    (events) => events === 0 || events >= maxEvents,
    `must be 0, or at least ${maxEvents}: what one batch may hold`,
  );

/** How many usage events are taken. 0 is no limit. */
export const eventsEnvironment = z.object({
  TENANTRY_USAGE_RATE_LIMIT_PER_MINUTE: eventsPerMinute.default(600_000),
  TENANTRY_USAGE_RATE_LIMIT_OPERATOR_PER_MINUTE: eventsPerMinute.default(0),
});

export class EventsConfig {
  /** Events of a caller of a tenant. */
  readonly perMinute: number;
  /** Events of each operator key. */
  readonly operatorPerMinute: number;
  /** Of a call to the database. One request is never cut in two, so that a call can have as many as a request. */
  readonly callEvents = 2_000;
  readonly callBytes = 2 * 1024 * 1024;
  readonly callsAtOnce = 3;
  /**
   * While other calls are under way, events wait until there are so many, and no longer than so long. A call costs about as much as 20 events
   * do; more company would leave the database idle while 64 callers are answered, and then the callers while the database works.
   */
  readonly companyEvents = 24;
  readonly companyMs = 8;
  /** A call that takes longer is given up: the database's own limit on a statement is 8 s. */
  readonly answerWithinMs = 10_000;
  /** What may wait in memory. A request beyond it is refused. */
  readonly waitingEvents = 50_000;
  readonly waitingBytes = 32 * 1024 * 1024;

  constructor(environment: z.infer<typeof eventsEnvironment>) {
    this.perMinute = environment.TENANTRY_USAGE_RATE_LIMIT_PER_MINUTE;
    this.operatorPerMinute = environment.TENANTRY_USAGE_RATE_LIMIT_OPERATOR_PER_MINUTE;
  }
}
