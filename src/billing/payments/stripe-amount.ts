import { z } from 'zod';
import { exact } from '../money/decimal.js';

interface StripeUnit {
  /** Decimals that Stripe's integers stand for. They are Stripe's own, and not always those of ISO 4217. */
  readonly places: number;
  /** Of what an integer must be a multiple. */
  readonly step: string;
}

/** docs.stripe.com/currencies: "zero-decimal", "three-decimal" and "special cases". HUF and TWD differ in payouts alone. */
const special: readonly (readonly [codes: string, unit: StripeUnit])[] = [
  ['BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF', { places: 0, step: '1' }],
  // Without decimals since, and with two for the sake of those who came before.
  ['ISK UGX', { places: 2, step: '100' }],
  // The networks of cards take no third one.
  ['BHD JOD KWD OMR TND', { places: 3, step: '10' }],
];
/** Of more than two decimals, and not among Stripe's. */
const unknown: ReadonlySet<string> = new Set('CLF IQD LYD UYW'.split(' '));

const units: ReadonlyMap<string, StripeUnit> = new Map(
  special.flatMap(([codes, unit]) => codes.split(' ').map((code) => [code, unit] as const)),
);

function unitOf(currency: string): StripeUnit | undefined {
  return unknown.has(currency) ? undefined : (units.get(currency) ?? { places: 2, step: '1' });
}

export type MinorUnits =
  { readonly state: 'exact'; readonly minor: number } | { readonly state: 'refused'; readonly reason: string };

/**
 * An amount as Stripe counts it.
 * @param amount a decimal string
 * @param currency ISO 4217, upper case
 */
export function toMinorUnits(amount: string, currency: string): MinorUnits {
  const unit = unitOf(currency);
  if (unit === undefined) return { state: 'refused', reason: `Stripe does not take ${currency}` };
  const minor = exact(amount).times(exact(`1${'0'.repeat(unit.places)}`));
  if (!minor.mod(exact(unit.step)).isZero()) {
    return { state: 'refused', reason: `Stripe cannot hold ${amount} ${currency}: it has too many decimals` };
  }
  // A whole number that is exact in JSON, or none.
  const read = z.int().safeParse(JSON.parse(minor.toFixed(0)));
  if (!read.success) return { state: 'refused', reason: `Stripe cannot hold ${amount} ${currency}: it is too much` };
  return { state: 'exact', minor: read.data };
}

/** What Stripe's integer stands for, as a decimal string. Undefined for a currency that it has no rule for. */
export function fromMinorUnits(minor: number, currency: string): string | undefined {
  const unit = unitOf(currency);
  if (unit === undefined) return undefined;
  const one = unit.places === 0 ? '1' : `0.${'1'.padStart(unit.places, '0')}`;
  return exact(BigInt(minor).toString()).times(exact(one)).toFixed(unit.places);
}
