import type { Invoice } from '../invoices/invoice.js';
import { documentOf } from './invoice-document.js';
import { aCreditNote, aLine, anInvoice, correctedId, invoiceId } from './testing/invoices.js';

const numbers = new Map([
  [correctedId, 'INV-2026-000017'],
  [invoiceId, 'INV-2026-000042'],
]);

function shown(invoice: Invoice) {
  return documentOf(invoice, numbers);
}

function pairs(values: readonly { label: string; value: string }[]): Record<string, string> {
  return Object.fromEntries(values.map(({ label, value }) => [label, value]));
}

describe('what is read of an invoice', () => {
  it('has its facts in the time zone of the tenant', () => {
    expect(pairs(shown(anInvoice()).facts)).toEqual({
      'Invoice no.': 'INV-2026-000042',
      Date: '1 April 2026',
      'Billing period': '1 March 2026 – 31 March 2026',
      'Due date': '15 April 2026',
      'Time zone': 'Europe/Vienna',
    });
  });

  it('has each line with its time, what it corrects, its words, its quantity and its amount', () => {
    expect(shown(anInvoice()).lines).toEqual([
      expect.objectContaining({ title: 'Base fee', quantity: '1', amount: '1,000.00' }),
      expect.objectContaining({ title: 'Seats', quantity: '15.5 seats', amount: '124.00' }),
      {
        title: 'API calls',
        details: ['First 1,000 included', '1,053,345 × 0.0001 = 105.3345'],
        quantity: '1,054,345 requests',
        amount: '105.33',
      },
      {
        title: 'API calls: adjustment',
        details: [
          '1 February 2026 – 28 February 2026',
          'Usage that came after its period was billed',
          'Corrects invoice INV-2026-000017',
          'Now in all: 1,052,345 requests',
          '1,052,345 × 0.0001 = 105.2345',
        ],
        quantity: '',
        amount: '5.23',
      },
    ]);
  });

  it('says when a line was, where that is not the billing period', () => {
    const half = aLine({ from: '2026-03-15T23:00:00Z' });
    expect(shown(anInvoice({ lines: [aLine(), half] })).lines.map(({ details }) => details)).toEqual([
      ['Flat fee 10.00'],
      ['16 March 2026 – 31 March 2026', 'Flat fee 10.00'],
    ]);
  });

  it('adds up from the subtotal to what is due', () => {
    expect(shown(anInvoice()).totals).toEqual([
      { label: 'Subtotal', value: '1,234.56' },
      { label: 'Rounding', value: '0.01' },
      { label: 'Total', value: 'EUR\u00A01,234.57' },
      { label: 'Credits applied', value: '-34.57' },
      { label: 'Amount due', value: 'EUR\u00A01,200.00' },
    ]);
    const paid = {
      credit_applied: '0.00',
      credited: '12.34',
      amount_paid: '1222.23',
      amount_due: '0.00',
      rounding: '0.00',
    };
    expect(shown(anInvoice({ ...paid, state: 'paid' })).totals.slice(1)).toEqual([
      { label: 'Total', value: 'EUR\u00A01,234.57' },
      { label: 'Credit notes', value: '-12.34' },
      { label: 'Paid', value: '-1,222.23' },
      { label: 'Amount due', value: 'EUR\u00A00.00' },
    ]);
  });

  const times = { paid_at: '2026-04-10T10:00:00Z', voided_at: '2026-04-11T10:00:00Z' };
  it.each<[string, Partial<Invoice>, string | undefined, string[]]>([
    [
      'one to be paid',
      {},
      undefined,
      [
        'Please pay EUR\u00A01,200.00 by 15 April 2026 and give INV-2026-000042 as the reference.',
        'Example Bank, IBAN AT61 1904 3002 3457 3201',
      ],
    ],
    ['one that was paid', { state: 'paid', amount_paid: '1200.00' }, 'PAID', ['Paid on 10 April 2026. Thank you.']],
    ['one that credits covered', { state: 'paid' }, 'PAID', ['Nothing is to be paid.']],
    [
      'a draft',
      { state: 'draft', number: null },
      'DRAFT',
      ['This is a draft: it has no number, and its amounts may change.'],
    ],
    ['one that gathers', { state: 'gathering', number: null }, 'DRAFT', [expect.stringContaining('draft')]],
    [
      'a void one',
      { state: 'void', reason: 'Billed twice' },
      'VOID',
      ['Reason: Billed twice', 'This invoice was voided on 11 April 2026. Nothing is to be paid on it.'],
    ],
    ['one that was written off', { state: 'uncollectible' }, 'WRITTEN OFF', ['This invoice was written off.']],
  ])('marks %s', (_, given, mark, notes) => {
    const document = shown(anInvoice({ ...times, ...given }));
    expect(document.mark?.text).toBe(mark);
    expect(document.notes).toEqual(notes);
    expect(document.facts.some(({ label }) => label === 'Due date')).toBe(mark === undefined);
  });

  it.each([
    ['draft', 'Total'],
    ['gathering', 'Total'],
    ['void', 'Total'],
    ['uncollectible', 'Written off'],
    ['finalized', 'Amount due'],
  ] as const)('comes to what it is, as %s', (state, label) => {
    expect(shown(anInvoice({ state })).totals.at(-1)?.label).toBe(label);
  });
});

describe('what is read of a credit note', () => {
  it('says what it corrects and why, and what is given back', () => {
    const document = shown(aCreditNote());
    expect(document.title).toBe('Credit note CN-2026-000007');
    expect(document.mark).toBeNull();
    expect(pairs(document.facts)).toMatchObject({
      'Corrects invoice': 'INV-2026-000042',
      'Credit note no.': 'CN-2026-000007',
    });
    expect(document.totals).toEqual([
      { label: 'Subtotal', value: '12.34' },
      { label: 'Total credited', value: 'EUR\u00A012.34' },
    ]);
    expect(document.notes).toEqual(['Reason: The service was out of reach on 12 March']);
    expect(document.lines).toEqual([{ title: 'Base fee: credit', details: [], quantity: '1', amount: '12.34' }]);
  });

  it('calls an invoice whose number it is not told by its id', () => {
    expect(pairs(documentOf(aCreditNote(), new Map()).facts)['Corrects invoice']).toBe(invoiceId);
  });
});

describe('what a line is called', () => {
  it.each([
    ['by its own words where it has no component', { description: 'Setup by hand', component: null }, 'Setup by hand'],
    ['by its component, though it has words', { description: 'Setup by hand', component: 'setup' }, 'Setup'],
    ['by its component', { component: 'api_calls' }, 'API calls'],
    ['with acronyms as they are written', { component: 'extra_gpu_hours' }, 'Extra GPU hours'],
    ['with what it is beside a component', { component: 'api_calls', kind: 'true_up' }, 'API calls: commitment'],
    ['by what it is', { component: null, kind: 'credit' }, 'Credit'],
    ['not by empty words', { description: ' ', component: null, kind: 'usage' }, 'Usage'],
  ] as const)('%s', (_, given, title) => {
    expect(shown(anInvoice({ lines: [aLine(given)] })).lines[0]?.title).toBe(title);
  });

  it.each([
    ['JPY', '1000', 'JPY\u00A01,000'],
    ['MRU', '1000.5', 'MRU\u00A01,000.5'],
    ['KWD', '1000.125', 'KWD\u00A01,000.125'],
  ])('has the decimals of %s', (currency, total, text) => {
    expect(shown(anInvoice({ currency, total })).totals.find(({ label }) => label === 'Total')?.value).toBe(text);
  });
});
