import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

export const billingInterval = z.enum(['month', 'year']);
export type BillingInterval = z.infer<typeof billingInterval>;

/** Where the periods of a subscription are counted from: date and time of day that the clocks of the zone show then. */
export interface Anchor {
  readonly at: string;
  readonly zone: string;
  readonly interval: BillingInterval;
}

/** Half-open, RFC 3339 in UTC. `index` counts from 0 at the anchor. */
export interface BillingPeriod {
  readonly index: number;
  readonly from: string;
  readonly to: string;
}

const monthsOf = { month: 1, year: 12 } as const satisfies Record<BillingInterval, number>;

/**
 * The n-th period of a subscription. Its bounds are counted from the anchor, not from the period before, so that 31 January comes back
 * to the 31st after February. A time that the clocks skip is the same time after the skip; one that they show twice is the first.
 */
export function billingPeriod(anchor: Anchor, index: number): BillingPeriod {
  return { index, from: boundary(anchor, index).toString(), to: boundary(anchor, index + 1).toString() };
}

/** The period that holds an instant; undefined before the anchor. */
export function billingPeriodAt(anchor: Anchor, at: string): BillingPeriod | undefined {
  const instant = Temporal.Instant.from(at);
  const start = localTime(anchor);
  const there = instant.toZonedDateTimeISO(anchor.zone).toPlainDateTime();
  const months = start.until(there, { largestUnit: 'months' }).months;
  // Wall clocks that were turned, and days that a month lacks, make the guess one too high or too low.
  let index = (months - (months % monthsOf[anchor.interval])) / monthsOf[anchor.interval];
  while (Temporal.Instant.compare(boundary(anchor, index), instant) > 0) index -= 1;
  while (Temporal.Instant.compare(boundary(anchor, index + 1), instant) <= 0) index += 1;
  return index < 0 ? undefined : billingPeriod(anchor, index);
}

/** The periods from `index` on that had ended by an instant, in order: what a billing run has to catch up with. */
export function* endedPeriods(anchor: Anchor, index: number, by: string): Generator<BillingPeriod> {
  const until = Temporal.Instant.from(by);
  for (let next = index; ; next += 1) {
    const period = billingPeriod(anchor, next);
    if (Temporal.Instant.compare(Temporal.Instant.from(period.to), until) > 0) return;
    yield period;
  }
}

/** When a trial ends: the same time of day, so many calendar days later. */
export function trialEnd(from: string, days: number, zone: string): string {
  return Temporal.Instant.from(from).toZonedDateTimeISO(zone).add({ days }).toInstant().toString();
}

/** The version of the zone data that bounds are computed with (temporal-polyfill asks Intl, which has it from Node), such as `2026c`. */
export function zoneDataVersion(): string {
  return process.versions['tz'] ?? 'unknown';
}

function boundary(anchor: Anchor, index: number): Temporal.Instant {
  const local = localTime(anchor).add({ months: index * monthsOf[anchor.interval] });
  return local.toZonedDateTime(anchor.zone).toInstant();
}

function localTime({ at, zone }: Anchor): Temporal.PlainDateTime {
  return Temporal.Instant.from(at).toZonedDateTimeISO(zone).toPlainDateTime();
}
