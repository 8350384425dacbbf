import { z } from 'zod';
import { decimalString } from '../money/decimal.js';
import { id, instant } from '../../platform/http/schemas.js';

/** An amount that somebody pays or takes back; its decimals are judged by the currency of the invoice. */
export const money = decimalString({ wholeDigits: 16, places: 4, sign: 'positive' });

/** `gathering` while its period runs, `draft` once it is rated; from `finalized` on it has a number and never changes. */
export const invoiceState = z.enum(['gathering', 'draft', 'finalized', 'paid', 'void', 'uncollectible']);

/** How a quantity became an amount, step by step; the amounts of the steps add up to `unrounded`. */
const explanationStep = z.object({
  step: z.string(),
  tier: z.int().optional(),
  quantity: z.string().optional(),
  rate: z.string().optional(),
  amount: z.string(),
});

/** Decimal strings: `amount` with the decimals of the currency, `unrounded` and `quantity` with all they have. */
export const invoiceLine = z
  .object({
    line: z.int(),
    kind: z.enum(['recurring', 'usage', 'true_up', 'rounding', 'adjustment', 'credit']),
    description: z.string().nullable(),
    component: z.string().nullable(),
    meter: z.string().nullable(),
    unit: z.string().nullable(),
    from: instant,
    to: instant,
    quantity: z.string().nullable(),
    price_version: z.string().nullable(),
    amount: z.string(),
    unrounded: z.string(),
    explanation: z.array(explanationStep),
    explained: z.array(z.string()).describe('The same in words, a sentence for each step'),
    inputs_hash: z.string().describe('SHA-256 of all that the line was made of'),
    query: z.string().nullable().describe('The request that gives the quantity again; null where nothing was counted'),
    adjusts_invoice: id.nullable().describe('The invoice that an adjustment, or a line of a credit note, corrects'),
  })
  .meta({ id: 'InvoiceLine' });
export type ShownLine = z.infer<typeof invoiceLine>;

/** Who sells or who buys, as they were called when the invoice got its number. */
const billingParty = z
  .object({
    name: z.string(),
    email: z.string().nullable(),
    address: z.array(z.string()),
    tax_id: z.string().nullable(),
  })
  .meta({ id: 'BillingParty' });
export type BillingParty = z.infer<typeof billingParty>;

const billingSeller = billingParty
  .extend({ payment_note: z.string().nullable().describe('How to pay: a bank account, or where else') })
  .meta({ id: 'BillingSeller' });

/** Without its lines, as lists have it. A credit note has its amounts not negative: they are what is given back. */
export const invoiceSummary = z
  .object({
    id,
    kind: z.enum(['invoice', 'credit_note']),
    number: z.string().nullable(),
    state: invoiceState,
    tenant_id: id,
    subscription_id: id,
    corrects: id.nullable(),
    closing: z
      .boolean()
      .describe('Whether it bills, after the end of a subscription, what usage that came late made of earlier periods'),
    reason: z.string().nullable().describe('Of a credit note, and of what was voided or written off'),
    period: z.object({ index: z.int(), from: instant, to: instant }),
    currency: z.string(),
    time_zone: z.string(),
    zone_data_version: z.string().nullable(),
    subtotal: z.string(),
    rounding: z.string(),
    total: z.string(),
    credit_applied: z.string(),
    credited: z.string().describe('What credit notes took off'),
    amount_paid: z.string(),
    amount_due: z.string(),
    seller: billingSeller.nullable(),
    buyer: billingParty.nullable(),
    run_id: id.nullable(),
    finalized_at: instant.nullable(),
    due_at: instant.nullable(),
    paid_at: instant.nullable(),
    voided_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
    etag: z.string(),
  })
  .meta({ id: 'InvoiceSummary' });
export type InvoiceSummary = z.infer<typeof invoiceSummary>;

export const invoice = invoiceSummary.extend({ lines: z.array(invoiceLine) }).meta({ id: 'Invoice' });
export type Invoice = z.infer<typeof invoice>;
