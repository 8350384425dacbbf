import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { callerReach } from '../../platform/caller-reach.js';
import { type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { idsWithin } from '../../platform/reach.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import { tenantUsage } from './daily-usage.js';
import { DailyUsage } from './daily-usage.service.js';

const query = z.strictObject({
  days: z.coerce.number().int().min(1).max(400).default(30).describe('How many days, today included'),
});

const readTenantUsage = defineRoute({
  name: 'readTenantUsage',
  method: 'GET',
  path: '/v1/tenants/{tenant}/usage',
  tag: 'usage',
  summary: 'What a tenant used, by day in UTC',
  access: { scope: 'usage:read', of: 'tenant', param: 'tenant' },
  params: z.strictObject({ tenant: z.string().min(1).max(63).describe('The id or the slug') }),
  query,
  answers: { 200: { description: 'The daily rows and what they come to.', schema: tenantUsage } },
  problems: { not_found: ['tenant_not_found'] },
});

const readMyUsage = defineRoute({
  name: 'readMyUsage',
  method: 'GET',
  path: '/v1/my/usage',
  tag: 'my',
  summary: 'What your tenants used, by day in UTC',
  access: { scope: 'usage:read', of: 'my' },
  query,
  answers: {
    200: { description: 'One entry a tenant, by id.', schema: z.object({ data: z.array(tenantUsage) }) },
  },
});

@Controller()
export class DailyUsageController {
  constructor(
    private readonly daily: DailyUsage,
    private readonly tenants: TenantsService,
  ) {}

  @Route(readTenantUsage)
  async ofTenant({
    params,
    query: { days },
  }: InputOf<typeof readTenantUsage>): Promise<AnswerOf<typeof readTenantUsage>> {
    const reach = callerReach();
    const { id } = await this.tenants.get(params.tenant, reach);
    const [usage] = await this.daily.read(reach, [id], days);
    if (usage === undefined) throw new Error('a tenant that was found has no usage, not even none');
    return usage;
  }

  @Route(readMyUsage)
  async mine({ query: { days } }: InputOf<typeof readMyUsage>): Promise<AnswerOf<typeof readMyUsage>> {
    const reach = callerReach();
    return { data: await this.daily.read(reach, idsWithin(reach) ?? [], days) };
  }
}
