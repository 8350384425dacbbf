import { z } from 'zod';
import { ifMatch } from '../../platform/http/etag.js';
import { page, pageQuery } from '../../platform/http/pagination.js';
import { defineRoute } from '../../platform/http/route.js';
import { planName } from '../../tenants/tenant.js';
import { entitlement, givenEntitlement, terms } from './entitlement.js';
import { featureSlug } from './feature.js';

const tag = 'quotas';
const tenant = z.string().min(1).max(63).describe('The id or the slug');
const headers = z.object(ifMatch);

const putAnswers = {
  200: { description: 'The terms as they now are.', schema: givenEntitlement },
  201: { description: 'The new terms.', schema: givenEntitlement },
} as const;
const putProblems = {
  unprocessable: ['terms_do_not_fit'],
  precondition_failed: ['precondition_failed'],
} as const;

export const listPlanEntitlements = defineRoute({
  name: 'listPlanEntitlements',
  method: 'GET',
  path: '/v1/plans/{plan}/entitlements',
  tag,
  summary: 'What a plan includes, by feature',
  access: { scope: 'usage:read', of: 'platform' },
  params: z.strictObject({ plan: planName }),
  query: z.strictObject({ ...pageQuery(z.string()) }),
  answers: { 200: { description: 'A page of terms.', schema: page(givenEntitlement) } },
});

export const putPlanEntitlement = defineRoute({
  name: 'putPlanEntitlement',
  method: 'PUT',
  path: '/v1/plans/{plan}/entitlements/{feature}',
  tag,
  summary: 'Include a feature in a plan',
  description:
    'Holds at once for every tenant on the plan that has no terms of its own. A metered feature that nobody limits is unlimited; a boolean or static one that nobody gave is not had.',
  access: { scope: 'usage:write', of: 'platform' },
  params: z.strictObject({ plan: planName, feature: featureSlug }),
  headers,
  body: terms,
  answers: putAnswers,
  problems: { not_found: ['feature_not_found'], ...putProblems },
});

export const removePlanEntitlement = defineRoute({
  name: 'removePlanEntitlement',
  method: 'DELETE',
  path: '/v1/plans/{plan}/entitlements/{feature}',
  tag,
  summary: 'Take a feature out of a plan',
  access: { scope: 'usage:write', of: 'platform' },
  params: z.strictObject({ plan: planName, feature: featureSlug }),
  headers,
  answers: { 204: { description: 'The plan says nothing of the feature any more.' } },
  problems: { not_found: ['entitlement_not_found'], precondition_failed: ['precondition_failed'] },
});

export const listEntitlements = defineRoute({
  name: 'listEntitlements',
  method: 'GET',
  path: '/v1/tenants/{tenant}/entitlements',
  tag,
  summary: 'Every feature as a tenant has it',
  access: { scope: 'usage:read', of: 'tenant', param: 'tenant' },
  params: z.strictObject({ tenant }),
  query: z.strictObject({ ...pageQuery(z.string()) }),
  answers: { 200: { description: 'A page of entitlements, by feature.', schema: page(entitlement) } },
  problems: { not_found: ['tenant_not_found'] },
});

export const listMyEntitlements = defineRoute({
  name: 'listMyEntitlements',
  method: 'GET',
  path: '/v1/my/entitlements',
  tag: 'my',
  summary: 'Every feature as your tenants have it',
  access: { scope: 'usage:read', of: 'my' },
  query: z.strictObject({ ...pageQuery(z.tuple([z.uuid(), z.string()])) }),
  answers: { 200: { description: 'A page of entitlements, by tenant and feature.', schema: page(entitlement) } },
});

export const getEntitlement = defineRoute({
  name: 'getEntitlement',
  method: 'GET',
  path: '/v1/tenants/{tenant}/entitlements/{feature}',
  tag,
  summary: 'Whether a tenant may use a feature, and how much of it is left',
  access: { scope: 'usage:read', of: 'tenant', param: 'tenant' },
  params: z.strictObject({ tenant, feature: featureSlug }),
  answers: { 200: { description: 'The entitlement at this moment.', schema: entitlement } },
  problems: { not_found: ['tenant_not_found', 'feature_not_found'] },
});

export const putTenantEntitlement = defineRoute({
  name: 'putTenantEntitlement',
  method: 'PUT',
  path: '/v1/tenants/{tenant}/entitlements/{feature}',
  tag,
  summary: 'Give a tenant a feature on terms of its own, whatever its plan',
  access: { scope: 'usage:write', of: 'platform' },
  params: z.strictObject({ tenant, feature: featureSlug }),
  headers,
  body: terms,
  answers: putAnswers,
  problems: { not_found: ['tenant_not_found', 'feature_not_found'], ...putProblems },
});

export const removeTenantEntitlement = defineRoute({
  name: 'removeTenantEntitlement',
  method: 'DELETE',
  path: '/v1/tenants/{tenant}/entitlements/{feature}',
  tag,
  summary: 'Put a tenant back on the terms of its plan',
  access: { scope: 'usage:write', of: 'platform' },
  params: z.strictObject({ tenant, feature: featureSlug }),
  headers,
  answers: { 204: { description: 'The terms of the plan hold.' } },
  problems: {
    not_found: ['tenant_not_found', 'entitlement_not_found'],
    precondition_failed: ['precondition_failed'],
  },
});
