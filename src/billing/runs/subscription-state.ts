import { z } from 'zod';
import { billingInterval, billingPeriod } from '../periods/billing-period.js';
import { instant, isAtOrAfter, isBefore } from '../periods/instant.js';
import { projectedPeriod } from '../subscriptions/projected-period.js';

/** A subscription as billing reads it: up to where it is billed, and everything that prices what follows. */
export const subscriptionState = z.object({
  id: z.string(),
  tenant_id: z.string(),
  currency: z.string(),
  interval: billingInterval,
  time_zone: z.string(),
  anchor_at: instant,
  ends_at: instant.nullable(),
  next_period: z.int(),
  next_period_from: instant,
  next_period_to: instant,
  /** Of the row that it was read from: what is written is refused when that has changed since. */
  row_version: z.string(),
  phases: z.array(
    z.object({
      from: instant,
      to: instant.nullable(),
      trial: z.boolean(),
      plan_version: z.string(),
      components: z.array(z.looseObject({ key: z.string() })),
    }),
  ),
  overrides: z.array(
    z.object({ id: z.string(), component: z.string(), from: instant, to: instant.nullable(), terms: z.json() }),
  ),
});
export type SubscriptionState = z.infer<typeof subscriptionState>;

/** Where the next period is billed to: its end, or that of the subscription. */
export function billedTo({ next_period_to, ends_at }: SubscriptionState): string {
  return ends_at !== null && isBefore(ends_at, next_period_to) ? ends_at : next_period_to;
}

/** Whether the next period was over by an instant, and has not been billed. */
export function isDue(state: SubscriptionState, by: string): boolean {
  const over = state.ends_at !== null && isAtOrAfter(state.next_period_from, state.ends_at);
  return !over && isAtOrAfter(by, billedTo(state));
}

/** The period after the next one. It begins where that ends, whatever has become of the zone's rules since its bounds were worked out. */
export function following(state: SubscriptionState): { from: string; to: string } {
  const { anchor_at, time_zone, interval, next_period, next_period_to } = state;
  const { to } = billingPeriod({ at: anchor_at, zone: time_zone, interval }, next_period + 1);
  return { from: next_period_to, to };
}

/** The subscription once its next period is billed. */
export function advanced(state: SubscriptionState): SubscriptionState {
  const { from, to } = following(state);
  return { ...state, next_period: state.next_period + 1, next_period_from: from, next_period_to: to };
}

/** What the rating of the next period takes. */
export function periodOf(state: SubscriptionState): object {
  return projectedPeriod(state, { from: state.next_period_from, to: state.next_period_to });
}
