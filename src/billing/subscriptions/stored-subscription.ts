import { z } from 'zod';
import { componentList } from '../catalog/plan.js';
import { billingInterval } from '../periods/billing-period.js';
import { storedInstant as instant } from '../periods/instant.js';
import { terms } from '../prices/price.js';

export const subscriptionStatus = z
  .enum(['trialing', 'active', 'past_due', 'suspended', 'ended'])
  .meta({ id: 'SubscriptionStatus' });

const subscriptionRow = z.object({
  id: z.string(),
  tenant_id: z.string(),
  status: subscriptionStatus,
  currency: z.string(),
  billing_interval: billingInterval,
  time_zone: z.string(),
  anchor_at: instant,
  started_at: instant,
  trial_ends_at: instant.nullable(),
  trial_end: z.enum(['activate', 'suspend']),
  ends_at: instant.nullable(),
  past_due_since: instant.nullable(),
  next_period: z.int(),
  next_period_from: instant,
  next_period_to: instant,
  row_version: z.int(),
  created_at: instant,
  updated_at: instant,
});

const phaseRow = z.object({
  seq: z.int(),
  starts_at: instant,
  ends_at: instant.nullable(),
  trial: z.boolean(),
  plan_version: z.string(),
  components: componentList,
});
export type PhaseRow = z.infer<typeof phaseRow>;

const overrideRow = z.object({
  id: z.string(),
  component: z.string(),
  starts_at: instant,
  ends_at: instant.nullable(),
  terms,
});
export type OverrideRow = z.infer<typeof overrideRow>;

/** What `billing_subscriptions_read` gives of each subscription. */
export const storedSubscription = z.object({
  subscription: subscriptionRow,
  phases: z.array(phaseRow),
  overrides: z.array(overrideRow),
});
export type StoredSubscription = z.infer<typeof storedSubscription>;
