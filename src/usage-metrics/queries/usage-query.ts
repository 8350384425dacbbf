import { Temporal } from 'temporal-polyfill';
import type { WindowSize } from './windows.js';

/** What is asked of a meter. Subjects are ids of tenants; values of the filter are any of, null for events without the dimension. */
export interface UsageQuery {
  readonly slug: string;
  readonly from: string;
  readonly to: string;
  readonly windowSize: WindowSize | undefined;
  readonly timeZone: string;
  /** Of the windows: n + 1 ascending instants for n of them. */
  readonly bounds: readonly string[];
  readonly subjects: readonly string[];
  /** One row for each tenant, instead of one for all of them. */
  readonly bySubject: boolean;
  readonly groupBy: readonly string[];
  readonly filter: Readonly<Record<string, readonly (string | null)[]>>;
  /** Where whoever asks named dimensions, for faults: the database knows which ones there are. */
  readonly mentions: readonly Mention[];
}

export interface Mention {
  readonly dimension: string;
  readonly pointer: string;
}

/** One count. Members that are null: all tenants together; events without the dimension. */
export interface UsageRow {
  /** As near as a double comes to it. */
  readonly value: number;
  readonly value_decimal: string;
  readonly window_start: string;
  readonly window_end: string;
  /** The slug, or the id of a tenant that is gone. */
  readonly subject: string | null;
  readonly group_by: Record<string, string | null>;
}

const defaultDays = 30;
const quarterMs = 900_000;
/** Events may be as far ahead: what has been taken is in the answer to the next query. */
const aheadMs = 300_000;

/**
 * The range of a query that leaves its ends out: to the next full quarter of an hour that is five minutes ahead, from the beginning of the
 * day 30 days before that, by the clocks of the zone.
 */
export function rangeOf(
  asked: { from?: string | undefined; to?: string | undefined },
  zone: string,
  now: Date,
): { from: string; to: string } {
  const to = asked.to ?? new Date(Math.ceil((now.getTime() + aheadMs) / quarterMs) * quarterMs).toISOString();
  return { from: asked.from ?? daysBefore(to, zone), to };
}

function daysBefore(to: string, zone: string): string {
  const day = Temporal.Instant.from(to).toZonedDateTimeISO(zone).subtract({ days: defaultDays }).startOfDay();
  return day.toInstant().toString();
}

/** Microseconds count. */
export function isBefore(from: string, to: string): boolean {
  return Temporal.Instant.compare(from, to) < 0;
}

/** A decimal as near as a double comes to it; what is beyond all of them is the furthest, for JSON has no infinity. */
export function lossyNumber(decimal: string): number {
  return Math.min(Math.max(Number(decimal), -Number.MAX_VALUE), Number.MAX_VALUE);
}
