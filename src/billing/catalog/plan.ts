import { z } from 'zod';
import { currencyCode } from '../money/currency.js';
import { decimalString, quantityLimits } from '../money/decimal.js';
import { billingInterval } from '../periods/billing-period.js';
import { instant } from '../periods/instant.js';
import { catalogKey, component } from './component.js';

/** What one interval of a plan costs. */
const offer = z.strictObject({
  interval: billingInterval,
  currency: currencyCode,
  components: z.array(component).max(200),
});

/** As it is sold from a time on; never edited, followed by the next version. */
export const planVersion = z
  .strictObject({
    id: z.string().min(1).max(200),
    plan: catalogKey,
    effective_from: instant,
    trial_days: z.int().min(1).max(365).nullable().describe('Null: no trial'),
    offers: z.array(offer).max(100).nullable().describe('Null: by contract, priced for each tenant'),
    quotas: z
      .record(catalogKey, decimalString(quantityLimits).nullable())
      .describe('By feature; null is unlimited, and a feature that is not there is not in the plan'),
  })
  .superRefine(({ offers }, context) => {
    const sold = new Set<string>();
    for (const [index, { interval, currency, components }] of (offers ?? []).entries()) {
      const key = `${interval} ${currency}`;
      if (sold.has(key)) {
        context.addIssue({ code: 'custom', path: ['offers', index], message: 'is an interval and currency before' });
      }
      sold.add(key);
      const keys = components.map((sells) => sells.key);
      for (const [place, name] of keys.entries()) {
        if (keys.indexOf(name) === place) continue;
        const path = ['offers', index, 'components', place, 'key'];
        context.addIssue({ code: 'custom', path, message: 'is the key of a component before' });
      }
    }
  });
export type PlanVersion = z.infer<typeof planVersion>;
