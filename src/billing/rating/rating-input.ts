import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { catalogKey, component } from '../catalog/component.js';
import { currencyCode } from '../money/currency.js';
import { decimalString, quantityLimits } from '../money/decimal.js';
import { timeZone } from '../../platform/time-zone.js';
import { instant, isAtOrAfter, isBefore } from '../periods/instant.js';
import { terms } from '../prices/price.js';

const maxPhases = 1_000;
const maxQuantities = 100_000;

/** What a subscription is on, until the next phase begins. */
const phase = z.strictObject({
  from: instant,
  to: instant.nullable().describe('Null: until further notice'),
  trial: z.boolean().default(false).describe('Shown, and free'),
  plan_version: z.string().min(1).max(200),
  components: z
    .array(component)
    .max(200)
    .superRefine((components, context) => {
      for (const [index, { key }] of components.entries()) {
        if (components.findIndex((other) => other.key === key) < index) {
          context.addIssue({ code: 'custom', path: [index, 'key'], message: 'is the key of a component before' });
        }
      }
    }),
});

/** Another price for one tenant. */
const override = z.strictObject({
  id: z.string().min(1).max(200),
  component: catalogKey,
  from: instant,
  to: instant.nullable(),
  terms,
});

/** What a meter says of one segment. */
const quantity = z.strictObject({
  meter: catalogKey,
  from: instant,
  to: instant,
  quantity: decimalString(quantityLimits),
});

/** One subscription in one period. */
export const subscriptionPeriod = z
  .strictObject({
    currency: currencyCode,
    zone: timeZone,
    period: z.strictObject({ from: instant, to: instant }),
    phases: z.array(phase).min(1).max(maxPhases),
    overrides: z.array(override).max(maxPhases).default([]),
  })
  .superRefine((given, context) => {
    for (const { path, message } of [...periodFaults(given), ...phaseFaults(given), ...overrideFaults(given)]) {
      context.addIssue({ code: 'custom', path, message });
    }
  });
export type SubscriptionPeriod = z.infer<typeof subscriptionPeriod>;

export const meteredQuantities = z.strictObject({ quantities: z.array(quantity).max(maxQuantities) });

export const ratingInput = meteredQuantities.extend({ subscription: subscriptionPeriod });
export type Quantity = z.infer<typeof quantity>;

interface Fault {
  readonly path: (string | number)[];
  readonly message: string;
}

type Times = Pick<SubscriptionPeriod, 'period' | 'zone'>;

function periodFaults({ period, zone }: Times): Fault[] {
  if (isAtOrAfter(period.from, period.to))
    return [{ path: ['period', 'to'], message: 'must be after the period begins' }];
  const zoned = timeZone.safeParse(zone).success;
  if (!zoned || !isBefore(period.from, period.to) || dateIn(period.from, zone) !== dateIn(period.to, zone)) return [];
  return [{ path: ['period', 'to'], message: 'must be on a later date than the period begins' }];
}

/** The phases tile the period. */
function phaseFaults({ period, phases }: Pick<SubscriptionPeriod, 'period' | 'phases'>): Fault[] {
  const faults: Fault[] = [];
  const [first] = phases;
  if (first !== undefined && isBefore(period.from, first.from)) {
    faults.push({ path: ['phases', 0, 'from'], message: 'leaves the beginning of the period without a plan' });
  }
  for (const [index, { from, to }] of phases.entries()) {
    const next = phases[index + 1];
    if (to !== null && isAtOrAfter(from, to)) {
      faults.push({ path: ['phases', index, 'to'], message: 'must be after the phase begins' });
    }
    if (next === undefined) {
      if (to === null || !isBefore(to, period.to)) continue;
      faults.push({ path: ['phases', index, 'to'], message: 'leaves the end of the period without a plan' });
    } else if (to === null || isBefore(next.from, to)) {
      faults.push({ path: ['phases', index + 1, 'from'], message: 'overlaps with the phase before' });
    } else if (isBefore(to, next.from)) {
      faults.push({ path: ['phases', index + 1, 'from'], message: 'leaves a gap to the phase before' });
    }
  }
  return faults;
}

function overrideFaults({ phases, overrides }: Pick<SubscriptionPeriod, 'phases' | 'overrides'>): Fault[] {
  const components = phases.flatMap((given) => given.components);
  return overrides.flatMap(({ component: key, from, to, terms: { price } }, index): Fault[] => {
    const faults: Fault[] = [];
    const sold = components.filter((other) => other.key === key);
    if (price.model === 'flat' && sold.some(({ meter }) => meter !== null)) {
      const message = 'a flat price counts nothing, and a meter counts the component';
      faults.push({ path: ['overrides', index, 'terms', 'price', 'model'], message });
    }
    if (sold.length === 0)
      faults.push({ path: ['overrides', index, 'component'], message: 'is in no plan of the phases' });
    if (to !== null && isAtOrAfter(from, to)) {
      faults.push({ path: ['overrides', index, 'to'], message: 'must be after the override begins' });
    }
    const twin = overrides
      .slice(0, index)
      .some((other) => other.component === key && startsBefore(from, other.to) && startsBefore(other.from, to));
    if (twin) faults.push({ path: ['overrides', index, 'from'], message: 'overlaps with an override before' });
    return faults;
  });
}

function startsBefore(from: string, to: string | null): boolean {
  return to === null || isBefore(from, to);
}

function dateIn(at: string, zone: string): string {
  return Temporal.Instant.from(at).toZonedDateTimeISO(zone).toPlainDate().toString();
}
