import { z } from 'zod';
import type { InputFault } from '../../platform/errors.js';
import { faultsOfIssues, missingIsRequired } from '../../platform/http/faults.js';
import { memberOf, whateverElse } from '../../platform/http/faulty-input.js';
import { id, instant } from '../../platform/http/schemas.js';
import { timeZone } from '../../platform/time-zone.js';
import type { Component } from '../catalog/component.js';
import { newComponentList } from '../catalog/plan.js';
import { contractMeterFaults, type Known } from '../catalog/publication.js';
import { currencyCode } from '../money/currency.js';
import { exact } from '../money/decimal.js';
import { moneyText } from '../money/round-lines.js';
import { explained } from '../invoices/explain-line.js';
import { invoiceLine, invoiceSummary, type ShownLine } from '../invoices/invoice.js';
import { billingInterval } from '../periods/billing-period.js';
import { instant as anyInstant, isAtOrAfter, isBefore } from '../periods/instant.js';
import type { RatedPeriod } from '../rating/rate-period.js';
import { queryOf } from './period-rating.js';
import { subscriptionState } from './subscription-state.js';
import type { WaitingLine } from './waiting.js';

const shown = invoiceSummary.shape;

/** Any prices on any history. */
export const newPreview = z
  .strictObject({
    tenant: z.string().min(1).max(63).describe('Id or slug: whose usage it is'),
    from: anyInstant,
    to: anyInstant.describe('The two bound a whole period, of which shares are taken'),
    currency: currencyCode,
    time_zone: timeZone.optional().describe("The tenant's, where left out"),
    components: newComponentList.optional().describe('What would be sold; or name a plan'),
    plan: z.string().min(1).max(63).optional(),
    version: z.int().min(1).optional().describe('Of the plan; the one that is sold at `from`, where left out'),
    interval: billingInterval.optional().describe('Which offer of the plan'),
  })
  .superRefine((given, context) => {
    const [components, plan, interval, from, to] = (['components', 'plan', 'interval', 'from', 'to'] as const).map(
      (member) => memberOf(given, member),
    );
    if ((components === undefined) === (plan === undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['components'],
        message: 'must be given, or else a plan with an interval',
      });
    }
    if (plan !== undefined && interval === undefined) {
      context.addIssue({ code: 'custom', path: ['interval'], message: 'must be given with a plan' });
    }
    if (isAtOrAfter(String(from), String(to))) {
      context.addIssue({ code: 'custom', path: ['to'], message: 'must be after the period begins' });
    }
  }, whateverElse)
  .meta({ id: 'NewBillingPreview' });
export type NewPreview = z.infer<typeof newPreview>;

export type JudgedPreview =
  | { readonly state: 'refused'; readonly faults: InputFault[] }
  | { readonly state: 'accepted'; readonly asked: NewPreview };

/** @returns every fault of what was asked, or what was asked */
export function judgePreview(body: unknown, known: Known): JudgedPreview {
  const parsed = newPreview.safeParse(body, { error: missingIsRequired });
  const faults = parsed.error === undefined ? [] : faultsOfIssues('body', parsed.error.issues);
  faults.push(...contractMeterFaults(body, known));
  if (parsed.data === undefined || faults.length > 0) return { state: 'refused', faults };
  return { state: 'accepted', asked: parsed.data };
}

/** Prices on a history that is older than they are: where none of a component's holds at its beginning, its first one holds from then on. */
export function holdingFrom(components: readonly Component[], from: string): Component[] {
  return components.map((component) => {
    if (component.versions.some(({ effective_from }) => !isBefore(from, effective_from))) return component;
    const [first, ...later] = component.versions.toSorted((a, b) =>
      isBefore(a.effective_from, b.effective_from) ? -1 : 1,
    );
    return first === undefined ? component : { ...component, versions: [{ ...first, effective_from: from }, ...later] };
  });
}

/** What a period would have come to: an invoice without what makes it one. */
export const preview = z
  .object({
    tenant_id: id,
    period: z.object({ from: instant, to: instant }),
    currency: shown.currency,
    time_zone: shown.time_zone,
    zone_data_version: shown.zone_data_version,
    subtotal: shown.subtotal,
    rounding: shown.rounding,
    total: shown.total,
    lines: z.array(invoiceLine),
  })
  .meta({ id: 'BillingPreview' });
export type Preview = z.infer<typeof preview>;

/** What the preview of a subscription's next invoice is made of. */
export const previewState = z.object({
  subscription: subscriptionState,
  invoice_id: z.string().nullable(),
});

/** The lines as an invoice shows them, and after them what waits for the tenant's next one. */
export function shownLines(
  tenantId: string,
  { lines, currency }: RatedPeriod,
  adjustments: readonly WaitingLine[],
): ShownLine[] {
  const rated = lines.map((each): Unnumbered => ({
    ...each,
    explanation: [...each.explanation],
    description: null,
    query: queryOf(tenantId, each),
    adjusts_invoice: null,
  }));
  return numbered([...rated, ...adjustments.map((each) => adjustmentLine(each, currency))], currency);
}

/** The lines of an invoice of adjustments alone. */
export function adjustmentLines(adjustments: readonly WaitingLine[], currency: string): ShownLine[] {
  return numbered(
    adjustments.map((each) => adjustmentLine(each, currency)),
    currency,
  );
}

type Unnumbered = Omit<ShownLine, 'line' | 'explained'>;

function adjustmentLine(each: WaitingLine, currency: string): Unnumbered {
  const amount = moneyText(exact(each.amount), currency);
  return { ...each, kind: 'adjustment', amount, unrounded: amount };
}

function numbered(lines: readonly Unnumbered[], currency: string): ShownLine[] {
  return lines.map((each, index) => ({
    ...each,
    line: index + 1,
    explained: explained(each, currency),
  }));
}
