import type { Decimal } from 'decimal.js';
import { Temporal } from 'temporal-polyfill';
import { csvLine } from '../../platform/csv.js';
import { decimalText, exact, zero } from '../money/decimal.js';
import { moneyText } from '../money/round-lines.js';
import type { Invoice, ShownLine } from '../invoices/invoice.js';
import { stepsOf, subtitleOf, titleOf } from './invoice-document.js';

/**
 * The columns of FOCUS 1.2 that an invoice can fill, in the order of the alphabet, then our own. Decision 0061 says which are left out and why.
 * Source: the FinOps Open Cost and Usage Specification 1.2, ratified 2025-05-29.
 */
export const focusColumns = [
  'BilledCost',
  'BillingAccountId',
  'BillingAccountName',
  'BillingCurrency',
  'BillingPeriodEnd',
  'BillingPeriodStart',
  'ChargeCategory',
  'ChargeClass',
  'ChargeDescription',
  'ChargeFrequency',
  'ChargePeriodEnd',
  'ChargePeriodStart',
  'ConsumedQuantity',
  'ConsumedUnit',
  'ContractedCost',
  'ContractedUnitPrice',
  'EffectiveCost',
  'InvoiceId',
  'InvoiceIssuerName',
  'ListCost',
  'ListUnitPrice',
  'PricingCategory',
  'PricingQuantity',
  'PricingUnit',
  'ProviderName',
  'PublisherName',
  'ServiceCategory',
  'ServiceName',
  'ServiceSubcategory',
  'SkuId',
  'SkuMeter',
  'SkuPriceDetails',
  'SkuPriceId',
  'SubAccountId',
  'SubAccountName',
  'x_CorrectsInvoice',
  'x_InvoiceLine',
  'x_InvoiceUuid',
  'x_SubscriptionId',
] as const;

/** Decimals and times as text; null is an empty cell. */
export type FocusRow = Readonly<Record<(typeof focusColumns)[number], string | null>>;

export const focusHead = csvLine(focusColumns);

export function focusLine(row: FocusRow): string {
  return csvLine(focusColumns.map((name) => row[name]));
}

/** What is to be known of an invoice that is corrected. */
export interface Corrected {
  readonly number: string | null;
  readonly lines: readonly Pick<ShownLine, 'kind' | 'component'>[];
}

/**
 * A row for each line, that of the rounding with them, and one for the credits that were taken. BilledCost adds up to what was payable when the
 * invoice got its number: the total less these credits. A credit note's rows add up to its total, negative. What was voided is not owed and has none.
 * @param references the invoices that this one corrects, by their ids
 */
export function focusRows(invoice: Invoice, references: ReadonlyMap<string, Corrected>): FocusRow[] {
  if (invoice.state === 'void') return [];
  const common = commonOf(invoice);
  const lines = invoice.lines.map((line): FocusRow => {
    const corrected = line.adjusts_invoice ?? invoice.corrects;
    const reference = references.get(corrected ?? '');
    return {
      ...common,
      ...chargeOf(line, invoice, reference),
      ChargeClass: corrected === null ? null : 'Correction',
      ChargeDescription: [titleOf(line), ...subtitleOf(line), ...stepsOf(line)].join('; '),
      ChargePeriodStart: focusTime(line.from),
      ChargePeriodEnd: focusTime(line.to),
      x_CorrectsInvoice: corrected === null ? null : (reference?.number ?? corrected),
      x_InvoiceLine: `${line.line}`,
    };
  });
  const applied = exact(invoice.credit_applied);
  return applied.isZero() ? lines : [...lines, creditsRow(common, zero.minus(applied), invoice)];
}

type Common = Omit<FocusRow, keyof ReturnType<typeof unpriced>>;

/** Who sells by the invoice; until somebody has said so, the program whose data this is. */
function commonOf(invoice: Invoice): Common {
  const seller = invoice.seller?.name ?? 'Tenantry';
  return {
    BillingAccountId: invoice.tenant_id,
    BillingAccountName: invoice.buyer?.name ?? null,
    BillingCurrency: invoice.currency,
    BillingPeriodStart: focusTime(invoice.period.from),
    BillingPeriodEnd: focusTime(invoice.period.to),
    ChargeClass: null,
    ChargeDescription: null,
    ChargePeriodStart: focusTime(invoice.period.from),
    ChargePeriodEnd: focusTime(invoice.period.to),
    InvoiceId: invoice.number,
    InvoiceIssuerName: seller,
    ProviderName: seller,
    PublisherName: seller,
    ServiceCategory: 'Other',
    ServiceName: seller,
    ServiceSubcategory: 'Other (Other)',
    SkuPriceDetails: null,
    SubAccountId: null,
    SubAccountName: null,
    x_CorrectsInvoice: null,
    x_InvoiceLine: null,
    x_InvoiceUuid: invoice.id,
    x_SubscriptionId: invoice.subscription_id,
  };
}

function creditsRow(common: Common, amount: Decimal, { currency }: Invoice): FocusRow {
  return {
    ...common,
    ...unpriced('Credit', 'One-Time', moneyText(amount, currency)),
    ChargeDescription: 'Credits applied',
  };
}

type Category = 'Usage' | 'Purchase' | 'Credit' | 'Adjustment';

