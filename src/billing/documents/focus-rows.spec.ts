import { exact, sumOf } from '../money/decimal.js';
import type { Invoice, ShownLine } from '../invoices/invoice.js';
import { focusLine, focusRows, type FocusRow } from './focus-rows.js';
import { aCreditNote, aLine, anInvoice, correctedId, invoiceId, tenantId } from './testing/invoices.js';

const corrected = new Map([
  [correctedId, { number: 'INV-2026-000017', lines: [] }],
  [invoiceId, { number: 'INV-2026-000042', lines: anInvoice().lines }],
]);

function rowsOf(invoice: Invoice): FocusRow[] {
  return focusRows(invoice, corrected);
}

function billed(rows: readonly FocusRow[], column: 'BilledCost' | 'EffectiveCost' = 'BilledCost'): string {
  return sumOf(rows.map((row) => exact(row[column] ?? 'null'))).toFixed();
}

describe('the rows of an invoice', () => {
  const [fee, seats, calls, late, rounding, credits] = rowsOf(anInvoice());

  it('are one for each line, and one for the credits', () => {
    expect(
      rowsOf(anInvoice()).map((row) => [row.ChargeCategory, row.ChargeClass, row.ChargeFrequency, row.BilledCost]),
    ).toEqual([
      ['Purchase', null, 'Recurring', '1000.00'],
      ['Purchase', null, 'Recurring', '124.00'],
      ['Usage', null, 'Usage-Based', '105.33'],
      ['Usage', 'Correction', 'Usage-Based', '5.23'],
      ['Adjustment', null, 'One-Time', '0.01'],
      ['Credit', null, 'One-Time', '-34.57'],
    ]);
    expect(billed(rowsOf(anInvoice()))).toBe('1200');
  });

  it('say of what was used how much, at what price, and exactly what it cost', () => {
    expect(calls).toMatchObject({
      ConsumedQuantity: '1054345',
      ConsumedUnit: 'requests',
      PricingQuantity: '1053345',
      PricingUnit: 'requests',
      ContractedUnitPrice: '0.0001',
      ListUnitPrice: '0.0001',
      ContractedCost: '105.3345',
      ListCost: '105.3345',
      BilledCost: '105.33',
      EffectiveCost: '105.33',
      SkuId: 'api_calls',
      SkuMeter: 'api_calls',
      SkuPriceId: 'api_calls/starter@1/api_calls',
      PricingCategory: 'Standard',
      ChargeDescription: 'API calls; first 1,000 included; 1,053,345 × 0.0001 = 105.3345',
    });
    expect(fee).toMatchObject({
      PricingQuantity: '1',
      PricingUnit: 'Units',
      ContractedUnitPrice: '1000',
      ConsumedQuantity: null,
    });
    expect(seats).toMatchObject({ PricingQuantity: '15.5', PricingUnit: 'seats', ContractedUnitPrice: '8' });
  });

  it('say who, when and on which invoice', () => {
    for (const row of [fee, rounding, credits]) {
      expect(row).toMatchObject({
        BillingAccountId: tenantId,
        BillingAccountName: 'Zażółć Gęślą Jaźń Sp. z o.o.',
        BillingCurrency: 'EUR',
        BillingPeriodStart: '2026-02-28T23:00:00Z',
        BillingPeriodEnd: '2026-03-31T22:00:00Z',
        ChargePeriodStart: '2026-02-28T23:00:00Z',
        InvoiceId: 'INV-2026-000042',
        InvoiceIssuerName: 'Example Software GmbH',
        ProviderName: 'Example Software GmbH',
        PublisherName: 'Example Software GmbH',
        x_InvoiceUuid: invoiceId,
      });
    }
  });

  it('leave the price of a correction out, and name what it corrects', () => {
    expect(late).toMatchObject({
      ChargePeriodStart: '2026-01-31T23:00:00Z',
      ChargePeriodEnd: '2026-02-28T23:00:00Z',
      ContractedUnitPrice: null,
      PricingQuantity: null,
      ConsumedQuantity: null,
      ContractedCost: '5.23',
      x_CorrectsInvoice: 'INV-2026-000017',
      SkuId: 'api_calls',
    });
  });

  it.each<[string, Partial<ShownLine>, Partial<FocusRow>]>([
    [
      'tiers',
      {
        explanation: [
          { step: 'tier', quantity: '1', rate: '3', amount: '3' },
          { step: 'tier', quantity: '1', rate: '7', amount: '7' },
        ],
      },
      { PricingQuantity: '1', ContractedUnitPrice: '10', PricingUnit: 'Units' },
    ],
    [
      'packages',
      { unit: 'requests', explanation: [{ step: 'package', quantity: '5', rate: '2', amount: '10' }] },
      { PricingQuantity: '5', ContractedUnitPrice: '2', PricingUnit: 'Packages' },
    ],
    [
      'a percentage',
      { unit: 'orders', explanation: [{ step: 'percent', quantity: '1000', rate: '1', amount: '10' }] },
      { PricingQuantity: '1', ContractedUnitPrice: '10', PricingUnit: 'Units' },
    ],
    [
      'prices of events',
      { explanation: [{ step: 'dynamic', quantity: '5', rate: '2', amount: '10' }] },
      { PricingCategory: 'Dynamic', PricingQuantity: '1', ContractedUnitPrice: '10' },
    ],
    [
      'a commitment',
      { kind: 'true_up', quantity: null },
      { ChargeCategory: 'Adjustment', ContractedUnitPrice: null, ContractedCost: '10.00' },
    ],
    [
      'nothing used',
      {
        kind: 'usage',
        meter: 'm',
        quantity: '0',
        amount: '0.00',
        unrounded: '0',
        explanation: [{ step: 'unit', quantity: '0', rate: '2', amount: '0' }],
      },
      { ConsumedQuantity: '0', PricingQuantity: '0', ContractedUnitPrice: '2', BilledCost: '0.00' },
    ],
    [
      'what was included',
      {
        kind: 'usage',
        meter: 'm',
        unit: 'requests',
        quantity: '500',
        amount: '0.00',
        unrounded: '0',
        explanation: [{ step: 'included', quantity: '500', rate: '0', amount: '0' }],
      },
      { ConsumedQuantity: '500', PricingQuantity: '0', ContractedUnitPrice: '0', PricingUnit: 'requests' },
    ],
    ['a moment with a fraction', { from: '2026-03-10T10:00:00.999Z' }, { ChargePeriodStart: '2026-03-10T10:00:00Z' }],
  ])('of %s', (_, line, row) => {
    expect(rowsOf(anInvoice({ lines: [aLine(line)] }))[0]).toMatchObject(row);
  });

  it('have no number for a draft, and somebody who sells for an invoice that names nobody', () => {
    const [row] = rowsOf(anInvoice({ state: 'draft', number: null, seller: null, buyer: null }));
    expect(row).toMatchObject({ InvoiceId: null, InvoiceIssuerName: 'Tenantry', BillingAccountName: null });
  });

  it('are none where it was voided', () => {
    expect(rowsOf(anInvoice({ state: 'void' }))).toEqual([]);
  });

  it('do not change with what is paid or given back later', () => {
    const later = anInvoice({ state: 'paid', amount_paid: '1187.66', credited: '12.34', amount_due: '0.00' });
    expect(rowsOf(later)).toEqual(rowsOf(anInvoice()));
  });
});

