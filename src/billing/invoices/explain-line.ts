import type { Decimal } from 'decimal.js';
import { groupedDigits } from '../money/grouped-digits.js';
import { moneyText, roundMoney } from '../money/round-lines.js';
import { decimalText, exact, hundred, roundedTo } from '../money/decimal.js';

/** A step as it is stored: not only of the kinds that rating makes. Decimal strings; `quantity` may be a share, `15/30`. */
export interface StoredStep {
  readonly step: string;
  readonly tier?: number | undefined;
  readonly quantity?: string | undefined;
  readonly rate?: string | undefined;
  readonly amount: string;
}

/** A line in words. That of the rounding has no steps, and says what it stands for. */
export function explained(
  { kind, amount, explanation }: { kind: string; amount: string; explanation: readonly StoredStep[] },
  currency: string,
): string[] {
  if (kind !== 'rounding') return explainLine(explanation, currency);
  const value = exact(amount);
  const off = `${shownMoney(value.abs().toFixed(), currency)} ${value.isNegative() ? 'more' : 'less'}`;
  return [`the lines, each rounded, come to ${off} than what they are together`];
}

/**
 * A line's steps in words, one sentence each, in their order: `first 1,000 included`, `4,000 × 0.0020 = 8.00`.
 * @param steps decimal strings; what they add up to is the line's amount before rounding
 */
export function explainLine(steps: readonly StoredStep[], currency: string): string[] {
  return steps.map((step) => sentence(step, currency));
}

function sentence({ step, tier, quantity = '1', rate = '0', amount }: StoredStep, currency: string): string {
  const money = (text: string): string => shownMoney(text, currency);
  const within = tier === undefined ? '' : `tier ${tier + 1}: `;
  const product = (what = groupedDigits(quantity)): string => `${within}${what} × ${money(rate)} = ${money(amount)}`;
  switch (step) {
    case 'included':
      return `first ${groupedDigits(quantity)} included`;
    case 'flat':
      return `flat fee ${money(amount)}`;
    case 'unit':
    case 'tier':
      return product();
    case 'tier_flat':
      return `${within}flat fee ${money(amount)}`;
    case 'package':
      return product(quantity === '1' ? '1 package' : `${groupedDigits(quantity)} packages`);
    case 'percent':
      return `${within}${groupedDigits(rate)} % of ${money(quantity)} = ${money(amount)}`;
    case 'dynamic':
      return rate === '1'
        ? `prices of the events: ${money(quantity)}`
        : `prices of the events: ${money(quantity)} × ${groupedDigits(rate)} = ${money(amount)}`;
    case 'minimum':
      return `raised to the minimum of ${money(rate)}: ${money(amount)} more`;
    case 'maximum':
      return `lowered to the maximum of ${money(rate)}: ${money(amount)}`;
    case 'true_up':
      return `commitment of ${money(rate)}${isWhole(quantity) ? '' : ` for ${shownShare(quantity)}`} not reached: ${money(amount)} more`;
    case 'proration':
      return `for ${shownShare(quantity)}: ${money(amount)}`;
    case 'trial':
      return `trial: ${groupedDigits(quantity)} free of charge`;
    default:
      return `${step.replaceAll('_', ' ')}: ${money(amount)}`;
  }
}

/** All of its digits, and at least those of the currency: `0.0020` stays so, `8` is `8.00`. */
function shownMoney(text: string, currency: string): string {
  const rounded = roundMoney(exact(text), currency);
  return groupedDigits(rounded.eq(exact(text)) ? moneyText(rounded, currency) : text);
}

function isWhole(share: string): boolean {
  const [part, whole = '1'] = share.split('/');
  return part === whole;
}

/** `1296000/2592000` as `1/2 of the period (50 %)`. */
function shownShare(share: string): string {
  const [part, whole] = share.split('/');
  if (part === undefined || whole === undefined) return share;
  const percent = roundedTo(exact(part).times(hundred).div(exact(whole)), 2).toFixed();
  return `${reduced(part, whole)} of the period (${percent} %)`;
}

function reduced(part: string, whole: string): string {
  const divisor = greatestCommonDivisor(exact(part), exact(whole));
  return `${decimalText(exact(part).div(divisor))}/${decimalText(exact(whole).div(divisor))}`;
}

/** Ends for decimals too: both are whole numbers of the last place that either has. */
function greatestCommonDivisor(a: Decimal, b: Decimal): Decimal {
  return b.isZero() ? a : greatestCommonDivisor(b, a.mod(b));
}
