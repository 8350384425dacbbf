import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { etagOfVersion } from '../../platform/http/etag.js';
import { rowInstant } from '../../platform/rows.js';
import { exact } from '../money/decimal.js';
import { moneyText } from '../money/round-lines.js';
import type { Payment, PaymentState } from './payment.js';
import type { Bill, Collected, Excess, PaymentProvider } from './payment-provider.js';

const paymentRow = z.object({
  invoice_id: z.string(),
  tenant_id: z.string(),
  provider: z.string(),
  state: z.enum(['pending', 'open', 'paid', 'failed', 'refused', 'withdrawn']),
  currency: z.string(),
  amount: z.string(),
  attempt: z.int(),
  reference: z.string().nullable(),
  error: z.string().nullable(),
  row_version: z.int(),
  created_at: rowInstant,
  updated_at: rowInstant,
});
type PaymentRow = z.infer<typeof paymentRow>;

const beginOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['nothing_due', 'begun']) }),
  z.object({
    outcome: z.literal('pending'),
    again: z.boolean(),
    payment: paymentRow,
    invoice: z.object({ id: z.string(), number: z.string(), period_from: rowInstant, period_to: rowInstant }),
    tenant: z.object({
      id: z.string(),
      slug: z.string(),
      name: z.string(),
      metadata: z.record(z.string(), z.unknown()),
    }),
    customer: z.string().nullable(),
  }),
]);

const retryOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['not_found', 'nothing_due', 'not_ended']) }),
  z.object({ outcome: z.literal('requested'), payment: paymentRow }),
]);
export type RetryOutcome =
  | { readonly outcome: 'not_found' | 'nothing_due' | 'not_ended' }
  | { readonly outcome: 'requested'; readonly payment: Payment };

const excessRow = z.object({
  invoice_id: z.string(),
  reference: z.string(),
  attempt: z.int(),
  currency: z.string(),
  due: z.string(),
  state: z.string(),
});

/** Every query about payments. Times are RFC 3339, amounts decimal strings. */
@Injectable()
export class PaymentsStore {
  constructor(private readonly database: Database) {}

  /** What is to be collected; undefined where nothing is, or this was done. */
  async begin(invoiceId: string, provider: PaymentProvider['name'], at: Date): Promise<Bill | undefined> {
    const args = { p_invoice_id: invoiceId, p_provider: provider, p_at: at.toISOString() };
    const begun = beginOutcome.parse(await this.database.rpc('billing_payment_begin', args, { idempotent: true }));
    if (begun.outcome !== 'pending') return undefined;
    const { payment, invoice, tenant, customer, again } = begun;
    return {
      invoiceId: invoice.id,
      number: invoice.number,
      period: { from: invoice.period_from, to: invoice.period_to },
      currency: payment.currency,
      amount: payment.amount,
      attempt: payment.attempt,
      again: again || payment.attempt > 1,
      reference: payment.reference ?? undefined,
      tenant: { ...tenant, customer: customer ?? undefined },
    };
  }

  async rememberCustomer(tenantId: string, provider: string, reference: string): Promise<string> {
    const args = { p_tenant_id: tenantId, p_provider: provider, p_reference: reference };
    return z.string().parse(await this.database.rpc('billing_payment_customer', args, { idempotent: true }));
  }

  async rememberInvoice({ invoiceId, attempt }: Bill, reference: string): Promise<void> {
    const args = { p_invoice_id: invoiceId, p_attempt: attempt, p_reference: reference };
    await this.database.rpc('billing_payment_reference', args, { idempotent: true });
  }

  async end({ invoiceId, attempt }: Bill, end: Collected, at: Date, context: ChangeContext): Promise<void> {
    const args = { p_invoice_id: invoiceId, p_attempt: attempt, p_end: { ...end }, p_at: at.toISOString() };
    await this.database.rpc('billing_payment_end', { ...args, p_context: { ...context } }, { idempotent: true });
  }

  /** What the provider asks for beyond what is due: of one invoice, or of all, by id after the given one. */
  async excess(
    provider: PaymentProvider['name'],
    of: { readonly invoiceId?: string; readonly after?: string; readonly limit: number },
  ): Promise<Excess[]> {
    const { invoiceId = null, after = null, limit } = of;
    const args = { p_provider: provider, p_invoice_id: invoiceId, p_after: after, p_limit: limit };
    const rows = z.array(excessRow).parse(await this.database.rpc('billing_payments_excess', args));
    return rows.map(({ invoice_id, ...row }) => ({ invoiceId: invoice_id, ...row }));
  }

  async reduced({ invoiceId, attempt, due }: Excess, at: Date): Promise<void> {
    const args = { p_invoice_id: invoiceId, p_attempt: attempt, p_due: due, p_at: at.toISOString() };
    await this.database.rpc('billing_payment_reduced', args, { idempotent: true });
  }

  async retry(invoiceId: string, at: Date, context: ChangeContext): Promise<RetryOutcome> {
    const args = { p_invoice_id: invoiceId, p_at: at.toISOString(), p_context: { ...context } };
    const answer = retryOutcome.parse(await this.database.rpc('billing_payment_retry', args));
    return answer.outcome === 'requested' ? { ...answer, payment: toPayment(answer.payment) } : answer;
  }

  /** By invoice, after the given one. */
  async list(state: PaymentState | undefined, limit: number, after: string | undefined): Promise<Payment[]> {
    const args = { p_state: state ?? null, p_after: after ?? null, p_limit: limit };
    return z
      .array(paymentRow)
      .parse(await this.database.rpc('billing_payments_list', args))
      .map(toPayment);
  }
}

function toPayment({ row_version, ...row }: PaymentRow): Payment {
  return { ...row, amount: moneyText(exact(row.amount), row.currency), etag: etagOfVersion(row_version) };
}
