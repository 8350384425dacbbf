/** One row of the outbox: something that happened, told to whoever listens. */
export interface OutboxMessage {
  /** Grows with each message of one instance, or of one tenant. */
  readonly id: number;
  /** RFC 3339, to the microsecond. */
  readonly at: string;
  readonly topic: string;
  readonly tenantId: string;
  readonly instanceId: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The instance as the change left it; null where the message is of none, or was written before the outbox was delivered. */
  readonly instance: { readonly status: string; readonly blueprint: string; readonly agents: number | null } | null;
}

/** A message that this replica delivers, until the lease of its claim is over. */
export interface ClaimedMessage extends OutboxMessage {
  readonly fence: number;
  /** Deliveries that failed before. */
  readonly attempts: number;
}

/**
 * Takes one message. It may be given the same one again: what it does must come to the same. Throwing has it given again later, and holds
 * back what follows of the same instance, or tenant. The signal is aborted when the lease is nearly over or the process drains.
 */
export type OutboxHandler = (message: OutboxMessage, signal: AbortSignal) => Promise<void>;

/** What became of a claimed message. `returned`: nobody has tried it. */
export type Settlement =
  | { readonly message: ClaimedMessage; readonly outcome: 'delivered' | 'returned' }
  | {
      readonly message: ClaimedMessage;
      readonly outcome: 'failed';
      readonly pauseMs: number;
      readonly error: string;
    };

const firstPauseMs = 1_000;
const longestPauseMs = 300_000;

/** How long a message waits that could not be delivered: doubled each time, at most five minutes. */
export function pauseAfter(attempts: number): number {
  return Math.min(firstPauseMs * 2 ** Math.min(attempts, 20), longestPauseMs);
}

/** Whether a topic is one of these; `instance.*` is every topic that begins with `instance.`. */
export function isAmong(topics: readonly string[], topic: string): boolean {
  return topics.some((each) => each === topic || (each.endsWith('.*') && topic.startsWith(each.slice(0, -1))));
}

/** Messages of one instance, or of one tenant where there is none: those are given in order, others beside them. */
export function bySubject(messages: readonly ClaimedMessage[]): ClaimedMessage[][] {
  return [...Map.groupBy(messages, ({ instanceId, tenantId }) => instanceId ?? tenantId).values()];
}
