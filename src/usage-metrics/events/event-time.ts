const shape = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

export type TimeFault = 'malformed' | 'out_of_range';

const minuteMs = 60_000;
const dayMinutes = 24 * 60;

/**
 * What is wrong with an event's time: RFC 3339 with at most nanoseconds, from 1970 on. A second 60 is taken where leap seconds are: in the last
 * minute, in UTC, of a month; none of its fractions. Offsets are less than 16 hours, as Postgres has them; no zone is further from UTC than 14.
 */
export function faultOfTime(text: string): TimeFault | undefined {
  const match = shape.exec(text);
  if (!match) return 'malformed';
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return 'malformed';
  if (hour > 23 || minute > 59 || second > 60) return 'malformed';
  const offset = offsetMinutes(match[8], Number(match[9] ?? 0), Number(match[10] ?? 0));
  if (offset === undefined) return 'malformed';
  const utcMinutes = hour * 60 + minute - offset;
  // The offset of Date.UTC: it takes the years 0 to 99 for 1900 to 1999.
  if (year < 1969) return 'out_of_range';
  const at = Date.UTC(year, month - 1, day) + utcMinutes * minuteMs;
  // Postgres has no time within a leap second, but its beginning.
  if (second === 60 && !(isLastMinuteOfMonth(at) && /^0*$/.test(match[7] ?? ''))) return 'malformed';
  return at < 0 ? 'out_of_range' : undefined;
}

function offsetMinutes(sign: string | undefined, hours: number, minutes: number): number | undefined {
  if (hours > 15 || minutes > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function isLastMinuteOfMonth(at: number): boolean {
  return (at / minuteMs) % dayMinutes === dayMinutes - 1 && new Date(at + minuteMs).getUTCDate() === 1;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
