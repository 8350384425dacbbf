import { Temporal } from 'temporal-polyfill';

// Not from Intl: its texts change with Node, and a document that was sent shall be the same when it is asked for again.
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** The day that the clocks of a zone have at an instant: `1 March 2026`. */
export function dayText(instant: string, zone: string): string {
  return dayOf(Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDate());
}

/**
 * A half-open period as people write it: with its last day where it is made of whole days (`1 March 2026 – 31 March 2026`), else with the times
 * of its bounds (`1 March 2026, 14:30 – 16 March 2026, 00:00`).
 */
export function periodText({ from, to }: { readonly from: string; readonly to: string }, zone: string): string {
  const start = Temporal.Instant.from(from).toZonedDateTimeISO(zone);
  const end = Temporal.Instant.from(to).toZonedDateTimeISO(zone);
  if (![start, end].every((bound) => bound.equals(bound.startOfDay()))) return `${timeOf(start)} – ${timeOf(end)}`;
  const last = end.toPlainDate().subtract({ days: 1 });
  return start.toPlainDate().equals(last) ? dayOf(last) : `${dayOf(start.toPlainDate())} – ${dayOf(last)}`;
}

function dayOf({ day, month, year }: Temporal.PlainDate): string {
  return `${day} ${months[month - 1]} ${year}`;
}

function timeOf(at: Temporal.ZonedDateTime): string {
  const smallestUnit = at.second === 0 ? 'minute' : 'second';
  return `${dayOf(at.toPlainDate())}, ${at.toPlainTime().toString({ smallestUnit })}`;
}
