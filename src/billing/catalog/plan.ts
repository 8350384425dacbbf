import { z } from 'zod';
import { itemsOf, memberOf, textOf, whateverElse } from '../../platform/http/faulty-input.js';
import { terms as featureTerms } from '../../usage-metrics/quotas/entitlement.js';
import { featureSlug } from '../../usage-metrics/quotas/feature.js';
import { currencyCode } from '../money/currency.js';
import { decimalString, quantityLimits } from '../money/decimal.js';
import { billingInterval } from '../periods/billing-period.js';
import { instant } from '../periods/instant.js';
import { catalogKey, component, newComponent } from './component.js';

export const componentList = z.array(component).max(200);
export const newComponentList = z.array(newComponent).max(200).superRefine(refuseTwins, whateverElse);

/** What one interval of a plan costs. */
const offer = z.strictObject({
  interval: billingInterval,
  currency: currencyCode,
  components: componentList.superRefine(refuseTwins, whateverElse),
});
const newOffer = offer.extend({ components: newComponentList });

const described = {
  plan: catalogKey,
  trial_days: z.int().min(1).max(365).nullable().describe('Null: no trial'),
  features: z
    .record(featureSlug, featureTerms)
    .describe('On which terms the plan has features, where a quota does not say enough'),
  quotas: z
    .record(featureSlug, decimalString(quantityLimits).nullable())
    .describe('How much of a metered feature there is in a month; null is unlimited'),
};
const offersOf = <O extends z.ZodType>(sold: O) =>
  z.array(sold).max(100).nullable().describe('Null: by contract, priced for each tenant');

export const planReference = z
  .string()
  .regex(/^[a-z0-9]+(_[a-z0-9]+)*(@[1-9][0-9]{0,8})?$/, 'must be a plan, or plan@version')
  .max(80)
  .describe('`plan` is the version that is sold at the time, `plan@version` a certain one');

/** A plan and, unless it is whichever is sold, a version of it. */
export function splitReference(reference: string): { name: string; version: number | undefined } {
  const [name = '', version] = reference.split('@');
  return { name, version: version === undefined ? undefined : z.int().parse(JSON.parse(version)) };
}

/** As it is sold from a time on; never edited, followed by the next version. */
export const planVersion = z
  .strictObject({ id: z.string().min(1).max(200), ...described, effective_from: instant, offers: offersOf(offer) })
  .superRefine(refuseContradictions, whateverElse);
export type PlanVersion = z.infer<typeof planVersion>;

/** A version as it is asked for: Tenantry gives it its number. */
export const newPlan = z
  .strictObject({
    ...described,
    effective_from: instant.optional().describe('Not in the past; at once where left out'),
    trial_days: described.trial_days.default(null),
    offers: offersOf(newOffer),
    features: described.features.default({}),
    quotas: described.quotas.default({}),
  })
  .superRefine(refuseContradictions, whateverElse)
  .meta({ id: 'NewPlan' });
export type NewPlan = z.infer<typeof newPlan>;

/** A version as the API shows it. */
export const plan = z
  .object({
    id: z.string().describe('`plan@version`'),
    version: z.int(),
    ...described,
    effective_from: instant,
    offers: offersOf(offer),
    created_at: instant,
  })
  .meta({ id: 'PlanVersion' });
export type Plan = z.infer<typeof plan>;

/** @param given whatever was sent; of what cannot be read nothing is said */
function refuseContradictions(given: unknown, context: z.RefinementCtx): void {
  const sold = new Set<string>();
  for (const [index, each] of itemsOf(given, 'offers').entries()) {
    const [interval, currency] = [textOf(each, 'interval'), textOf(each, 'currency')];
    if (interval === undefined || currency === undefined) continue;
    const key = `${interval} ${currency}`;
    if (sold.has(key)) {
      context.addIssue({ code: 'custom', path: ['offers', index], message: 'is an interval and currency before' });
    }
    sold.add(key);
  }
  const features = memberOf(given, 'features');
  for (const feature of Object.keys(memberOf(given, 'quotas') ?? {})) {
    if (memberOf(features, feature) === undefined) continue;
    context.addIssue({ code: 'custom', path: ['quotas', feature], message: 'is among the features already' });
  }
}

/** @param components whatever was sent: what has the key of a component before it would have its price twice, or not at all */
function refuseTwins(components: unknown, context: z.RefinementCtx): void {
  const keys = Array.isArray(components) ? components.map((each) => textOf(each, 'key')) : [];
  for (const [place, key] of keys.entries()) {
    if (key === undefined || keys.indexOf(key) === place) continue;
    context.addIssue({ code: 'custom', path: [place, 'key'], message: 'is the key of a component before' });
  }
}
