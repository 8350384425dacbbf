import { Controller } from '@nestjs/common';
import { requestActor } from '../../audit/request-actor.js';
import { callerReach } from '../../platform/caller-reach.js';
import { toPage } from '../../platform/http/pagination.js';
import { answer, type AnswerOf, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import {
  getEntitlement,
  listEntitlements,
  listMyEntitlements,
  listPlanEntitlements,
  putPlanEntitlement,
  putTenantEntitlement,
  removePlanEntitlement,
  removeTenantEntitlement,
} from './entitlement-routes.js';
import { EntitlementsService } from './entitlements.service.js';

@Controller()
export class EntitlementsController {
  constructor(
    private readonly entitlements: EntitlementsService,
    private readonly tenants: TenantsService,
  ) {}

  @Route(listPlanEntitlements)
  async listOfPlan({
    params,
    query,
  }: InputOf<typeof listPlanEntitlements>): Promise<AnswerOf<typeof listPlanEntitlements>> {
    const rows = await this.entitlements.given({ plan: params.plan }, query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => row.feature,
      (row) => row,
    );
  }

  @Route(putPlanEntitlement)
  async putOfPlan({
    params: { plan, feature },
    headers,
    body,
  }: InputOf<typeof putPlanEntitlement>): Promise<AnswerOf<typeof putPlanEntitlement>> {
    const put = await this.entitlements.put({ plan }, feature, body, headers['if-match'], requestActor());
    return put.created ? answer(201, put.entitlement) : answer(200, put.entitlement);
  }

  @Route(removePlanEntitlement)
  async removeOfPlan({
    params: { plan, feature },
    headers,
  }: InputOf<typeof removePlanEntitlement>): Promise<AnswerOf<typeof removePlanEntitlement>> {
    await this.entitlements.remove({ plan }, feature, headers['if-match'], requestActor());
    return answer(204, undefined);
  }

  @Route(listEntitlements)
  async list({ params, query }: InputOf<typeof listEntitlements>): Promise<AnswerOf<typeof listEntitlements>> {
    const rows = await this.entitlements.list(params.tenant, callerReach(), query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => row.feature,
      (row) => row,
    );
  }

  @Route(listMyEntitlements)
  async listMine({ query }: InputOf<typeof listMyEntitlements>): Promise<AnswerOf<typeof listMyEntitlements>> {
    const rows = await this.entitlements.listWithin(callerReach(), query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => [row.tenant_id, row.feature],
      (row) => row,
    );
  }

  @Route(getEntitlement)
  get({ params }: InputOf<typeof getEntitlement>): Promise<AnswerOf<typeof getEntitlement>> {
    return this.entitlements.get(params.tenant, callerReach(), params.feature);
  }

  @Route(putTenantEntitlement)
  async put({
    params: { tenant, feature },
    headers,
    body,
  }: InputOf<typeof putTenantEntitlement>): Promise<AnswerOf<typeof putTenantEntitlement>> {
    const { id: tenantId } = await this.tenants.get(tenant, callerReach());
    const put = await this.entitlements.put({ tenantId }, feature, body, headers['if-match'], requestActor());
    return put.created ? answer(201, put.entitlement) : answer(200, put.entitlement);
  }

  @Route(removeTenantEntitlement)
  async remove({
    params: { tenant, feature },
    headers,
  }: InputOf<typeof removeTenantEntitlement>): Promise<AnswerOf<typeof removeTenantEntitlement>> {
    const { id: tenantId } = await this.tenants.get(tenant, callerReach());
    await this.entitlements.remove({ tenantId }, feature, headers['if-match'], requestActor());
    return answer(204, undefined);
  }
}
