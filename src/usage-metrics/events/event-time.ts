const day = String.raw`(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`;
const time = String.raw`([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d{1,9}))?`;
/** Less than 16 hours, as Postgres has them; no zone is further from UTC than 14. */
const offset = String.raw`(?:[Zz]|([+-])(0\d|1[0-5]):([0-5]\d))`;
const shape = new RegExp(`^${day}[Tt]${time}${offset}$`);

/** What needs no more than one look: UTC, from 1970 on, on a day that each month has, without leap seconds. */
const plain =
  /^(?:19[7-9]\d|[2-9]\d{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;

export type TimeFault = 'malformed' | 'out_of_range';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/**
 * What is wrong with an event's time: RFC 3339 with at most nanoseconds, from 1970 on. A second 60 is taken where leap seconds are: in the last
 * minute, in UTC, of a month; none of its fractions, for which Postgres has no time.
 */
export function faultOfTime(text: string): TimeFault | undefined {
  return plain.test(text) ? undefined : faultOfOther(text);
}

function faultOfOther(text: string): TimeFault | undefined {
  const match = shape.exec(text);
  if (!match) return 'malformed';
  const [year = 0, month = 0, dayOfMonth = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  if (dayOfMonth > daysOf(year, month)) return 'malformed';
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  if (year < 1969) return 'out_of_range';
  const minuteAt = Date.UTC(year, month - 1, dayOfMonth, hour, minute) - offsetMs(match.slice(8));
  if (second === 60 && !(isLastOfMonth(minuteAt) && Number(match[7] ?? 0) === 0)) return 'malformed';
  return minuteAt < 0 ? 'out_of_range' : undefined;
}

function offsetMs([sign, hours, minutes]: readonly (string | undefined)[]): number {
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * minuteMs;
}

function isLastOfMonth(minuteAt: number): boolean {
  const next = minuteAt + minuteMs;
  return next % dayMs === 0 && new Date(next).getUTCDate() === 1;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
