import type { Invoice, ShownLine } from '../../invoices/invoice.js';

export const invoiceId = '0199c0de-0000-7000-8000-000000000001';
export const correctedId = '0199c0de-0000-7000-8000-000000000002';
export const tenantId = '0199c0de-0000-7000-8000-00000000000a';

const march = { from: '2026-02-28T23:00:00Z', to: '2026-03-31T22:00:00Z' };

export const seller = {
  name: 'Example Software GmbH',
  email: 'billing@example.com',
  address: ['Ringstraße 1', '1010 Wien', 'Austria'],
  tax_id: 'ATU12345678',
  payment_note: 'Example Bank, IBAN AT61 1904 3002 3457 3201',
};

export const buyer = {
  name: 'Zażółć Gęślą Jaźń Sp. z o.o.',
  email: 'ksiegowosc@example.pl',
  address: ['ul. Świętokrzyska 12', '00-001 Warszawa', 'Poland'],
  tax_id: 'PL1234567890',
};

/** A line of a fee of ten units of currency, but for what is given. */
export function aLine(given: Partial<ShownLine> = {}): ShownLine {
  return {
    line: 1,
    kind: 'recurring',
    description: null,
    component: 'base_fee',
    meter: null,
    unit: null,
    ...march,
    quantity: '1',
    price_version: 'starter@1/base_fee',
    amount: '10.00',
    unrounded: '10',
    explanation: [{ step: 'flat', rate: '10', amount: '10' }],
    explained: ['flat fee 10.00'],
    inputs_hash: 'a'.repeat(64),
    query: null,
    adjusts_invoice: null,
    ...given,
  };
}

/** 1,234.57 EUR of March 2026 in Vienna, on whose last Sunday the clocks are turned; 34.57 of credits are taken. */
export function anInvoice(given: Partial<Invoice> = {}): Invoice {
  return {
    id: invoiceId,
    kind: 'invoice',
    number: 'INV-2026-000042',
    state: 'finalized',
    tenant_id: tenantId,
    subscription_id: '0199c0de-0000-7000-8000-00000000000b',
    corrects: null,
    closing: false,
    reason: null,
    period: { index: 2, ...march },
    currency: 'EUR',
    time_zone: 'Europe/Vienna',
    zone_data_version: '2026a',
    subtotal: '1234.56',
    rounding: '0.01',
    total: '1234.57',
    credit_applied: '34.57',
    credited: '0.00',
    amount_paid: '0.00',
    amount_due: '1200.00',
    seller,
    buyer,
    run_id: null,
    finalized_at: '2026-04-01T01:00:00Z',
    due_at: '2026-04-15T01:00:00Z',
    paid_at: null,
    voided_at: null,
    created_at: '2026-02-28T23:00:00Z',
    updated_at: '2026-04-01T01:00:00Z',
    etag: '"3"',
    lines: linesOfMarch,
    ...given,
  };
}

const usage = { kind: 'usage', meter: 'api_calls', component: 'api_calls', unit: 'requests' } as const;

const linesOfMarch: ShownLine[] = [
  aLine({
    amount: '1000.00',
    unrounded: '1000',
    explanation: [{ step: 'flat', rate: '1000', amount: '1000' }],
    explained: ['flat fee 1,000.00'],
  }),
  aLine({
    line: 2,
    component: 'seats',
    meter: 'seats',
    unit: 'seats',
    quantity: '15.5',
    amount: '124.00',
    unrounded: '124',
    price_version: 'starter@1/seats',
    explanation: [{ step: 'unit', quantity: '15.5', rate: '8', amount: '124' }],
    explained: ['15.5 × 8.00 = 124.00'],
  }),
  aLine({
    ...usage,
    line: 3,
    quantity: '1054345',
    amount: '105.33',
    unrounded: '105.3345',
    price_version: 'starter@1/api_calls',
    explanation: [
      { step: 'included', quantity: '1000', rate: '0', amount: '0' },
      { step: 'unit', quantity: '1053345', rate: '0.0001', amount: '105.3345' },
    ],
    explained: ['first 1,000 included', '1,053,345 × 0.0001 = 105.3345'],
  }),
  aLine({
    ...usage,
    line: 4,
    kind: 'adjustment',
    description: 'Usage that came after its period was billed',
    quantity: '1052345',
    from: '2026-01-31T23:00:00Z',
    to: '2026-02-28T23:00:00Z',
    amount: '5.23',
    unrounded: '5.2345',
    price_version: 'starter@1/api_calls',
    explanation: [{ step: 'unit', quantity: '1052345', rate: '0.0001', amount: '105.2345' }],
    explained: ['1,052,345 × 0.0001 = 105.2345'],
    adjusts_invoice: correctedId,
  }),
  aLine({
    line: 5,
    kind: 'rounding',
    component: null,
    quantity: null,
    price_version: null,
    amount: '0.01',
    unrounded: '0.01',
    explanation: [],
    explained: [],
  }),
];

/** Gives 12.34 EUR of the invoice of March back. */
export function aCreditNote(given: Partial<Invoice> = {}): Invoice {
  return anInvoice({
    id: '0199c0de-0000-7000-8000-000000000003',
    kind: 'credit_note',
    number: 'CN-2026-000007',
    state: 'paid',
    corrects: invoiceId,
    reason: 'The service was out of reach on 12 March',
    subtotal: '12.34',
    rounding: '0.00',
    total: '12.34',
    credit_applied: '0.00',
    amount_due: '0.00',
    due_at: null,
    paid_at: '2026-04-03T09:00:00Z',
    finalized_at: '2026-04-03T09:00:00Z',
    lines: [
      aLine({
        kind: 'credit',
        amount: '12.34',
        unrounded: '12.34',
        explanation: [{ step: 'credit', amount: '12.34' }],
        explained: ['credit: 12.34'],
        adjusts_invoice: invoiceId,
      }),
    ],
    ...given,
  });
}
