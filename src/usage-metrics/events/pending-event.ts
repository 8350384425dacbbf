/** An event on its way into the database. */
export interface PendingEvent {
  /** Whose it is, where the caller is of one tenant. */
  readonly tenantId?: string;
  /** The id or slug of the tenant as the event says it, where the database has to tell whose that is. */
  readonly subject?: string;
  /** When it arrived, in RFC 3339, where that was not now: out of the spool. */
  readonly receivedAt?: string;
  /** The JSON text of the CloudEvent, as it was sent. */
  readonly json: string;
}

/** An event that was not taken. `index` is its place among those sent. */
export interface Rejection {
  readonly index: number;
  readonly code: string;
  readonly message: string;
  /** Of a `conflict`: fingerprints (hex) of the event that is stored and of the one that was sent. */
  readonly stored?: string | undefined;
  readonly sent?: string | undefined;
}

/** What became of some events. Those that are neither duplicates nor rejected were accepted. */
export interface AppendReceipt {
  readonly accepted: number;
  /** Indexes. */
  readonly duplicates: readonly number[];
  readonly rejected: readonly Rejection[];
}