/** What the charge is, what it cost and of what it was so much. */
function chargeOf(line: ShownLine, { kind, currency, corrects }: Invoice, corrected: Corrected | undefined) {
  const signed = (amount: string): Decimal => (kind === 'credit_note' ? zero.minus(exact(amount)) : exact(amount));
  const category = categoryOf(line, corrected);
  const billed = moneyText(signed(line.amount), currency);
  const isCorrection = corrects !== null || line.adjusts_invoice !== null;
  const sku = skuOf(line);
  if (isCorrection || (category !== 'Usage' && category !== 'Purchase')) {
    return { ...unpriced(category, frequencyOf(category, isCorrection), billed), ...sku };
  }
  const { quantity, rate, unit } = unitPriceOf(line);
  const cost = decimalText(exact(quantity).times(exact(rate)));
  return {
    ...unpriced(category, frequencyOf(category, false), billed),
    ...sku,
    ConsumedQuantity: category === 'Usage' ? (line.quantity ?? '1') : null,
    ConsumedUnit: category === 'Usage' ? (line.unit ?? countUnit) : null,
    ContractedCost: cost,
    ContractedUnitPrice: rate,
    ListCost: cost,
    ListUnitPrice: rate,
    PricingCategory: line.explanation.some(({ step }) => step === 'dynamic') ? 'Dynamic' : 'Standard',
    PricingQuantity: quantity,
    PricingUnit: unit,
  };
}

/** What is taken back has the category of what it takes back; only what belongs to nothing that was sold is a credit. */
function categoryOf(line: ShownLine, corrected: Corrected | undefined): Category {
  const { kind, component } = line;
  const sold = corrected?.lines.find(
    (of) => of.component === component && (of.kind === 'usage' || of.kind === 'recurring'),
  );
  switch (kind) {
    case 'usage':
      return 'Usage';
    case 'recurring':
      return 'Purchase';
    case 'true_up':
    case 'rounding':
      return 'Adjustment';
    case 'adjustment':
    case 'credit':
      if (component === null) return kind === 'credit' ? 'Credit' : 'Adjustment';
      return sold === undefined ? likelyCategory(line) : categoryOf({ ...line, kind: sold.kind }, undefined);
  }
}

/** Where the line that is corrected is not known: most of what is metered is usage. */
function likelyCategory({ meter }: ShownLine): Category {
  return meter === null ? 'Purchase' : 'Usage';
}

function frequencyOf(category: Category, isCorrection: boolean): 'Usage-Based' | 'Recurring' | 'One-Time' {
  if (category === 'Usage') return 'Usage-Based';
  return category === 'Purchase' && !isCorrection ? 'Recurring' : 'One-Time';
}

function skuOf({ component, meter, price_version }: ShownLine) {
  return {
    SkuId: component,
    SkuMeter: component === null ? null : (meter ?? component),
    // The names of prices are those of one component.
    SkuPriceId: component === null || price_version === null ? null : `${component}/${price_version}`,
  };
}

/** A charge whose costs are all what was billed, because no quantity times a price gives it. */
function unpriced(category: Category, frequency: ReturnType<typeof frequencyOf>, billed: string) {
  return {
    BilledCost: billed,
    ChargeCategory: category,
    ChargeFrequency: frequency,
    ConsumedQuantity: null as string | null,
    ConsumedUnit: null as string | null,
    ContractedCost: billed,
    ContractedUnitPrice: null as string | null,
    EffectiveCost: billed,
    ListCost: billed,
    ListUnitPrice: null as string | null,
    PricingCategory: null as string | null,
    PricingQuantity: null as string | null,
    PricingUnit: null as string | null,
    SkuId: null as string | null,
    SkuMeter: null as string | null,
    SkuPriceId: null as string | null,
  };
}

/** What FOCUS calls a number of things that have no name. */
const countUnit = 'Units';

interface Priced {
  readonly quantity: string;
  readonly rate: string;
  readonly unit: string;
}

/**
 * Quantity and price whose product is the line before it was rounded, exactly: those of the one step that costs something, where there is one
 * such; else, as with tiers, the line as one thing. A package, and the line as a whole, are not counted in the unit of the line.
 */
function unitPriceOf({ kind, explanation, unrounded, unit }: ShownLine): Priced {
  const amount = exact(unrounded);
  const costs = explanation.filter((step) => !exact(step.amount).isZero());
  const units: Readonly<Record<string, string>> = {
    unit: unit ?? countUnit,
    tier: unit ?? countUnit,
    package: 'Packages',
  };
  // Where nothing costs anything, a step that says a price tells more than none.
  const [only] = costs.length === 0 ? explanation.filter(({ step }) => step in units) : costs;
  const { step = '', quantity, rate } = only ?? {};
  const priced = units[step];
  if (costs.length <= 1 && priced !== undefined && quantity !== undefined && rate !== undefined) {
    if (exact(quantity).times(exact(rate)).eq(amount)) return { quantity, rate, unit: priced };
  }
  if (kind === 'usage' && costs.length === 0) return { quantity: '0', rate: '0', unit: unit ?? countUnit };
  return { quantity: amount.isNegative() ? '-1' : '1', rate: decimalText(amount.abs()), unit: countUnit };
}

/** To the second, as FOCUS writes times. Both bounds of a period lose the same fraction, so that periods still adjoin. */
function focusTime(instant: string): string {
  return Temporal.Instant.from(instant).toString({ smallestUnit: 'second' });
}
