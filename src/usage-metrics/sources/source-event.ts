import type { OwnType } from '../events/own-events.js';
import type { PendingEvent } from '../events/pending-event.js';

/** An event that Tenantry makes itself. The same `source` and `id` always say the same, so that sending it again changes nothing. */
export interface SourceEvent {
  readonly tenantId: string;
  readonly type: OwnType;
  readonly source: string;
  readonly id: string;
  /** RFC 3339. What the event tells of begins then, which decides what quarter of an hour it counts for. */
  readonly time: string;
  /** Quantities are decimal text. */
  readonly data: Readonly<Record<string, string | number | null | undefined>>;
}

export function pendingOf({ tenantId, data, ...event }: SourceEvent): PendingEvent {
  const json = JSON.stringify({
    specversion: '1.0',
    ...event,
    subject: tenantId,
    datacontenttype: 'application/json',
    data,
  });
  return { tenantId, json };
}
