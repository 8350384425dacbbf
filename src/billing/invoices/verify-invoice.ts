import { z } from 'zod';
import { exact, sumOf } from '../money/decimal.js';
import { moneyText } from '../money/round-lines.js';
import { inputsHash } from '../rating/inputs-hash.js';
import { type InvoiceLine, ratePeriod } from '../rating/rate-period.js';
import type { Invoice, ShownLine } from './invoice.js';

const difference = z.object({
  pointer: z.string().describe('What differs in the invoice, as a JSON pointer'),
  stored: z.string().nullable(),
  computed: z.string().nullable(),
});
type Difference = z.infer<typeof difference>;

export const verification = z
  .object({
    ok: z.boolean(),
    rated_again: z.boolean().describe('False where there is nothing to rate from: then only the sums were checked'),
    differences: z.array(difference),
  })
  .meta({ id: 'InvoiceVerification' });
export type Verification = z.infer<typeof verification>;

const ratedKinds: ReadonlySet<string> = new Set(['recurring', 'usage', 'true_up', 'rounding']);
const texts = ['kind', 'component', 'meter', 'unit', 'price_version', 'inputs_hash'] as const;
const decimals = ['quantity', 'amount', 'unrounded'] as const;
const times = ['from', 'to'] as const;

/**
 * Rates an invoice's stored inputs once more, and compares lines, hashes and totals with what it says.
 * @param inputs what it was rated from, as it was stored; null: there is nothing to rate
 */
export function verifyInvoice(invoice: Invoice, inputs: unknown): Verification {
  const differences = [...sumDifferences(invoice), ...(inputs === null ? [] : ratingDifferences(invoice, inputs))];
  return { ok: differences.length === 0, rated_again: inputs !== null, differences };
}

function sumDifferences({ lines, currency, subtotal, rounding, total }: Invoice): Difference[] {
  const sum = (some: readonly ShownLine[]): string =>
    moneyText(sumOf(some.map(({ amount }) => exact(amount))), currency);
  return [
    ...differ('/subtotal', subtotal, sum(lines.filter(({ kind }) => kind !== 'rounding'))),
    ...differ('/rounding', rounding, sum(lines.filter(({ kind }) => kind === 'rounding'))),
    ...differ('/total', total, sum(lines)),
  ];
}

function ratingDifferences({ lines, currency }: Invoice, inputs: unknown): Difference[] {
  const rating = ratePeriod(inputs);
  if (rating.state === 'refused') {
    return rating.faults.map(({ pointer, message }) => ({
      pointer: `/inputs${pointer}`,
      stored: null,
      computed: message,
    }));
  }
  const { rated } = rating;
  const stored = lines.filter(({ kind }) => ratedKinds.has(kind));
  const missing = rated.lines.slice(stored.length);
  return [
    ...differ('/currency', currency, rated.currency),
    ...stored.flatMap((line, index) => lineDifferences(line, rated.lines[index])),
    ...missing.map(({ component, kind, amount }) => ({
      pointer: '/lines',
      stored: null,
      computed: `${kind} ${component ?? ''} ${amount}`,
    })),
  ];
}

function lineDifferences(stored: ShownLine, computed: InvoiceLine | undefined): Difference[] {
  const at = `/lines/${stored.line}`;
  if (computed === undefined) return [{ pointer: at, stored: `${stored.kind} ${stored.amount}`, computed: null }];
  return [
    ...texts.flatMap((member) => differ(`${at}/${member}`, stored[member], computed[member])),
    ...decimals.flatMap((member) => differ(`${at}/${member}`, plain(stored[member]), plain(computed[member]))),
    ...times.flatMap((member) =>
      differ(`${at}/${member}`, toMillisecond(stored[member]), toMillisecond(computed[member])),
    ),
    // By their hashes: a database gives members back in an order of its own.
    ...(inputsHash(stored.explanation) === inputsHash(computed.explanation)
      ? []
      : differ(`${at}/explanation`, JSON.stringify(stored.explanation), JSON.stringify(computed.explanation))),
  ];
}

function differ(pointer: string, stored: string | null, computed: string | null): Difference[] {
  return stored === computed ? [] : [{ pointer, stored, computed }];
}

/** `12.50` as `12.5`. */
function plain(decimal: string | null): string | null {
  return decimal === null ? null : exact(decimal).toFixed();
}

/** As the store reads times. */
function toMillisecond(at: string): string {
  return new Date(at).toISOString();
}
