import { exact, sumOf } from '../money/decimal.js';
import { groupedDigits } from '../money/grouped-digits.js';
import { roundMoney } from '../money/round-lines.js';
import type { BillingParty, Invoice, ShownLine } from '../invoices/invoice.js';
import { dayText, periodText } from './local-dates.js';

export interface Labelled {
  readonly label: string;
  readonly value: string;
}

/** What is stamped on a document so that nobody takes it for something to be paid. */
export interface Mark {
  readonly text: 'DRAFT' | 'PAID' | 'VOID' | 'WRITTEN OFF';
  readonly tone: 'good' | 'bad' | 'neutral';
}

export interface DocumentParty {
  readonly name: string;
  /** Address, tax number, e-mail address. */
  readonly details: readonly string[];
}

export interface DocumentLine {
  readonly title: string;
  /** When, and how the amount was come to: a sentence each. */
  readonly details: readonly string[];
  /** With its unit; empty where nothing is counted. */
  readonly quantity: string;
  readonly amount: string;
}

/** All that a person reads of an invoice or a credit note, as text and in order: HTML and PDF only set it. */
export interface InvoiceDocument {
  readonly title: string;
  readonly mark: Mark | null;
  readonly facts: readonly Labelled[];
  readonly seller: DocumentParty | null;
  readonly buyer: DocumentParty | null;
  readonly currency: string;
  readonly lines: readonly DocumentLine[];
  /** From the subtotal down; the last one is what it all comes to. */
  readonly totals: readonly Labelled[];
  readonly notes: readonly string[];
  /** When it was written: RFC 3339. */
  readonly at: string;
}

/**
 * @param numbers the numbers of invoices that this one refers to, by their ids; one that is not there is called by its id
 */
export function documentOf(invoice: Invoice, numbers: ReadonlyMap<string, string>): InvoiceDocument {
  const kind = kinds[invoice.kind];
  return {
    title: invoice.number === null ? kind : `${kind} ${invoice.number}`,
    mark: markOf(invoice),
    facts: factsOf(invoice, numbers),
    seller: partyOf(invoice.seller),
    buyer: partyOf(invoice.buyer),
    currency: invoice.currency,
    lines: invoice.lines.filter((line) => line.kind !== 'rounding').map((line) => lineOf(line, invoice, numbers)),
    totals: totalsOf(invoice),
    notes: notesOf(invoice),
    at: invoice.finalized_at ?? invoice.created_at,
  };
}

const kinds = { invoice: 'Invoice', credit_note: 'Credit note' } as const;

/** A credit note is settled by being written: only what makes it none is marked. */
function markOf({ kind, state }: Invoice): Mark | null {
  switch (state) {
    case 'gathering':
    case 'draft':
      return { text: 'DRAFT', tone: 'neutral' };
    case 'void':
      return { text: 'VOID', tone: 'bad' };
    case 'uncollectible':
      return { text: 'WRITTEN OFF', tone: 'bad' };
    case 'paid':
      return kind === 'invoice' ? { text: 'PAID', tone: 'good' } : null;
    case 'finalized':
      return null;
  }
}

function factsOf(invoice: Invoice, numbers: ReadonlyMap<string, string>): Labelled[] {
  const { number, corrects, time_zone: zone } = invoice;
  const day = (label: string, at: string | null): Labelled[] =>
    at === null ? [] : [{ label, value: dayText(at, zone) }];
  return [
    ...(number === null ? [] : [{ label: `${kinds[invoice.kind]} no.`, value: number }]),
    ...day('Date', invoice.finalized_at),
    ...(corrects === null ? [] : [{ label: 'Corrects invoice', value: numbers.get(corrects) ?? corrects }]),
    { label: 'Billing period', value: periodText(invoice.period, zone) },
    ...(isOpen(invoice) ? day('Due date', invoice.due_at) : []),
    { label: 'Time zone', value: zone },
  ];
}

function partyOf(party: BillingParty | null): DocumentParty | null {
  if (party === null) return null;
  const { name, address, tax_id, email } = party;
  const known = [...address, ...(tax_id === null ? [] : [`Tax ID ${tax_id}`]), ...(email === null ? [] : [email])];
  return { name, details: known };
}

function isOpen({ state, kind }: Invoice): boolean {
  return kind === 'invoice' && state === 'finalized';
}

function lineOf(line: ShownLine, invoice: Invoice, numbers: ReadonlyMap<string, string>): DocumentLine {
  const { adjusts_invoice: adjusted } = line;
  const earlier = adjusted === null || adjusted === invoice.corrects ? [] : [numbers.get(adjusted) ?? adjusted];
  const quantity = line.quantity === null ? '' : quantityText(line.quantity, line.unit);
  const isPart = adjusted !== null && line.explanation.length > 0 && !addsUp(line, invoice.currency);
  return {
    title: titleOf(line),
    details: [
      ...(isPeriodOf(line, invoice) ? [] : [periodText(line, invoice.time_zone)]),
      ...subtitleOf(line),
      ...earlier.map((number) => `Corrects invoice ${number}`),
      ...(isPart && quantity !== '' ? [`Now in all: ${quantity}`] : []),
      ...stepsOf(line).map(capitalized),
    ],
    quantity: isPart ? '' : quantity,
    amount: groupedDigits(line.amount),
  };
}

