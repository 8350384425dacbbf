import { z } from 'zod';
import { ifMatch } from '../../platform/http/etag.js';
import { page, pageQuery } from '../../platform/http/pagination.js';
import { defineRoute } from '../../platform/http/route.js';
import { judgedByHandler } from '../../platform/http/schemas.js';
import { catalogKey } from '../catalog/component.js';
import { newSubscription } from './new-subscription.js';
import { subscriptionStatus } from './stored-subscription.js';
import { subscription } from './subscription.js';
import { move, newOverride } from './subscription-change.js';

const tag = 'billing';
const tenant = z.string().min(1).max(63).describe('The id or the slug');
const params = z.strictObject({ subscription: z.uuid() });
const headers = z.object(ifMatch);
const reading = { scope: 'billing:read' } as const;
const writing = { scope: 'billing:write', of: 'platform' } as const;
const onePage = { 200: { description: 'A page of subscriptions.', schema: page(subscription) } } as const;

export const createSubscription = defineRoute({
  name: 'createSubscription',
  method: 'POST',
  path: '/v1/tenants/{tenant}/subscriptions',
  tag,
  summary: 'Subscribe a tenant to a plan',
  description:
    'The version of the plan that is sold at that time is kept until the subscription is moved. The tenant is put on the plan. A tenant has one subscription at a time.',
  access: writing,
  params: z.strictObject({ tenant }),
  body: judgedByHandler(newSubscription),
  answers: {
    201: { description: 'The subscription.', schema: subscription, headers: { Location: 'Where it is.' } },
  },
  problems: {
    not_found: ['tenant_not_found'],
    conflict: ['tenant_has_subscription'],
    unprocessable: ['subscription_refused'],
  },
});

export const listTenantSubscriptions = defineRoute({
  name: 'listTenantSubscriptions',
  method: 'GET',
  path: '/v1/tenants/{tenant}/subscriptions',
  tag,
  summary: 'The subscriptions of a tenant, oldest first',
  access: { ...reading, of: 'tenant', param: 'tenant' },
  params: z.strictObject({ tenant }),
  query: z.strictObject({ ...pageQuery(z.uuid()) }),
  answers: onePage,
  problems: { not_found: ['tenant_not_found'] },
});

export const listSubscriptions = defineRoute({
  name: 'listSubscriptions',
  method: 'GET',
  path: '/v1/subscriptions',
  tag,
  summary: 'Subscriptions, oldest first',
  access: { ...reading, of: 'own' },
  query: z.strictObject({
    ...pageQuery(z.uuid()),
    tenant: tenant.optional(),
    status: subscriptionStatus.optional(),
    plan: catalogKey.optional().describe('What they are on now'),
  }),
  answers: onePage,
  problems: { not_found: ['tenant_not_found'] },
});

export const listMySubscriptions = defineRoute({
  name: 'listMySubscriptions',
  method: 'GET',
  path: '/v1/my/subscriptions',
  tag: 'my',
  summary: 'The subscriptions of your tenants, oldest first',
  access: { ...reading, of: 'my' },
  query: z.strictObject({ ...pageQuery(z.uuid()), status: subscriptionStatus.optional() }),
  answers: onePage,
});

export const getSubscription = defineRoute({
  name: 'getSubscription',
  method: 'GET',
  path: '/v1/subscriptions/{subscription}',
  tag,
  summary: 'One subscription, with its phases and overrides',
  access: { ...reading, of: 'subscription', param: 'subscription' },
  params,
  answers: { 200: { description: 'The subscription.', schema: subscription } },
  problems: { not_found: ['subscription_not_found'] },
});

const changes = {
  tag,
  access: writing,
  headers,
  answers: { 200: { description: 'The subscription as it now is.', schema: subscription } },
} as const;
const conflict = ['subscription_ended', 'period_already_billed'] as const;
const problems = {
  not_found: ['subscription_not_found'],
  conflict,
  precondition_failed: ['precondition_failed'],
} as const;

export const moveSubscription = defineRoute({
  ...changes,
  name: 'moveSubscription',
  method: 'POST',
  path: '/v1/subscriptions/{subscription}/move',
  summary: 'Move to another plan, or to a newer version of the same',
  description:
    'From then on the prices of that version hold; what was planned from then on is dropped. What is left of a trial stays one. A period that the move falls into is billed by both plans, each for its part.',
  params,
  body: judgedByHandler(move),
  problems: {
    ...problems,
    conflict: [...conflict, 'trial_over'],
    unprocessable: ['move_refused', 'interval_or_currency_fixed'],
  },
});

export const cancelSubscription = defineRoute({
  ...changes,
  name: 'cancelSubscription',
  method: 'POST',
  path: '/v1/subscriptions/{subscription}/cancel',
  summary: 'End a subscription, at the end of its period unless told otherwise',
  description:
    'It is billed up to its end. Instances of the tenant go on; what becomes of them is for the operator to say.',
  params,
  body: z.strictObject({ at: z.enum(['now', 'period_end']).default('period_end') }).meta({ id: 'Cancellation' }),
  problems,
});

export const uncancelSubscription = defineRoute({
  ...changes,
  name: 'uncancelSubscription',
  method: 'POST',
  path: '/v1/subscriptions/{subscription}/uncancel',
  summary: 'Take a cancellation back, as long as the subscription is not over',
  params,
  problems,
});

export const activateSubscription = defineRoute({
  ...changes,
  name: 'activateSubscription',
  method: 'POST',
  path: '/v1/subscriptions/{subscription}/activate',
  summary: 'Go on after a trial that would end, or has ended, in a suspension',
  params,
  problems: { ...problems, conflict: [...conflict, 'nothing_to_activate'] },
});

export const addSubscriptionOverride = defineRoute({
  ...changes,
  name: 'addSubscriptionOverride',
  method: 'POST',
  path: '/v1/subscriptions/{subscription}/overrides',
  summary: 'Give a tenant a price of its own for one component',
  params,
  body: judgedByHandler(newOverride),
  problems: { ...problems, unprocessable: ['override_refused'] },
});

export const endSubscriptionOverride = defineRoute({
  ...changes,
  name: 'endSubscriptionOverride',
  method: 'DELETE',
  path: '/v1/subscriptions/{subscription}/overrides/{override}',
  summary: 'End an override now, or take back one that has not begun',
  params: params.extend({ override: z.uuid() }),
  problems: { ...problems, not_found: ['subscription_not_found', 'override_not_found'] },
});
