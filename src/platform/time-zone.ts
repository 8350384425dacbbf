import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

/** Gone from the database of zones years ago. The ICU of Node has them still, Postgres does not. */
const gone = /^(SystemV\/.*|US\/Pacific-New|Canada\/East-Saskatchewan)$/i;

/**
 * An IANA name, in any case, links such as Asia/Calcutta included; no offset, which has no rules. What counts is what calculates: Temporal, which refuses
 * the abbreviations (PST, ACT) that Intl takes and everybody understands differently, and Postgres, for which some of them are offsets.
 */
export const timeZone = z.string().max(64).refine(isTimeZone, 'must be an IANA time zone, such as "Europe/Vienna"');

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name) || gone.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
