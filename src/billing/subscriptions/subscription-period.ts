import { isAtOrAfter, isBefore } from '../periods/instant.js';
import type { TimeSpan } from '../periods/proration.js';
import type { SubscriptionPeriod } from '../rating/rating-input.js';
import type { StoredSubscription } from './stored-subscription.js';

type Phase = SubscriptionPeriod['phases'][number];

/** The first period that has no invoice yet. */
function nextPeriodOf({ subscription }: StoredSubscription): TimeSpan {
  return { from: subscription.next_period_from, to: subscription.next_period_to };
}

/**
 * What the rating of a period needs of a subscription. Where it ends within the period, or before it, a last phase without components
 * stands for the rest, so that the period keeps its length.
 * @param period half-open, RFC 3339 in UTC, not before the subscription began
 */
export function subscriptionPeriod(
  stored: StoredSubscription,
  period: TimeSpan = nextPeriodOf(stored),
): SubscriptionPeriod {
  const phases = phasesIn(stored, period);
  const sold = new Set(phases.flatMap(({ components }) => components.map(({ key }) => key)));
  const overrides = stored.overrides
    .map(({ id, component, starts_at: from, ends_at: to, terms }) => ({ id, component, from, to, terms }))
    .filter((override) => sold.has(override.component) && overlaps(override, period));
  const { currency, time_zone: zone } = stored.subscription;
  return { currency, zone, period, phases, overrides };
}

function phasesIn({ subscription: { ends_at: end }, phases }: StoredSubscription, period: TimeSpan): Phase[] {
  const sold = phases
    .filter(({ starts_at }) => end === null || isBefore(starts_at, end))
    .map(({ starts_at: from, ends_at, trial, plan_version, components }): Phase => {
      const to = end !== null && (ends_at === null || isBefore(end, ends_at)) ? end : ends_at;
      return { from, to, trial, plan_version, components };
    });
  const last = sold.at(-1);
  if (end !== null && last !== undefined) sold.push({ ...last, from: end, to: null, trial: false, components: [] });
  return sold.filter((phase) => overlaps(phase, period));
}

function overlaps({ from, to }: { from: string; to: string | null }, period: TimeSpan): boolean {
  return isBefore(from, period.to) && (to === null || !isAtOrAfter(period.from, to));
}
