import { z } from 'zod';
import { etagOfVersion } from '../../platform/http/etag.js';
import { id, instant } from '../../platform/http/schemas.js';
import { componentList } from '../catalog/plan.js';
import { billingInterval } from '../periods/billing-period.js';
import { isBefore } from '../periods/instant.js';
import { terms } from '../prices/price.js';
import { type PhaseRow, type StoredSubscription, subscriptionStatus } from './stored-subscription.js';

const phase = z
  .object({
    from: instant,
    to: instant.nullable().describe('Null: until further notice'),
    trial: z.boolean().describe('Shown on invoices, and free'),
    plan: z.string(),
    plan_version: z.string(),
    components: componentList.describe('What was sold, as it was sold; empty: nothing is paid for'),
  })
  .meta({ id: 'SubscriptionPhase' });

const override = z
  .object({
    id,
    component: z.string(),
    from: instant,
    to: instant.nullable().describe('Null: until further notice'),
    terms,
  })
  .meta({ id: 'SubscriptionOverride' });

/** A subscription as the API shows it. */
export const subscription = z
  .object({
    id,
    tenant_id: id,
    status: subscriptionStatus,
    plan: z.string().describe('What it is on now; the last, once it has ended'),
    plan_version: z.string(),
    interval: billingInterval,
    currency: z.string(),
    time_zone: z.string(),
    anchor_at: instant.describe('Periods are counted from here, on the clocks of the zone'),
    started_at: instant,
    trial_ends_at: instant.nullable(),
    trial_end: z.enum(['activate', 'suspend']),
    ends_at: instant.nullable().describe('When it was, or will be, over; null: until further notice'),
    past_due_since: instant.nullable(),
    next_period: z
      .object({ index: z.int(), from: instant, to: instant })
      .describe('The first that has no invoice yet; the next one to be billed'),
    phases: z.array(phase),
    overrides: z.array(override),
    created_at: instant,
    updated_at: instant,
    etag: z.string(),
  })
  .meta({ id: 'Subscription' });
export type Subscription = z.infer<typeof subscription>;

/** @param now RFC 3339 */
export function toSubscription(
  { subscription: row, phases, overrides }: StoredSubscription,
  now: string,
): Subscription {
  const { billing_interval, next_period, next_period_from, next_period_to, row_version, ...shown } = row;
  const current = phaseAt(phases, now);
  return {
    ...shown,
    interval: billing_interval,
    plan: planOf(current?.plan_version),
    plan_version: current?.plan_version ?? '',
    next_period: { index: next_period, from: next_period_from, to: next_period_to },
    phases: phases.map(({ starts_at: from, ends_at: to, trial, plan_version, components }) => {
      return { from, to, trial, plan: planOf(plan_version), plan_version, components };
    }),
    overrides: overrides.map(({ starts_at: from, ends_at: to, ...rest }) => ({ ...rest, from, to })),
    etag: etagOfVersion(row_version),
  };
}

/** The phase that holds an instant; the nearest, before the first one and after the last. */
function phaseAt(phases: readonly PhaseRow[], at: string): PhaseRow | undefined {
  return phases.findLast(({ starts_at }) => !isBefore(at, starts_at)) ?? phases[0];
}

function planOf(version = ''): string {
  return version.split('@')[0] ?? '';
}
