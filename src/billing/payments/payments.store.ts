import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { etagOfVersion } from '../../platform/http/etag.js';
import { rowInstant } from '../../platform/rows.js';
import { exact } from '../money/decimal.js';
import { moneyText } from '../money/round-lines.js';
import { type Payment, paymentState, type PaymentState } from './payment.js';
import type { Bill, Collected, Excess, PaymentProvider } from './payment-provider.js';

const paymentRow = z.object({
  invoice_id: z.string(),
  tenant_id: z.string(),
  provider: z.string(),
  state: paymentState,
  currency: z.string(),
  amount: z.string(),
  attempt: z.int(),
  reference: z.string().nullable(),
  error: z.string().nullable(),
  known_at: rowInstant.nullable(),
  call_at: rowInstant.nullable(),
  awaited_since: rowInstant.nullable(),
  failures: z.int(),
  stuck_since: rowInstant.nullable(),
  stuck_error: z.string().nullable(),
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

const excessOutcome = z
  .object({
    invoice_id: z.string(),
    reference: z.string(),
    attempt: z.int(),
    currency: z.string(),
    due: z.string(),
    state: z.string(),
  })
  .transform(({ invoice_id: invoiceId, ...row }) => ({ invoiceId, ...row }))
  .nullable();

const claimedRows = z.array(
  z
    .object({
      invoice_id: z.string(),
      state: paymentState,
      reference: z.string().nullable(),
      failures: z.int(),
    })
    .transform(({ invoice_id: invoiceId, ...row }) => ({ invoiceId, ...row })),
);
/** A payment of which this replica asks the provider. `failures`: how often that was in vain, since the last answer. */
export type DueCall = z.infer<typeof claimedRows>[number];

interface PaymentFilter {
  readonly state?: PaymentState | undefined;
  /** Whether the provider's answer is missing. */
  readonly stuck?: boolean | undefined;
}

/** Every query about payments. Times are RFC 3339, amounts decimal strings. */
@Injectable()
export class PaymentsStore {
  constructor(private readonly database: Database) {}

  /** Has a finalized invoice collected, once. */
  async plan(invoiceId: string, provider: PaymentProvider['name'], at: Date): Promise<void> {
    const args = { p_invoice_id: invoiceId, p_provider: provider, p_at: at.toISOString() };
    await this.database.rpc('billing_payment_plan', args, { idempotent: true });
  }

  /** Has the provider asked soon for no more than is due of an invoice, or of what a credit note corrects. */
  async recheck(invoiceId: string, at: Date): Promise<void> {
    const args = { p_invoice_id: invoiceId, p_at: at.toISOString() };
    await this.database.rpc('billing_payment_recheck', args, { idempotent: true });
  }

  /** Those that wait longest, for this replica alone until so many seconds are over. */
  async claim(provider: PaymentProvider['name'], at: Date, holdSeconds: number, limit: number): Promise<DueCall[]> {
    const args = { p_provider: provider, p_at: at.toISOString(), p_hold_seconds: holdSeconds, p_limit: limit };
    return claimedRows.parse(await this.database.rpc('billing_payments_claim', args));
  }

  /** @param askedAt before the provider was asked: the answer is of then, or later */
  async answered(invoiceId: string, askedAt: Date, at: Date): Promise<void> {
    const args = { p_invoice_id: invoiceId, p_asked_at: askedAt.toISOString(), p_at: at.toISOString() };
    await this.database.rpc('billing_payment_answered', args);
  }

  async unanswered(invoiceId: string, error: string, pauseMs: number, at: Date): Promise<void> {
    const args = { p_invoice_id: invoiceId, p_error: error, p_pause_ms: pauseMs, p_at: at.toISOString() };
    await this.database.rpc('billing_payment_unanswered', args);
  }

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

  /** @returns whether the attempt is still under way */
  async rememberInvoice({ invoiceId, attempt }: Bill, reference: string): Promise<boolean> {
    const args = { p_invoice_id: invoiceId, p_attempt: attempt, p_reference: reference };
    return z.boolean().parse(await this.database.rpc('billing_payment_reference', args, { idempotent: true }));
  }

  async end({ invoiceId, attempt }: Bill, end: Collected, at: Date, context: ChangeContext): Promise<void> {
    const args = { p_invoice_id: invoiceId, p_attempt: attempt, p_end: { ...end }, p_at: at.toISOString() };
    await this.database.rpc('billing_payment_end', { ...args, p_context: { ...context } }, { idempotent: true });
  }

  /** What the provider asks for beyond what is due. */
  async excess(provider: PaymentProvider['name'], invoiceId: string): Promise<Excess | undefined> {
    const args = { p_provider: provider, p_invoice_id: invoiceId };
    return excessOutcome.parse(await this.database.rpc('billing_payment_excess', args)) ?? undefined;
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
  async list(filter: PaymentFilter, limit: number, after: string | undefined): Promise<Payment[]> {
    const { state = null, stuck = null } = filter;
    const args = { p_state: state, p_stuck: stuck, p_after: after ?? null, p_limit: limit };
    return z
      .array(paymentRow)
      .parse(await this.database.rpc('billing_payments_list', args))
      .map(toPayment);
  }
}

function toPayment(row: PaymentRow): Payment {
  const { row_version, call_at, awaited_since, failures, stuck_since, stuck_error, ...payment } = row;
  return {
    ...payment,
    amount: moneyText(exact(row.amount), row.currency),
    next_call_at: call_at,
    stuck:
      stuck_since === null
        ? null
        : { since: stuck_since, calls: failures, error: stuck_error ?? '', dunning_waits: awaited_since !== null },
    etag: etagOfVersion(row_version),
  };
}
