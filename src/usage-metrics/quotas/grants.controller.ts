import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { callerReach } from '../../platform/caller-reach.js';
import { ifMatch } from '../../platform/http/etag.js';
import { page, pageQuery, toPage } from '../../platform/http/pagination.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { featureSlug } from './feature.js';
import { grant, newGrant } from './grant.js';
import { GrantsService } from './grants.service.js';

const tag = 'quotas';
const tenant = z.string().min(1).max(63).describe('The id or the slug');
const params = z.strictObject({ tenant, grant: z.uuid() });

const createGrant = defineRoute({
  name: 'createGrant',
  method: 'POST',
  path: '/v1/tenants/{tenant}/grants',
  tag,
  summary: 'Give a tenant an amount beyond its limit',
  description:
    'The limit is used up first, then grants by priority, expiry and age. For instances, whose number is what it is now, a grant adds to the limit while it holds.',
  access: { scope: 'usage:write', of: 'platform' },
  params: z.strictObject({ tenant }),
  body: newGrant,
  answers: { 201: { description: 'The grant.', schema: grant, headers: { Location: 'Where it is.' } } },
  problems: { not_found: ['tenant_not_found'], unprocessable: ['unknown_feature', 'grant_invalid'] },
});

const listGrants = defineRoute({
  name: 'listGrants',
  method: 'GET',
  path: '/v1/tenants/{tenant}/grants',
  tag,
  summary: 'The grants of a tenant, oldest first',
  access: { scope: 'usage:read', of: 'tenant', param: 'tenant' },
  params: z.strictObject({ tenant }),
  query: z.strictObject({ ...pageQuery(z.uuid()), feature: featureSlug.optional() }),
  answers: { 200: { description: 'A page of grants.', schema: page(grant) } },
  problems: { not_found: ['tenant_not_found'] },
});

const getGrant = defineRoute({
  name: 'getGrant',
  method: 'GET',
  path: '/v1/tenants/{tenant}/grants/{grant}',
  tag,
  summary: 'One grant',
  access: { scope: 'usage:read', of: 'tenant', param: 'tenant' },
  params,
  answers: { 200: { description: 'The grant.', schema: grant } },
  problems: { not_found: ['tenant_not_found', 'grant_not_found'] },
});

const voidGrant = defineRoute({
  name: 'voidGrant',
  method: 'DELETE',
  path: '/v1/tenants/{tenant}/grants/{grant}',
  tag,
  summary: 'Void what is left of a grant',
  access: { scope: 'usage:write', of: 'platform' },
  params,
  headers: z.object(ifMatch),
  answers: { 204: { description: 'It is worth nothing any more; what was used of it was used.' } },
  problems: { not_found: ['tenant_not_found', 'grant_not_found'], precondition_failed: ['precondition_failed'] },
});

@Controller()
export class GrantsController {
  constructor(private readonly grants: GrantsService) {}

  @Route(createGrant)
  async create({ params: of, body }: InputOf<typeof createGrant>): Promise<AnswerOf<typeof createGrant>> {
    const made = await this.grants.create(of.tenant, callerReach(), body, requestActor());
    return answer(201, made, { location: `/v1/tenants/${made.tenant_id}/grants/${made.id}` });
  }

  @Route(listGrants)
  async list({ params: of, query }: InputOf<typeof listGrants>): Promise<AnswerOf<typeof listGrants>> {
    const rows = await this.grants.list(of.tenant, callerReach(), query.feature, query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => row.id,
      (row) => row,
    );
  }

  @Route(getGrant)
  get({ params: of }: InputOf<typeof getGrant>): Promise<AnswerOf<typeof getGrant>> {
    return this.grants.get(of.tenant, callerReach(), of.grant);
  }

  @Route(voidGrant)
  async void({ params: of, headers }: InputOf<typeof voidGrant>): Promise<AnswerOf<typeof voidGrant>> {
    await this.grants.void(of.tenant, callerReach(), of.grant, headers['if-match'], requestActor());
    return answer(204, undefined);
  }
}