/** A line of the whole period has the time that stands above all of them. */
function isPeriodOf({ from, to }: ShownLine, { period }: Invoice): boolean {
  return from === period.from && to === period.to;
}

/** How the amount was come to, in words. The one step of a credit would only say its amount again. */
export function stepsOf({ kind, explained }: ShownLine): readonly string[] {
  return kind === 'credit' ? [] : explained;
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** What late usage changed is a difference: the steps of its line, and its quantity, are those of the whole that it is now. */
function addsUp({ explanation, amount }: ShownLine, currency: string): boolean {
  return roundMoney(sumOf(explanation.map((step) => exact(step.amount))), currency).eq(exact(amount));
}

const kindWords = {
  recurring: 'Subscription',
  usage: 'Usage',
  true_up: 'Commitment',
  rounding: 'Rounding',
  adjustment: 'Adjustment',
  credit: 'Credit',
} as const satisfies Record<ShownLine['kind'], string>;

const acronyms: ReadonlySet<string> = new Set(
  'ai api cdn cpu db dns gpu http id io ip llm pdf sla sms sql ssd ssl sso tls url vat vm vpn'.split(' '),
);

/** `api_calls` as `API calls`; what has no component is called by its own words. */
export function titleOf({ description, component, kind }: ShownLine): string {
  if (component === null) return description === null || description.trim() === '' ? kindWords[kind] : description;
  const words = component
    .split('_')
    .map((word) => (acronyms.has(word) ? word.toUpperCase() : word))
    .join(' ');
  const name = capitalized(words);
  return kind === 'recurring' || kind === 'usage' ? name : `${name}: ${kindWords[kind].toLowerCase()}`;
}

/** A line's own words where they are not its title. */
export function subtitleOf({ description, component }: ShownLine): string[] {
  return component === null || description === null || description.trim() === '' ? [] : [description];
}

function quantityText(quantity: string, unit: string | null): string {
  return unit === null ? groupedDigits(quantity) : `${groupedDigits(quantity)} ${unit}`;
}

/** The currency comes first, so that digits stand under those of other amounts. The space does not break. */
function moneyOf(amount: string, currency: string): string {
  return `${currency}\u00A0${groupedDigits(amount)}`;
}

function some(label: string, amount: string, sign = ''): Labelled[] {
  return exact(amount).isZero() ? [] : [{ label, value: `${sign}${groupedDigits(amount)}` }];
}

function totalsOf(invoice: Invoice): Labelled[] {
  const { currency, subtotal, rounding, total, kind } = invoice;
  const parts = [{ label: 'Subtotal', value: groupedDigits(subtotal) }, ...some('Rounding', rounding)];
  const sum = moneyOf(total, currency);
  if (kind === 'credit_note') return [...parts, { label: 'Total credited', value: sum }];
  const due = lastTotals[invoice.state];
  const whole = [...parts, { label: 'Total', value: sum }];
  if (due === null) return whole;
  return [
    ...whole,
    ...some('Credits applied', invoice.credit_applied, '-'),
    ...some('Credit notes', invoice.credited, '-'),
    ...some('Paid', invoice.amount_paid, '-'),
    { label: due, value: moneyOf(invoice.amount_due, currency) },
  ];
}

/** What the amount that is due is called. Of a draft it is not known, and of what was voided nothing is asked for. */
const lastTotals = {
  gathering: null,
  draft: null,
  finalized: 'Amount due',
  paid: 'Amount due',
  void: null,
  uncollectible: 'Written off',
} as const satisfies Record<Invoice['state'], string | null>;

function notesOf(invoice: Invoice): string[] {
  const { reason, seller } = invoice;
  const howToPay = isOpen(invoice) ? (seller?.payment_note ?? '') : '';
  return [
    ...(reason === null ? [] : [`Reason: ${reason}`]),
    ...stateNotes(invoice),
    ...howToPay.split('\n').filter((line) => line.trim() !== ''),
  ];
}

function stateNotes({ kind, state, number, ...invoice }: Invoice): string[] {
  const zone = invoice.time_zone;
  const on = (at: string | null): string => (at === null ? '' : ` on ${dayText(at, zone)}`);
  switch (state) {
    case 'gathering':
    case 'draft':
      return [`This is a draft: it has no number, and its amounts may change.`];
    case 'void':
      return [`This ${kinds[kind].toLowerCase()} was voided${on(invoice.voided_at)}. Nothing is to be paid on it.`];
    case 'uncollectible':
      return ['This invoice was written off.'];
    case 'paid':
      if (kind === 'credit_note') return [];
      return exact(invoice.amount_paid).isZero()
        ? ['Nothing is to be paid.']
        : [`Paid${on(invoice.paid_at)}. Thank you.`];
    case 'finalized': {
      if (kind === 'credit_note') return [];
      const by = invoice.due_at === null ? '' : ` by ${dayText(invoice.due_at, zone)}`;
      return [`Please pay ${moneyOf(invoice.amount_due, invoice.currency)}${by} and give ${number} as the reference.`];
    }
  }
}
