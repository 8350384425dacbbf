import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { callerReach } from '../../platform/caller-reach.js';
import { type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import type { Entitlement } from '../quotas/entitlement.js';
import { EntitlementsService } from '../quotas/entitlements.service.js';
import { featureSlug } from '../quotas/feature.js';

/** The client knows no null: what is unlimited, or not of the feature's kind, is left out. */
const entitlementValue = z
  .object({
    hasAccess: z.boolean(),
    balance: z.number().optional(),
    usage: z.number().optional(),
    overage: z.number().optional(),
    config: z.string().optional().describe('JSON; of a static feature'),
  })
  .meta({ id: 'OpenMeterEntitlementValue' });

const getValue = defineRoute({
  name: 'openMeterGetEntitlementValue',
  method: 'GET',
  path: '/api/v1/subjects/{tenant}/entitlements/{feature}/value',
  tag: 'openmeter',
  summary: 'What a tenant may use of a feature now',
  access: { scope: 'usage:read', of: 'tenant', param: 'tenant' },
  params: z.strictObject({
    tenant: z.string().min(1).max(63).describe('The id or the key of the subject'),
    feature: featureSlug,
  }),
  answers: { 200: { description: 'The value.', schema: entitlementValue } },
  problems: { not_found: ['tenant_not_found', 'feature_not_found'] },
});

@Controller()
export class OpenMeterEntitlementsController {
  constructor(private readonly entitlements: EntitlementsService) {}

  @Route(getValue)
  async value({ params: { tenant, feature } }: InputOf<typeof getValue>): Promise<AnswerOf<typeof getValue>> {
    return toValue(await this.entitlements.get(tenant, callerReach(), feature));
  }
}

function toValue({ kind, has_access, balance, usage, overage, value }: Entitlement): z.infer<typeof entitlementValue> {
  return {
    hasAccess: has_access,
    ...(balance === null ? {} : { balance }),
    ...(usage === null ? {} : { usage }),
    ...(overage === null ? {} : { overage }),
    ...(kind === 'static' ? { config: JSON.stringify(value) } : {}),
  };
}
