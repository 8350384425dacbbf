/** An event on its way into the log. */
export interface PendingEvent {
  readonly tenantId?: string;
  /** The JSON text of the CloudEvent. */
  readonly json: string;
}

export interface Submitted {
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly message: string }[];
}

/** Takes events for good: in the database, or on the local disk while that is away. */
export abstract class UsageSubmission {
  /** @throws when the events were not taken: the same ones may be sent again */
  abstract submit(events: readonly PendingEvent[]): Promise<Submitted>;
}
