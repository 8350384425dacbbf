import type { TimeSpan } from '../periods/proration.js';
import type { SubscriptionPeriod } from '../rating/rating-input.js';
import { projectedPeriod } from './projected-period.js';
import type { StoredSubscription } from './stored-subscription.js';

/** The first period that has no invoice yet. */
function nextPeriodOf({ subscription }: StoredSubscription): TimeSpan {
  return { from: subscription.next_period_from, to: subscription.next_period_to };
}

/**
 * What the rating of a period needs of a subscription as it is stored.
 * @param period half-open, RFC 3339 in UTC, not before the subscription began
 */
export function subscriptionPeriod(
  stored: StoredSubscription,
  period: TimeSpan = nextPeriodOf(stored),
): SubscriptionPeriod {
  const { currency, time_zone, ends_at } = stored.subscription;
  const phases = stored.phases.map(({ starts_at: from, ends_at: to, trial, plan_version, components }) => {
    return { from, to, trial, plan_version, components };
  });
  const overrides = stored.overrides.map(({ id, component, starts_at: from, ends_at: to, terms }) => {
    return { id, component, from, to, terms };
  });
  return projectedPeriod({ currency, time_zone, ends_at, phases, overrides }, period);
}
