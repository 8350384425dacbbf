import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../audit/request-actor.js';
import { ifMatch } from '../platform/http/etag.js';
import { page, pageQuery, toPage } from '../platform/http/pagination.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../platform/http/route.js';
import { Route } from '../platform/http/route.decorator.js';
import { callerReach } from '../platform/caller-reach.js';
import { booleanText } from '../platform/http/schemas.js';
import { newTenant, tenant, tenantChange } from './tenant.js';
import { TenantsService } from './tenants.service.js';

const tag = 'tenants';
const params = z.strictObject({ tenant: z.string().min(1).max(63).describe('The id or the slug') });

const createTenant = defineRoute({
  name: 'createTenant',
  method: 'POST',
  path: '/v1/tenants',
  tag,
  summary: 'Make a tenant',
  access: { scope: 'tenants:write', of: 'platform' },
  body: newTenant,
  answers: { 201: { description: 'The tenant.', schema: tenant, headers: { Location: 'Where it is.' } } },
  problems: { conflict: ['slug_taken'] },
});

const listTenants = defineRoute({
  name: 'listTenants',
  method: 'GET',
  path: '/v1/tenants',
  tag,
  summary: 'Tenants, oldest first',
  access: { scope: 'tenants:read', of: 'own' },
  query: z.strictObject({ ...pageQuery(z.uuid()) }),
  answers: { 200: { description: 'A page of tenants.', schema: page(tenant) } },
});

const listMyTenants = defineRoute({
  name: 'listMyTenants',
  method: 'GET',
  path: '/v1/my/tenants',
  tag: 'my',
  summary: 'The tenants you belong to, oldest first',
  access: { scope: 'tenants:read', of: 'my' },
  query: z.strictObject({ ...pageQuery(z.uuid()) }),
  answers: { 200: { description: 'A page of tenants.', schema: page(tenant) } },
});

const getTenant = defineRoute({
  name: 'getTenant',
  method: 'GET',
  path: '/v1/tenants/{tenant}',
  tag,
  summary: 'One tenant',
  access: { scope: 'tenants:read', of: 'tenant', param: 'tenant' },
  params,
  answers: { 200: { description: 'The tenant.', schema: tenant } },
  problems: { not_found: ['tenant_not_found'] },
});

const changeTenant = defineRoute({
  name: 'changeTenant',
  method: 'PATCH',
  path: '/v1/tenants/{tenant}',
  tag,
  summary: 'Change a tenant',
  description: 'What the body leaves out stays as it is. A new plan reaches the instances with their next operation.',
  access: { scope: 'tenants:write', of: 'platform' },
  params,
  headers: z.object(ifMatch),
  body: tenantChange,
  answers: { 200: { description: 'The tenant as it now is.', schema: tenant } },
  problems: { not_found: ['tenant_not_found'], precondition_failed: ['precondition_failed'] },
});

const deletion = z
  .object({ operation_ids: z.array(z.uuid()).describe('The uninstalls that must end first') })
  .meta({ id: 'TenantDeletion' });

const deleteTenant = defineRoute({
  name: 'deleteTenant',
  method: 'DELETE',
  path: '/v1/tenants/{tenant}',
  tag,
  summary: 'Delete a tenant',
  access: { scope: 'tenants:write', of: 'platform' },
  params,
  query: z.strictObject({ cascade: booleanText.default(false).describe('Uninstall its instances first') }),
  headers: z.object(ifMatch),
  answers: {
    202: {
      description: 'Its instances are being uninstalled; the tenant goes with the last of them.',
      schema: deletion,
    },
    204: { description: 'It is gone.' },
  },
  problems: {
    not_found: ['tenant_not_found'],
    conflict: ['tenant_has_instances', 'operation_in_progress'],
    precondition_failed: ['precondition_failed'],
  },
});

@Controller()
export class TenantsController {
  constructor(private readonly tenants: TenantsService) {}

  @Route(createTenant)
  async create({ body }: InputOf<typeof createTenant>): Promise<AnswerOf<typeof createTenant>> {
    const made = await this.tenants.create(body, requestActor());
    return answer(201, made, { location: `/v1/tenants/${made.id}` });
  }

  @Route(listTenants)
  list({ query }: InputOf<typeof listTenants>): Promise<AnswerOf<typeof listTenants>> {
    return this.page(query);
  }

  @Route(listMyTenants)
  listMine({ query }: InputOf<typeof listMyTenants>): Promise<AnswerOf<typeof listMyTenants>> {
    return this.page(query);
  }

  @Route(getTenant)
  get({ params: { tenant: idOrSlug } }: InputOf<typeof getTenant>): Promise<AnswerOf<typeof getTenant>> {
    return this.tenants.get(idOrSlug, callerReach());
  }

  @Route(changeTenant)
  change({
    params: { tenant: idOrSlug },
    headers,
    body,
  }: InputOf<typeof changeTenant>): Promise<AnswerOf<typeof changeTenant>> {
    return this.tenants.change(idOrSlug, body, headers['if-match'], requestActor());
  }

  @Route(deleteTenant)
  async delete({
    params: { tenant: idOrSlug },
    query,
    headers,
  }: InputOf<typeof deleteTenant>): Promise<AnswerOf<typeof deleteTenant>> {
    const deleted = await this.tenants.delete(idOrSlug, query.cascade, headers['if-match'], requestActor());
    return deleted.state === 'deleted'
      ? answer(204, undefined)
      : answer(202, { operation_ids: [...deleted.operationIds] });
  }

  private async page(query: InputOf<typeof listTenants>['query']): Promise<AnswerOf<typeof listTenants>> {
    const rows = await this.tenants.list(callerReach(), query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => row.id,
      (row) => row,
    );
  }
}