describe('the rows of a credit note', () => {
  it.each<[string, Partial<ShownLine>, string]>([
    ['of something bought', {}, 'Purchase'],
    ['of something used', { meter: 'api_calls', component: 'api_calls' }, 'Usage'],
    ['of what is counted and bought for the period', { meter: 'seats', component: 'seats' }, 'Purchase'],
    ['of nothing that was sold', { component: null }, 'Credit'],
  ])('are negative corrections, %s', (_, line, category) => {
    const lines = [aLine({ kind: 'credit', amount: '12.34', unrounded: '12.34', adjusts_invoice: invoiceId, ...line })];
    const [row] = rowsOf(aCreditNote({ lines }));
    expect(row).toMatchObject({
      BilledCost: '-12.34',
      EffectiveCost: '-12.34',
      ContractedCost: '-12.34',
      ListCost: '-12.34',
      ChargeCategory: category,
      ChargeClass: 'Correction',
      InvoiceId: 'CN-2026-000007',
      x_CorrectsInvoice: 'INV-2026-000042',
    });
  });
});

describe('a line of the file', () => {
  it('runs no formula of a spreadsheet, and keeps to its cells', () => {
    const lines = [aLine({ kind: 'usage', explained: ['a'], unit: '+unit', component: '=HYPERLINK("http://x")' })];
    const [row] = rowsOf(
      anInvoice({ lines, buyer: { name: '-2+3, "Ltd"\nx', email: null, address: [], tax_id: null } }),
    );
    const line = row === undefined ? '' : focusLine(row);
    expect(line).toContain(`"'=HYPERLINK(""http://x"")`);
    expect(line).toContain(`"'-2+3, ""Ltd""\nx"`);
    expect(line).toContain(`"'+unit"`);
    expect(line.endsWith('\r\n')).toBe(true);
  });

  it('leaves a null empty and a decimal alone', () => {
    const [row] = rowsOf(aCreditNote());
    expect(row === undefined ? '' : focusLine(row)).toMatch(/^-12\.34,.*,Correction,.*,,,-12\.34,,-12\.34,/);
  });
});
