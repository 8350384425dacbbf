import { CronTime } from 'cron';

/** After so many starts were missed, as the real controller, only the latest is looked for, and that is told. */
export const MANY_MISSED = 100;

export interface Schedule {
  /** The first time after that one, in milliseconds; undefined when there is none, as for a 30th of February. */
  next(afterMs: number): number | undefined;
}

/** A schedule of five fields or a `@` name, in a time zone (UTC without one). Throws when it is none. */
export function parseSchedule(schedule: string, timeZone: string | undefined): Schedule {
  const time = new CronTime(schedule.replaceAll('?', '*'), timeZone ?? 'UTC');
  return {
    next: (afterMs) => {
      try {
        return time.getNextDateFrom(new Date(afterMs), timeZone ?? 'UTC').toMillis();
      } catch {
        // The library tells only by an exception that no date was found in the next years.
        return undefined;
      }
    },
  };
}

/** The latest start that was due between two times, how many were due, and the first one after. Milliseconds. */
export function dueBetween(schedule: Schedule, fromMs: number, nowMs: number) {
  let latest: number | undefined;
  let missed = 0;
  let next = schedule.next(fromMs);
  while (next !== undefined && next <= nowMs) {
    latest = next;
    missed += 1;
    const following = schedule.next(next);
    // Far behind: starts are evenly spaced enough to go on from shortly before now.
    const step = following === undefined ? 0 : following - next;
    next = missed === MANY_MISSED ? schedule.next(Math.max(next, nowMs - 3 * step)) : following;
  }
  return { latest, missed, next };
}
