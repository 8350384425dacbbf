import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';
import { etagOfVersion } from '../../platform/http/etag.js';
import { idsWithin, type Reach } from '../../platform/reach.js';
import { rowInstant } from '../../platform/rows.js';
import { exact } from '../money/decimal.js';
import { moneyText } from '../money/round-lines.js';
import { explainLine } from './explain-line.js';
import { type Invoice, invoiceLine, type InvoiceSummary, invoiceSummary, type ShownLine } from './invoice.js';

const nullableInstant = rowInstant.nullable();
const shown = invoiceSummary.shape;

const invoiceRow = z
  .object({
    ...invoiceSummary.omit({ period: true, etag: true }).shape,
    period_index: shown.period.shape.index,
    period_from: rowInstant,
    period_to: rowInstant,
    finalized_at: nullableInstant,
    due_at: nullableInstant,
    paid_at: nullableInstant,
    voided_at: nullableInstant,
    created_at: rowInstant,
    updated_at: rowInstant,
    row_version: z.int(),
  })
  .transform(({ period_index: index, period_from: from, period_to: to, row_version, ...row }): InvoiceSummary => {
    const money = (amount: string): string => moneyText(exact(amount), row.currency);
    return {
      ...row,
      period: { index, from, to },
      subtotal: money(row.subtotal),
      rounding: money(row.rounding),
      total: money(row.total),
      credit_applied: money(row.credit_applied),
      credited: money(row.credited),
      amount_paid: money(row.amount_paid),
      amount_due: money(row.amount_due),
      etag: etagOfVersion(row_version),
    };
  });

const lineRow = z.object({
  ...invoiceLine.omit({ from: true, to: true, explained: true }).shape,
  starts_at: rowInstant,
  ends_at: rowInstant,
});

function toLine({ starts_at: from, ends_at: to, ...row }: z.infer<typeof lineRow>, currency: string): ShownLine {
  const explained = explainLine(row.explanation, currency);
  return { ...row, from, to, amount: moneyText(exact(row.amount), currency), explained };
}

/** What to look for among invoices; what is given must all hold. */
export interface InvoiceFilter {
  readonly subscription?: string | undefined;
  readonly state?: string | undefined;
  readonly kind?: string | undefined;
  readonly number?: string | undefined;
  /** Of the time at which it got its number, half-open. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Every query about invoices. What callers of tenants may see has a number, and is theirs. */
@Injectable()
export class InvoicesStore {
  constructor(private readonly database: Database) {}

  /** With its lines. @param invoice the id or the number */
  async find(invoice: string, reach: Reach): Promise<Invoice | undefined> {
    const args = { p_invoice: invoice, p_tenants: idsWithin(reach) ?? null };
    const answer = await this.database.rpc('billing_invoice_find', args, { idempotent: true });
    if (answer === null) return undefined;
    const { lines } = z.object({ lines: z.array(lineRow) }).parse(answer);
    const summary = invoiceRow.parse(answer);
    return { ...summary, lines: lines.map((line) => toLine(line, summary.currency)) };
  }

  /** Newest first, after the given id. @param tenant its id; undefined: of all within reach */
  async list(
    tenant: string | undefined,
    reach: Reach,
    filter: InvoiceFilter,
    limit: number,
    after: string | undefined,
  ): Promise<InvoiceSummary[]> {
    const tenants = tenant === undefined ? (idsWithin(reach) ?? null) : [tenant];
    const query = { ...filter, tenants, numbered: reach !== 'all', after, limit };
    return z
      .array(invoiceRow)
      .parse(await this.database.rpc('billing_invoices_list', { p_query: query }, { idempotent: true }));
  }
}
