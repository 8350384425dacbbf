import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { auditEntry } from '../audit/audit-entry.js';
import { auditQuery } from '../audit/audit-filter.js';
import { AuditTrail } from '../audit/audit-trail.service.js';
import { callerReach } from '../platform/caller-reach.js';
import { page } from '../platform/http/pagination.js';
import { type AnswerOf, defineRoute, type InputOf } from '../platform/http/route.js';
import { Route } from '../platform/http/route.decorator.js';
import { TenantsService } from './tenants.service.js';

const listTenantAudit = defineRoute({
  name: 'listTenantAudit',
  method: 'GET',
  path: '/v1/tenants/{tenant}/audit',
  access: { scope: 'audit:read', of: 'tenant', param: 'tenant' },
  tag: 'audit',
  summary: 'Who did what for a tenant, newest first',
  params: z.strictObject({ tenant: z.string().min(1).max(63).describe('The id or the slug') }),
  query: z.strictObject({ ...auditQuery }),
  answers: { 200: { description: "A page of the tenant's trail.", schema: page(auditEntry) } },
  problems: { not_found: ['tenant_not_found'] },
});

@Controller()
export class TenantAuditController {
  constructor(
    private readonly tenants: TenantsService,
    private readonly trail: AuditTrail,
  ) {}

  @Route(listTenantAudit)
  async list({ params, query }: InputOf<typeof listTenantAudit>): Promise<AnswerOf<typeof listTenantAudit>> {
    const { id } = await this.tenants.get(params.tenant, callerReach());
    const { limit, cursor, ...filter } = query;
    return this.trail.page({ ...filter, tenant_id: id }, limit, cursor);
  }
}
