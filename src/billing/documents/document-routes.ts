import { z } from 'zod';
import { defineRoute } from '../../platform/http/route.js';
import { invoiceParams, ofInvoice } from '../invoices/invoice-routes.js';
import { instant } from '../periods/instant.js';

export const mediaTypes = { html: 'text/html', pdf: 'application/pdf', focus: 'text/csv' } as const;
export type DocumentKind = keyof typeof mediaTypes;

const summaries = {
  html: 'An invoice or credit note as a web page to read and print',
  pdf: 'An invoice or credit note as a PDF',
  focus: 'An invoice or credit note as FOCUS 1.2 CSV',
} as const;
const headers = { 'Content-Disposition': 'A name for the file.' };

function documentRoute<const Name extends string, const Path extends `/${string}`, const Kind extends DocumentKind>(
  name: Name,
  path: Path,
  kind: Kind,
) {
  return defineRoute({
    name,
    method: 'GET',
    path,
    tag: path.startsWith('/v1/my') ? 'my' : 'billing',
    summary: summaries[kind],
    access: ofInvoice,
    params: invoiceParams,
    answers: { 200: { description: 'The file.', stream: [mediaTypes[kind]], headers } },
    problems: { not_found: ['invoice_not_found'] },
  });
}

export const getInvoiceHtml = documentRoute('getInvoiceHtml', '/v1/invoices/{invoice}/html', 'html');
export const getInvoicePdf = documentRoute('getInvoicePdf', '/v1/invoices/{invoice}/pdf', 'pdf');
export const getInvoiceFocus = documentRoute('getInvoiceFocus', '/v1/invoices/{invoice}/focus', 'focus');
export const getMyInvoiceHtml = documentRoute('getMyInvoiceHtml', '/v1/my/invoices/{invoice}/html', 'html');
export const getMyInvoicePdf = documentRoute('getMyInvoicePdf', '/v1/my/invoices/{invoice}/pdf', 'pdf');
export const getMyInvoiceFocus = documentRoute('getMyInvoiceFocus', '/v1/my/invoices/{invoice}/focus', 'focus');

export const exportFocus = defineRoute({
  name: 'exportFocus',
  method: 'GET',
  path: '/v1/billing/focus',
  tag: 'billing',
  summary: 'Invoices and credit notes of a time as FOCUS 1.2 CSV',
  description:
    'All that got its number in the time, newest first: a row for each line, and one for the credits that were taken. BilledCost adds up to what each invoice asked for. What was voided has no rows.',
  access: { scope: 'billing:read', of: 'platform' },
  query: z.strictObject({
    from: instant.describe('Got its number not before'),
    to: instant.describe('Got its number before'),
    tenant: z.string().min(1).max(63).optional().describe('The id or the slug'),
  }),
  answers: { 200: { description: 'The file.', stream: [mediaTypes.focus], headers } },
  problems: { not_found: ['tenant_not_found'] },
});
