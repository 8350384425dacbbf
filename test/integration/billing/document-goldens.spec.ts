import { documentOf } from '../../../src/billing/documents/invoice-document.js';
import { type Corrected, focusHead, focusLine, focusRows } from '../../../src/billing/documents/focus-rows.js';
import { pageOf } from '../../../src/billing/documents/invoice-page.js';
import { aCreditNote, anInvoice, correctedId, invoiceId } from '../../../src/billing/documents/testing/invoices.js';
import { goldenFile } from '../../golden.js';

const corrected = new Map<string, Corrected>([
  [correctedId, { number: 'INV-2026-000017', lines: [] }],
  [invoiceId, { number: 'INV-2026-000042', lines: anInvoice().lines }],
]);
const numbers = new Map([
  [correctedId, 'INV-2026-000017'],
  [invoiceId, 'INV-2026-000042'],
]);

describe.each([
  ['invoice', anInvoice()],
  ['credit-note', aCreditNote()],
])('the golden documents: %s', (name, invoice) => {
  it('as a page', async () => {
    const page = pageOf(documentOf(invoice, numbers));
    expect(page).toBe(await goldenFile(`billing/${name}.golden.html`, page));
  });

  it('as FOCUS', async () => {
    const file = focusHead + focusRows(invoice, corrected).map(focusLine).join('');
    expect(file).toBe(await goldenFile(`billing/${name}.golden.csv`, file));
  });
});
