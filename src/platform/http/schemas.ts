import { z } from 'zod';

/** A name that Kubernetes takes as a label and DNS as a label: RFC 1123, at most `max` characters. */
export function dnsLabel(max = 63) {
  return z
    .string()
    .min(1)
    .max(max)
    .regex(
      /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/,
      'must be lower-case letters, digits and dashes, and begin and end with none',
    );
}

/** An id of ours. */
export const id = z.uuid();

/** RFC 3339 has a year 0, Postgres none; and what is finer than its microseconds it rounds, at the end of 9999 into a year that RFC 3339 has not. */
function isKept(text: string): boolean {
  return !text.startsWith('0000') && !/^9999-12-31T23:59:59\.\d{6}\d/.test(text);
}
const keptYears = 'must be in the years 0001 to 9999';

/** A moment: RFC 3339 in UTC with `Z`. */
export const instant = z.iso.datetime().refine(isKept, keptYears);

/** A date: `YYYY-MM-DD`. */
export const date = z.iso.date().refine(isKept, keptYears);

/** Text for people: not empty, no control characters. */
export function displayText(max: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'must hold no control characters');
}

/** The same over several lines. */
export function displayLines(max: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^(?:[^\p{Cc}]|\n)*$/u, 'must hold no control characters but new lines');
}

/** A whole number as a query or a path has it, in plain decimal digits. */
export function integerText(min: number, max: number) {
  return z.preprocess(
    (text) => (typeof text === 'string' && /^-?\d{1,15}$/.test(text) ? Number(text) : text),
    z.int('must be a whole number').min(min).max(max),
  );
}

/** `?flag=true`. */
export const booleanText = z.enum(['true', 'false']).transform((text) => text === 'true');

/** An object of anything JSON, at most `maxBytes` long when written. Depth and forbidden keys were checked at the door. */
export function jsonObject(maxBytes: number) {
  return z
    .record(z.string(), z.unknown())
    .refine(
      (value) => Buffer.byteLength(JSON.stringify(value)) <= maxBytes,
      `must be at most ${maxBytes} bytes as JSON`,
    );
}

/** A parameter of the query that may be repeated, or given once with commas between: at most `max` of them. */
export function listText<S extends z.ZodType<string>>(item: S, max: number) {
  return z.preprocess(splitTexts, z.array(item).max(max));
}

function splitTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.flatMap(splitTexts);
  return typeof value === 'string' ? value.split(',') : value;
}

/**
 * A body that its handler judges, so that what only the database knows to be wrong is told together with what the schema refuses. The document
 * shows the schema; the handler gets whatever JSON was sent, not judged yet.
 */
export function judgedByHandler(schema: z.ZodType): z.ZodType {
  // A catch that cannot be called without an input has no default to be shown.
  return schema
    .catch(({ value }: { readonly value: unknown }) => value)
    .refine((value) => value !== undefined, 'is required');
}
