import { z } from 'zod';
import { etagOfVersion } from '../../platform/http/etag.js';
import { rowInstant } from '../../platform/rows.js';
import { exact } from '../money/decimal.js';
import { moneyText } from '../money/round-lines.js';
import { explained } from './explain-line.js';
import { type Invoice, invoiceLine, type InvoiceSummary, invoiceSummary, type ShownLine } from './invoice.js';

const nullableInstant = rowInstant.nullable();
const shown = invoiceSummary.shape;

/** An invoice as the database says it, in the shape of the API. */
export const invoiceRow = z
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
  return { ...row, from, to, amount: moneyText(exact(row.amount), currency), explained: explained(row, currency) };
}

/** The same with its lines. */
export function wholeInvoice(answer: unknown): Invoice {
  const { lines } = z.object({ lines: z.array(lineRow) }).parse(answer);
  const summary = invoiceRow.parse(answer);
  return { ...summary, lines: lines.map((line) => toLine(line, summary.currency)) };
}
