import type { PendingEvent } from './pending-event.js';

/** Where events wait while the database is away. */
export abstract class EventFallback {
  /** Resolves when they are safe there. @throws TenantryError `spool_full`, and then none of them is kept */
  abstract append(events: readonly PendingEvent[]): Promise<void>;
}
