import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { instant as utcInstant } from '../../platform/http/schemas.js';

/**
 * An instant as RFC 3339; in UTC once it is parsed, so that equal ones are equal texts. To the microsecond, as the database keeps it: what stays
 * text in a component and what becomes a column must not come apart.
 */
export const instant = z.iso
  .datetime({ offset: true })
  .transform((text) =>
    Temporal.Instant.from(text).round({ smallestUnit: 'microsecond', roundingMode: 'floor' }).toString(),
  )
  .pipe(utcInstant);

/** False also where one of them is no instant: rules between members are judged beside faults of single ones. */
export function isBefore(a: string, b: string): boolean {
  return order(a, b) === -1;
}

/** False also where one of them is no instant. */
export function isAtOrAfter(a: string, b: string): boolean {
  return order(a, b) === 0 || order(a, b) === 1;
}

function order(a: string, b: string): number | undefined {
  try {
    return Temporal.Instant.compare(a, b);
  } catch {
    return undefined;
  }
}

/** An instant as the database writes it, to the microsecond; in UTC once it is parsed. */
export const storedInstant = z
  .string()
  .transform((text) => Temporal.Instant.from(text).toString())
  .pipe(z.iso.datetime());
