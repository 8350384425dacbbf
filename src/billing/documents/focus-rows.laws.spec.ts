import fc from 'fast-check';
import { exact, sumOf, zero } from '../money/decimal.js';
import { moneyText, roundLines } from '../money/round-lines.js';
import type { Invoice } from '../invoices/invoice.js';
import { focusColumns, focusHead, focusRows, type FocusRow } from './focus-rows.js';
import { aLine, anInvoice, correctedId, invoiceId } from './testing/invoices.js';

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

const decimal = /^-?\d+(\.\d+)?$/;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const text = /\S/;
const categories = /^(Usage|Purchase|Tax|Credit|Adjustment)$/;
const nullable = (shape: RegExp) => (value: string | null) => value === null || shape.test(value);
const given = (shape: RegExp) => (value: string | null) => value !== null && shape.test(value);

/** Type, nullability and allowed values of each column, as FOCUS 1.2 has them in its content constraints. */
const constraints: Readonly<Record<(typeof focusColumns)[number], (value: string | null) => boolean>> = {
  BilledCost: given(decimal),
  BillingAccountId: given(text),
  BillingAccountName: nullable(text),
  BillingCurrency: given(/^[A-Z]{3}$/),
  BillingPeriodEnd: given(time),
  BillingPeriodStart: given(time),
  ChargeCategory: given(categories),
  ChargeClass: nullable(/^Correction$/),
  ChargeDescription: given(text),
  ChargeFrequency: given(/^(One-Time|Recurring|Usage-Based)$/),
  ChargePeriodEnd: given(time),
  ChargePeriodStart: given(time),
  ConsumedQuantity: nullable(decimal),
  ConsumedUnit: nullable(text),
  ContractedCost: given(decimal),
  ContractedUnitPrice: nullable(/^\d+(\.\d+)?$/),
  EffectiveCost: given(decimal),
  InvoiceId: nullable(text),
  InvoiceIssuerName: given(text),
  ListCost: given(decimal),
  ListUnitPrice: nullable(/^\d+(\.\d+)?$/),
  PricingCategory: nullable(/^(Standard|Dynamic|Committed|Other)$/),
  PricingQuantity: nullable(decimal),
  PricingUnit: nullable(text),
  ProviderName: given(text),
  PublisherName: given(text),
  ServiceCategory: given(/^Other$/),
  ServiceName: given(text),
  ServiceSubcategory: given(/^Other \(Other\)$/),
  SkuId: nullable(text),
  SkuMeter: nullable(text),
  SkuPriceDetails: nullable(/^\{/),
  SkuPriceId: nullable(text),
  SubAccountId: nullable(text),
  SubAccountName: nullable(text),
  x_CorrectsInvoice: nullable(text),
  x_InvoiceLine: nullable(/^\d+$/),
  x_InvoiceUuid: given(text),
  x_SubscriptionId: given(text),
};

const isPriced = (row: FocusRow): boolean =>
  (row.ChargeCategory === 'Usage' || row.ChargeCategory === 'Purchase') && row.ChargeClass === null;
const wanted = [
  'ListUnitPrice',
  'ContractedUnitPrice',
  'PricingQuantity',
  'PricingCategory',
  'SkuId',
  'SkuPriceId',
] as const;

/** What FOCUS 1.2 asks of columns together. */
const rules: Readonly<Record<string, (row: FocusRow) => boolean>> = {
  'a price, a quantity, a category and an SKU for what is used or bought': (row) =>
    !isPriced(row) || wanted.every((name) => row[name] !== null),
  'price times quantity is the cost': (row) =>
    !isPriced(row) || isProduct(row.ContractedUnitPrice, row.PricingQuantity, row.ContractedCost),
  'list price times quantity is the list cost': (row) =>
    !isPriced(row) || isProduct(row.ListUnitPrice, row.PricingQuantity, row.ListCost),
  'without a price the cost is what was billed': (row) =>
    row.ContractedUnitPrice !== null || [row.ContractedCost, row.ListCost].every((cost) => cost === row.BilledCost),
  'what is neither used nor bought costs what was billed': (row) =>
    ['Usage', 'Purchase'].includes(row.ChargeCategory ?? '') || row.EffectiveCost === row.BilledCost,
  'a quantity was consumed where something was used, and only there': (row) =>
    row.ChargeCategory === 'Usage'
      ? row.ChargeClass !== null || row.ConsumedQuantity !== null
      : row.ConsumedQuantity === null,
  'a unit for what was consumed': (row) => (row.ConsumedQuantity === null) === (row.ConsumedUnit === null),
  'a unit for what was priced': (row) => (row.PricingQuantity === null) === (row.PricingUnit === null),
  'what is bought is not by usage': (row) => row.ChargeCategory !== 'Purchase' || row.ChargeFrequency !== 'Usage-Based',
  'a meter only with an SKU': (row) => row.SkuId !== null || row.SkuMeter === null,
  'details only with a price': (row) => row.SkuPriceId !== null || row.SkuPriceDetails === null,
  'a name of a sub account only with one': (row) => (row.SubAccountId === null) === (row.SubAccountName === null),
  'periods that do not end before they begin': (row) =>
    (row.ChargePeriodStart ?? '') <= (row.ChargePeriodEnd ?? '') &&
    (row.BillingPeriodStart ?? '') < (row.BillingPeriodEnd ?? ''),
};

/** Columns whose constraints a row breaks, and rules. */
function brokenRules(row: FocusRow): string[] {
  const columns = focusColumns.filter((name) => !constraints[name](row[name]));
  return [...columns, ...Object.entries(rules).flatMap(([name, holds]) => (holds(row) ? [] : [name]))];
}

function isProduct(price: string | null, quantity: string | null, cost: string | null): boolean {
  return exact(price ?? '0')
    .times(exact(quantity ?? '0'))
    .eq(exact(cost ?? '0'));
}

describe('the columns', () => {
  it('are those that FOCUS 1.2 wants of every dataset, with ours behind them', () => {
    const mandatory =
      'BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd BillingPeriodStart ChargeCategory ChargeClass ' +
      'ChargeDescription ChargePeriodEnd ChargePeriodStart ContractedCost EffectiveCost InvoiceIssuerName ListCost PricingQuantity ' +
      'PricingUnit ProviderName PublisherName ServiceCategory ServiceName';
    const columns: readonly string[] = focusColumns;
    expect(mandatory.split(' ').filter((name) => !columns.includes(name))).toEqual([]);
    expect(columns.findIndex((name) => name.startsWith('x_'))).toBe(
      columns.filter((name) => !name.startsWith('x_')).length,
    );
    expect(columns.toSorted()).toEqual(columns);
    expect(focusHead).toBe(`${columns.join(',')}\r\n`);
  });
});

const kinds = ['recurring', 'usage', 'true_up', 'adjustment', 'credit'] as const;
const amount = fc.bigInt({ min: 0n, max: 10n ** 20n }).map((units) => exact(units.toString()).div(exact('1000000')));

const anyLine = fc.record({
  kind: fc.constantFrom(...kinds),
  metered: fc.boolean(),
  component: fc.constantFrom('api_calls', 'base', null),
  amount,
  rate: fc.option(amount),
  quantity: fc.bigInt({ min: 0n, max: 10n ** 12n }),
  unit: fc.constantFrom('requests', null),
});

const anyInvoice = fc
  .record({
    currency: fc.constantFrom('USD', 'JPY', 'MRU', 'KWD'),
    lines: fc.array(anyLine, { maxLength: 12 }),
    kind: fc.constantFrom('invoice', 'credit_note'),
    part: fc.bigInt({ min: 0n, max: 100n }),
  })
  .map(({ currency, lines, kind, part }): Invoice => {
    const exactLines = lines.map((line) => {
      const isNote = kind === 'credit_note';
      const { rate, quantity } = line;
      const unrounded = rate === null ? line.amount : rate.times(exact(quantity.toString()));
      const sold = line.component ?? (line.kind === 'recurring' || line.kind === 'usage' ? 'base' : null);
      const explanation =
        rate === null
          ? []
          : [{ step: 'unit', quantity: quantity.toString(), rate: rate.toFixed(), amount: unrounded.toFixed() }];
      return { ...line, kind: isNote ? ('credit' as const) : line.kind, component: sold, unrounded, explanation };
    });
    const rounded = roundLines(
      exactLines.map(({ unrounded }) => unrounded),
      currency,
    );
    const money = (value: typeof zero): string => moneyText(value, currency);
    const shown = exactLines.map(({ kind: of, component, unit, quantity, unrounded, metered, explanation }, index) =>
      aLine({
        line: index + 1,
        kind: of,
        component,
        meter: metered || of === 'usage' ? 'api_calls' : null,
        unit,
        quantity: quantity.toString(),
        amount: money(rounded.lines[index] ?? zero),
        unrounded: unrounded.toFixed(),
        explanation,
        adjusts_invoice: of === 'adjustment' || of === 'credit' ? correctedId : null,
      }),
    );
    const residual = aLine({
      line: shown.length + 1,
      kind: 'rounding',
      component: null,
      quantity: null,
      price_version: null,
      amount: money(rounded.residual),
      unrounded: money(rounded.residual),
      explanation: [],
    });
    const applied =
      kind === 'invoice'
        ? roundLines([rounded.total.times(exact(part.toString())).div(exact('100'))], currency).total
        : zero;
    return anInvoice({
      kind: kind === 'invoice' ? 'invoice' : 'credit_note',
      corrects: kind === 'invoice' ? null : invoiceId,
      currency,
      subtotal: money(rounded.total.minus(rounded.residual)),
      rounding: money(rounded.residual),
      total: money(rounded.total),
      credit_applied: money(applied),
      lines: rounded.residual.isZero() ? shown : [...shown, residual],
    });
  });

describe('the rows of any invoice', () => {
  it('add up to what it asks for or gives back, to the last digit', () => {
    fc.assert(
      fc.property(anyInvoice, (invoice) => {
        const asked = exact(invoice.total).minus(exact(invoice.credit_applied));
        const expected = invoice.kind === 'invoice' ? asked : zero.minus(exact(invoice.total));
        const rows = rowsOf(invoice);
        expect(billed(rows)).toBe(expected.plus(zero).toFixed());
        expect(billed(rows, 'EffectiveCost')).toBe(billed(rows));
      }),
    );
  });

  it('hold every rule of their columns', () => {
    fc.assert(
      fc.property(anyInvoice, (invoice) => {
        for (const row of rowsOf(invoice)) expect(brokenRules(row)).toEqual([]);
      }),
    );
  });

  it('are told when they break one', () => {
    const [row] = rowsOf(anInvoice());
    if (row === undefined) throw new Error('there is no row');
    expect(
      brokenRules({
        ...row,
        BilledCost: '1,000',
        ContractedUnitPrice: '7',
        ChargeFrequency: 'Usage-Based',
        PricingUnit: null,
      }),
    ).toEqual([
      'BilledCost',
      'price times quantity is the cost',
      'a unit for what was priced',
      'what is bought is not by usage',
    ]);
  });
});
