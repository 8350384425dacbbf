import { z } from 'zod';
import type { InputFault } from '../../platform/errors.js';
import { memberOf, whateverElse } from '../../platform/http/faulty-input.js';
import { displayText } from '../../platform/http/schemas.js';
import { minorDigits } from '../money/currency.js';
import { decimalString, exact, quantityLimits } from '../money/decimal.js';
import { type Invoice, money } from './invoice.js';

const maxLines = 1_000;

const creditLine = z.strictObject({
  line: z.int().min(1).max(100_000).optional().describe('Which line of the invoice it takes back'),
  amount: money,
  quantity: decimalString({ ...quantityLimits, sign: 'positive' }).optional(),
  description: displayText(500).optional(),
});

export const newCreditNote = z
  .strictObject({
    reason: displayText(500).describe('The tenant sees it too'),
    lines: z.array(creditLine).min(1).max(maxLines).optional(),
    amount: money.optional().describe('In one line'),
    all: z.literal(true).optional().describe('What earlier credit notes have left'),
  })
  .superRefine((given, context) => {
    const ways = ['lines', 'amount', 'all'].filter((member) => memberOf(given, member) !== undefined);
    if (ways.length === 1) return;
    context.addIssue({ code: 'custom', message: 'must have exactly one of lines, amount and all' });
  }, whateverElse)
  .meta({ id: 'NewCreditNote' });
export type NewCreditNote = z.infer<typeof newCreditNote>;

/** As the database takes it; times are those of the invoice's period where there is no line. */
export interface CreditLine {
  readonly component: string | null;
  readonly meter: string | null;
  readonly unit: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly quantity: string | null;
  readonly amount: string;
  readonly description: string;
}

export type CreditLines =
  | { readonly state: 'lines'; readonly lines: readonly CreditLine[] | null }
  | { readonly state: 'refused'; readonly faults: readonly InputFault[] };

/** What is taken back of an invoice, by its lines where they are named. Null: all that is left. Every fault at once. */
export function creditLines(invoice: Invoice, { lines, amount, all, reason }: NewCreditNote): CreditLines {
  if (all === true) return { state: 'lines', lines: null };
  const wanted = lines ?? [{ amount: amount ?? '0' }];
  const at = (index: number, member: string): string => (lines === undefined ? '/amount' : `/lines/${index}/${member}`);
  const faults = wanted.flatMap((given, index): InputFault[] => [
    ...moneyFaults(given.amount, invoice.currency, at(index, 'amount')),
    ...('line' in given && given.line !== undefined && lineOf(invoice, given.line) === undefined
      ? [{ pointer: at(index, 'line'), message: 'is no line of the invoice' }]
      : []),
  ]);
  if (faults.length > 0) return { state: 'refused', faults };
  return { state: 'lines', lines: wanted.map((given) => creditOf(invoice, given, reason)) };
}

/** An amount has no more decimals than its currency. */
export function moneyFaults(amount: string, currency: string, pointer: string): InputFault[] {
  const places = minorDigits(currency);
  if (exact(amount).decimalPlaces() <= places) return [];
  return [
    {
      pointer,
      message:
        places === 0 ? `must have no decimals in ${currency}` : `must have at most ${places} decimals in ${currency}`,
    },
  ];
}

function lineOf(invoice: Invoice, line: number): Invoice['lines'][number] | undefined {
  return invoice.lines.find((candidate) => candidate.line === line);
}

function creditOf(invoice: Invoice, given: z.infer<typeof creditLine>, reason: string): CreditLine {
  const { amount, quantity = null, description } = given;
  const of = given.line === undefined ? undefined : lineOf(invoice, given.line);
  if (of === undefined) return { ...ofNoLine, quantity, amount, description: description ?? reason };
  const { component, meter, unit, from, to } = of;
  return { component, meter, unit, from, to, quantity, amount, description: description ?? of.description ?? reason };
}

const ofNoLine = { component: null, meter: null, unit: null, from: null, to: null };
