import { z } from 'zod';
import type { ProviderEvent } from './payment-provider.js';
import { fromMinorUnits } from './stripe-amount.js';

/** The members of an event, and of the invoice in it, that are looked at; as API version 2026-10-28 has them. */
const stripeEvent = z.object({
  id: z.string().min(1).max(255),
  type: z.string().max(255),
  created: z.int(),
  data: z.object({ object: z.looseObject({}) }),
});
const stripeInvoice = z.object({
  id: z.string(),
  currency: z.string(),
  amount_paid: z.int(),
  metadata: z.record(z.string(), z.string()).nullish(),
  last_finalization_error: z.object({ message: z.string().nullish() }).nullish(),
  attempt_count: z.int().nullish(),
});

/** What Stripe tells of an invoice that comes to this, and the member that says when. */
const ends: Readonly<Record<string, { readonly type: string; readonly at: string }>> = {
  paid: { type: 'invoice.paid', at: 'paid_at' },
  void: { type: 'invoice.voided', at: 'voided_at' },
  uncollectible: { type: 'invoice.marked_uncollectible', at: 'marked_uncollectible_at' },
};

const meanings: Readonly<Record<string, ProviderEvent['means']>> = {
  'invoice.paid': 'paid',
  'invoice.payment_failed': 'failed',
  'invoice.voided': 'void',
  'invoice.marked_uncollectible': 'uncollectible',
};

const reasons: Readonly<Record<string, (tries: number) => string>> = {
  'invoice.payment_failed': (tries) => `Stripe could not collect it, at try ${tries}`,
  'invoice.voided': () => 'it was voided at Stripe',
  'invoice.marked_uncollectible': () => 'it was marked uncollectible at Stripe',
};

/** The metadata of our invoices at Stripe. */
export const invoiceKey = 'tenantry_invoice';
export const attemptKey = 'tenantry_attempt';

/**
 * What an event says of what is owed, and nothing else of it: Stripe's objects hold names and addresses.
 * @param json of a body whose signature was verified
 * @returns undefined for what is no event
 */
export function readStripeEvent(json: unknown): ProviderEvent | undefined {
  const parsed = stripeEvent.safeParse(json);
  if (!parsed.success) return undefined;
  const { id, type, created, data } = parsed.data;
  const told = { id, type, happened_at: new Date(created * 1_000).toISOString() };
  const means = meanings[type] ?? null;
  const invoice = means === null ? undefined : stripeInvoice.safeParse(data.object).data;
  if (invoice === undefined) {
    return { ...told, means: null, invoice_id: null, reference: null, amount: null, currency: null, reason: null };
  }
  const currency = invoice.currency.toUpperCase();
  return {
    ...told,
    means,
    invoice_id: invoice.metadata?.[invoiceKey] ?? null,
    reference: invoice.id,
    amount: fromMinorUnits(invoice.amount_paid, currency) ?? null,
    currency,
    reason: reasons[type]?.(invoice.attempt_count ?? 1) ?? null,
  };
}

/** The members of an invoice, as Stripe answers it, that say what has come of it. */
export interface AnsweredInvoice {
  readonly id: string;
  readonly status: string | null;
  readonly status_transitions: object;
}

/**
 * The event that Stripe sends when an invoice comes to its end, made of the invoice.
 * @param invoiceId ours; by the reference that was asked for, whatever somebody has made of the metadata since
 * @returns undefined where it has not come to an end. Of one that is open Stripe does not say here whether a try has failed or is under way
 * @throws Error where it is not understood: what is not understood is not "nothing has come of it"
 */
export function eventOfStripeInvoice(invoice: AnsweredInvoice, invoiceId: string): ProviderEvent | undefined {
  const { id, status, status_transitions: transitions } = invoice;
  const end = status === null ? undefined : ends[status];
  if (end === undefined) return undefined;
  const created: unknown = Object.entries(transitions).find(([name]) => name === end.at)?.[1];
  const read = readStripeEvent({ id: `asked-${id}-${status}`, type: end.type, created, data: { object: invoice } });
  if (typeof read?.means !== 'string') throw new Error('an invoice that Stripe answered is not understood');
  return { ...read, invoice_id: invoiceId };
}
