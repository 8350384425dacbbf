import { Decimal } from 'decimal.js';
import { z } from 'zod';

/**
 * decimal.js rounds each result to a number of significant digits, 20 unless told otherwise. A quantity has at most 70 of them and a price 28,
 * so sums and products stay far below 200 and are exact; only what a division leaves is cut, beyond `settledPlaces`.
 * A constructor of our own: nobody else's `Decimal.set` reaches it.
 */
const Exact = Decimal.clone({ defaults: true, precision: 200, rounding: Decimal.ROUND_HALF_UP });

/** Places after which two values are one: further down only the traces of divisions differ, which must not decide where a half is rounded to. */
const settledPlaces = 60;
const explainedPlaces = 30;

export const zero = new Exact('0');
export const one = new Exact('1');
export const hundred = new Exact('100');
export const million = new Exact('1000000');

export interface DecimalLimits {
  /** Digits before and after the point. */
  readonly wholeDigits: number;
  readonly places: number;
  readonly sign: 'any' | 'not_negative' | 'positive';
  /** The largest value that is taken. */
  readonly most?: string;
}

export type ParsedDecimal =
  | { readonly state: 'parsed'; readonly value: Decimal }
  | { readonly state: 'refused'; readonly faults: readonly string[] };

/**
 * Reads a decimal as it travels: `-12.50`. No exponent, no sign but a minus, no leading zeros, no spaces, no other digits than 0 to 9.
 * @returns every fault, not only the first
 */
export function parseDecimal(text: string, limits: DecimalLimits): ParsedDecimal {
  // Longer than any number that is taken; a pattern over megabytes takes its time.
  const match = text.length > 400 ? null : /^-?(0|[1-9]\d*)(?:\.(\d+))?$/.exec(text);
  if (match === null) return { state: 'refused', faults: ['must be a decimal number such as "12.50"'] };
  const [, whole = '', fraction = ''] = match;
  const value = new Exact(text);
  const faults: string[] = [];
  if (whole.length > limits.wholeDigits) faults.push(`must have at most ${limits.wholeDigits} digits before the point`);
  if (fraction.length > limits.places) faults.push(`must have at most ${limits.places} decimals`);
  if (limits.sign !== 'any' && value.lt(zero)) faults.push('must not be negative');
  if (limits.sign === 'positive' && value.isZero()) faults.push('must be more than 0');
  if (limits.most !== undefined && value.gt(exact(limits.most))) faults.push(`must be at most ${limits.most}`);
  return faults.length > 0 ? { state: 'refused', faults } : { state: 'parsed', value: value.isZero() ? zero : value };
}

/** A decimal on the wire and in the database: it stays text, and `exact` makes a value of it. */
export function decimalString(limits: DecimalLimits): z.ZodString {
  return z.string().superRefine((text, context) => {
    const parsed = parseDecimal(text, limits);
    if (parsed.state === 'parsed') return;
    for (const message of parsed.faults) context.addIssue({ code: 'custom', message });
  });
}

/** What an amount of money is called in prices: not negative, at most 10^12 (a big contract in VND is more than a billion), 15 decimals. */
export const priceAmount = decimalString({ wholeDigits: 13, places: 15, sign: 'not_negative', most: '1000000000000' });

export const quantityLimits: DecimalLimits = { wholeDigits: 40, places: 30, sign: 'not_negative' };

/** @param text a decimal that was checked before, or an integer written by `String` of a bigint */
export function exact(text: string): Decimal {
  return new Exact(text);
}

/** Undefined for what is not a decimal, so that rules between members can be judged beside faults of single ones. */
export function exactOrUndefined(text: string): Decimal | undefined {
  const parsed = parseDecimal(text, { wholeDigits: 100, places: 100, sign: 'any' });
  return parsed.state === 'parsed' ? parsed.value : undefined;
}

export function sumOf(values: readonly Decimal[]): Decimal {
  return values.reduce((sum, value) => sum.plus(value), zero);
}

export function largerOf(a: Decimal, b: Decimal): Decimal {
  return a.gte(b) ? a : b;
}

export function smallerOf(a: Decimal, b: Decimal): Decimal {
  return a.lte(b) ? a : b;
}

/** Half away from zero, as `round(numeric, n)` in Postgres does it. Never minus zero. */
export function roundedTo(value: Decimal, places: number): Decimal {
  const rounded = value.toDecimalPlaces(settledPlaces).toDecimalPlaces(places);
  return rounded.isZero() ? zero : rounded;
}

/** Digits without an exponent: all of them where they end within 30 places, else 30. */
export function decimalText(value: Decimal): string {
  return roundedTo(value, explainedPlaces).toFixed();
}
