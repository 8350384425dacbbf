import type { AppendReceipt, PendingEvent } from './pending-event.js';

export interface AppendOptions {
  /** All of them, or none where one is refused. */
  readonly atomic: boolean;
  readonly signal?: AbortSignal;
}

/** Where events are kept for good. */
export abstract class EventLog {
  /**
   * Resolves after the commit. Appending the same events again changes nothing, and reports them as duplicates.
   * @throws DatabaseError when it is not known what became of them, or they were not taken
   */
  abstract append(events: readonly PendingEvent[], options: AppendOptions): Promise<AppendReceipt>;
}
