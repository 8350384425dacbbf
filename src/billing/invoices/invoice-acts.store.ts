import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { exact } from '../money/decimal.js';
import { moneyText } from '../money/round-lines.js';
import type { CreditLine } from './credit-note.js';
import type { Invoice, InvoiceSummary } from './invoice.js';
import { invoiceRow, wholeInvoice } from './invoice-rows.js';

const changed = z.object({ invoice: invoiceRow });
const paid = z.object({ invoice: invoiceRow, to_credits: z.string() });
const noted = z.object({ note: z.unknown() });

/** When it happens, and who does it. */
export interface Act {
  readonly at: Date;
  readonly context: ChangeContext;
}

/** What changes invoices. Each call may be sent again; refusals are raised, `refusalOf` reads them. */
@Injectable()
export class InvoiceActsStore {
  constructor(private readonly database: Database) {}

  async finalize(id: string, termsDays: number, { at, context }: Act): Promise<InvoiceSummary> {
    const args = { p_invoice_id: id, p_at: at.toISOString(), p_terms_days: termsDays, p_context: { ...context } };
    return changed.parse(await this.database.rpc('billing_invoice_finalize', args, { idempotent: true })).invoice;
  }

  /** @param amount decimal; null: what is due */
  async pay(
    id: string,
    payment: { readonly provider: string; readonly reference: string; readonly amount: string | null },
    { at, context }: Act,
  ): Promise<{ invoice: InvoiceSummary; to_credits: string }> {
    const args = { p_invoice_id: id, p_payment: payment, p_at: at.toISOString(), p_context: { ...context } };
    const answer = paid.parse(await this.database.rpc('billing_invoice_paid', args, { idempotent: true }));
    return { ...answer, to_credits: moneyText(exact(answer.to_credits), answer.invoice.currency) };
  }

  async void(id: string, reason: string, { at, context }: Act): Promise<InvoiceSummary> {
    const args = { p_invoice_id: id, p_reason: reason, p_at: at.toISOString(), p_context: { ...context } };
    return changed.parse(await this.database.rpc('billing_invoice_void', args, { idempotent: true })).invoice;
  }

  async writeOff(id: string, reason: string, { at, context }: Act): Promise<InvoiceSummary> {
    const args = { p_invoice_id: id, p_reason: reason, p_at: at.toISOString(), p_context: { ...context } };
    return changed.parse(await this.database.rpc('billing_invoice_uncollectible', args, { idempotent: true })).invoice;
  }

  /** @param lines null: all that is left */
  async credit(
    id: string,
    note: { readonly id: string; readonly reason: string; readonly lines: readonly CreditLine[] | null },
    { at, context }: Act,
  ): Promise<Invoice> {
    const { lines, ...rest } = note;
    const p_note = { ...rest, invoice_id: id, at: at.toISOString(), ...(lines === null ? {} : { lines }) };
    const args = { p_note, p_context: { ...context } };
    return wholeInvoice(
      noted.parse(await this.database.rpc('billing_credit_note_write', args, { idempotent: true })).note,
    );
  }
}
