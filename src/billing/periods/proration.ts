import type { Decimal } from 'decimal.js';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { decimalText, exact } from '../money/decimal.js';

/** `none`: whatever is begun is owed whole. `per_second`: by the time that passes. `per_day`: by the dates of the tenant's zone. */
export const proration = z.enum(['none', 'per_second', 'per_day']);
export type Proration = z.infer<typeof proration>;

/** Half-open, RFC 3339. */
export interface TimeSpan {
  readonly from: string;
  readonly to: string;
}

/** part/whole, in seconds or in days. */
export interface Share {
  readonly part: Decimal;
  readonly whole: Decimal;
}

const nanosecondsPerSecond = exact('1000000000');

/**
 * What part of a period a segment of it is. Segments that tile the period have parts that add up to the whole.
 *
 * By day, a date belongs to the segment that begins on it, or holds its beginning; several changes on one date leave it to the last of them.
 * @param period not empty, by its instants and by its dates
 */
export function shareOf(segment: TimeSpan, period: TimeSpan, by: Exclude<Proration, 'none'>, zone: string): Share {
  const measure = by === 'per_second' ? secondsOf : daysOf;
  return { part: measure(segment, zone), whole: measure(period, zone) };
}

/** Multiplied before it is divided: exact wherever the result has an end. */
export function prorated(amount: Decimal, { part, whole }: Share): Decimal {
  return amount.times(part).div(whole);
}

/** `1296000/2592000` */
export function shareText({ part, whole }: Share): string {
  return `${decimalText(part)}/${decimalText(whole)}`;
}

function secondsOf({ from, to }: TimeSpan): Decimal {
  const nanoseconds = Temporal.Instant.from(to).epochNanoseconds - Temporal.Instant.from(from).epochNanoseconds;
  return exact(nanoseconds.toString()).div(nanosecondsPerSecond);
}

function daysOf({ from, to }: TimeSpan, zone: string): Decimal {
  return exact(dateOf(from, zone).until(dateOf(to, zone), { largestUnit: 'days' }).days.toString());
}

function dateOf(at: string, zone: string): Temporal.PlainDate {
  return Temporal.Instant.from(at).toZonedDateTimeISO(zone).toPlainDate();
}
