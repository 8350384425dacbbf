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
