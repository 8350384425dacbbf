import type { Decimal } from 'decimal.js';
import { roundedTo, sumOf } from './decimal.js';
import { minorDigits } from './currency.js';

export interface RoundedLines {
  /** Each amount rounded by itself: at most half a minor unit from what it was. */
  readonly lines: readonly Decimal[];
  /** What the rounded lines lack of the total, or have too much. */
  readonly residual: Decimal;
  /** The sum of the exact amounts, rounded once. */
  readonly total: Decimal;
}

/** Rounds amounts of one currency so that lines + residual = total. */
export function roundLines(amounts: readonly Decimal[], currency: string): RoundedLines {
  const lines = amounts.map((amount) => roundMoney(amount, currency));
  const total = roundMoney(sumOf(amounts), currency);
  return { lines, total, residual: total.minus(sumOf(lines)) };
}

/** Half away from zero, to the decimals of the currency. */
export function roundMoney(amount: Decimal, currency: string): Decimal {
  return roundedTo(amount, minorDigits(currency));
}

/** With all decimals of the currency: `10.00`, `10`, `10.000`. @param amount is rounded already */
export function moneyText(amount: Decimal, currency: string): string {
  return amount.toFixed(minorDigits(currency));
}
