import { Temporal } from 'temporal-polyfill';

export const windowSizes = ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'] as const;
export type WindowSize = (typeof windowSizes)[number];

/** A week of minutes: the most windows that one query is answered in. */
export const maxWindows = 10_080;

/** No window is longer, wherever the clocks are turned; a date that is skipped is in none. */
const longestMinutes = { MINUTE: 2, HOUR: 180, DAY: 1_800, WEEK: 14_400, MONTH: 46_080 } as const satisfies Record<
  WindowSize,
  number
>;

/** Temporal knows no instant after it. */
const endOfTime = 8_640_000_000_000_000_000_000n;

/** Half-open, as RFC 3339 with at most six places of a second. */
export interface TimeRange {
  readonly from: string;
  readonly to: string;
}

/**
 * Cuts a range into windows where the clocks of a time zone say that a minute, hour, day, ISO week or month begins.
 * @param size absent: one window
 * @param zone IANA name
 * @returns the bounds in UTC, ascending: n + 1 for n windows, beginning with `from` and ending with `to`, so that the first and the last
 * window may be shorter than the others; undefined when there would be more than `maxWindows`. An hour in which the clocks change by less
 * than an hour lasts until they next show a full one; a day that is skipped has no window.
 */
export function windowBounds(
  { from, to }: TimeRange,
  size: WindowSize | undefined,
  zone: string,
): string[] | undefined {
  const begin = Temporal.Instant.from(from);
  const end = Temporal.Instant.from(to);
  const bounds = [begin.toString()];
  if (size !== undefined) {
    // Told before they are counted, which takes time.
    if (end.since(begin).total('minutes') / longestMinutes[size] > maxWindows) return undefined;
    for (const start of startsOf(begin, size, zone)) {
      if (Temporal.Instant.compare(start, end) >= 0) break;
      if (bounds.length === maxWindows) return undefined;
      bounds.push(textOf(start));
    }
  }
  bounds.push(end.toString());
  return bounds;
}

/** Windows begin on full seconds. An instant's own text takes three times as long, and up to 10,080 are made. */
function textOf(start: Temporal.Instant): string {
  return `${new Date(start.epochMilliseconds).toISOString().slice(0, 19)}Z`;
}

/** Where windows begin after an instant. */
function startsOf(after: Temporal.Instant, size: WindowSize, zone: string): Generator<Temporal.Instant> {
  const local = after.toZonedDateTimeISO(zone);
  const today = local.toPlainDate();
  switch (size) {
    case 'MINUTE':
      return clockStarts(local, 60_000);
    case 'HOUR':
      return clockStarts(local, 3_600_000);
    case 'DAY':
      return dateStarts(after, today, { days: 1 }, zone);
    case 'WEEK':
      return dateStarts(after, today.subtract({ days: today.dayOfWeek - 1 }), { weeks: 1 }, zone);
    case 'MONTH':
      return dateStarts(after, today.with({ day: 1 }), { months: 1 }, zone);
  }
}

/** The first instants of every n-th date. Midnight may be missing, and so may the whole date: then it begins with the next one. */
function* dateStarts(
  after: Temporal.Instant,
  first: Temporal.PlainDate,
  step: Temporal.DurationLike,
  zone: string,
): Generator<Temporal.Instant> {
  let last = after;
  // Counted from the first date: adding to the one before would lose the days that a short month lacks.
  let date = first;
  for (;;) {
    const start = date.toZonedDateTime({ timeZone: zone }).toInstant();
    if (Temporal.Instant.compare(start, last) > 0) {
      yield start;
      last = start;
    }
    date = date.add(step);
  }
}

/** The instants at which the clocks show a multiple of `stepMs`, which is at most an hour: regular between two changes of the clocks. */
function* clockStarts(after: Temporal.ZonedDateTime, stepMs: number): Generator<Temporal.Instant> {
  const step = BigInt(stepMs) * 1_000_000n;
  let at = after;
  for (;;) {
    const change = at.getTimeZoneTransition('next');
    const until = change?.epochNanoseconds ?? endOfTime;
    for (let next = at.epochNanoseconds + BigInt(untilFull(at, stepMs)); next < until; next += step) {
      yield Temporal.Instant.fromEpochNanoseconds(next);
    }
    if (change === null) return;
    at = change;
    if (isFull(at, stepMs)) yield at.toInstant();
  }
}

/** Nanoseconds until the clocks would show a multiple of the step; a whole step where they do so now. */
function untilFull(at: Temporal.ZonedDateTime, stepMs: number): number {
  const sinceHour =
    ((at.minute * 60 + at.second) * 1_000 + at.millisecond) * 1_000_000 + at.microsecond * 1_000 + at.nanosecond;
  const step = stepMs * 1_000_000;
  return step - (sinceHour % step);
}

function isFull(at: Temporal.ZonedDateTime, stepMs: number): boolean {
  return untilFull(at, stepMs) === stepMs * 1_000_000;
}
