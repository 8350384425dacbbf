import { z } from 'zod';

const decimal = z
  .string()
  .regex(
    /^(0|[1-9]\d{0,29})(\.\d{1,18})?$/,
    'a decimal such as "12.5", with at most 30 digits before the point and 18 after it',
  );

/** An amount, exact: a decimal string, or a whole number where JSON holds it exactly. Parsed to the string. */
export const amount = z
  .union([decimal, z.int().min(0).transform(String)])
  .describe('A decimal string, or a whole number. Not negative.');

export const positiveAmount = amount.refine((text) => !/^[0.]+$/.test(text), 'must be more than 0');

/** What the database says, as text. */
export const exact = z.string();

/** A quantity as API.md has it: a number for people, which may be rounded, beside the exact decimal. */
export function numberOf(decimalText: string | null): number | null {
  return decimalText === null ? null : Number(decimalText);
}
