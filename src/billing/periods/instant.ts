import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { instant as utcInstant } from '../../platform/http/schemas.js';

/** In UTC, on a day that every month has. A run compares many, and texts of this form need not be taken apart for it. */
const canonical =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{0,5}[1-9])?)(?:Z|\+00:00)$/;

/**
 * An instant as RFC 3339; in UTC once it is parsed, so that equal ones are equal texts. To the microsecond, as the database keeps it: what stays
 * text in a component and what becomes a column must not come apart.
 */
export const instant = z.iso.datetime({ offset: true }).transform(inUtc).pipe(utcInstant);

/** An instant as the database writes it, to the microsecond; in UTC once it is parsed. */
export const storedInstant = z
  .string()
  .transform((text) => Temporal.Instant.from(text).toString())
  .pipe(z.iso.datetime());

/** For sorting. @throws RangeError where one of them is no instant */
export function compareInstants(a: string, b: string): number {
  const [x, y] = [canonical.exec(a)?.[1], canonical.exec(b)?.[1]];
  if (x === undefined || y === undefined) return Temporal.Instant.compare(a, b);
  // A fraction comes after the whole second that it begins with.
  return Buffer.compare(Buffer.from(x), Buffer.from(y));
}

/** False also where one of them is no instant: rules between members are judged beside faults of single ones. */
export function isBefore(a: string, b: string): boolean {
  return order(a, b) === -1;
}

/** False also where one of them is no instant. */
export function isAtOrAfter(a: string, b: string): boolean {
  return (order(a, b) ?? -1) >= 0;
}

function order(a: string, b: string): number | undefined {
  try {
    return compareInstants(a, b);
  } catch {
    return undefined;
  }
}

/** @param text a date that there is, at some offset */
function inUtc(text: string): string {
  const [, local] = canonical.exec(text) ?? [];
  if (local !== undefined) return `${local}Z`;
  return Temporal.Instant.from(text).round({ smallestUnit: 'microsecond', roundingMode: 'floor' }).toString();
}
