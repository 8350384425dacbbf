import { Controller } from '@nestjs/common';
import { requestActor } from '../../audit/request-actor.js';
import { TenantryError } from '../../platform/errors.js';
import { toPage } from '../../platform/http/pagination.js';
import { Answer, answer, type AnswerOf, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { callerReach } from '../../platform/caller-reach.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import { DriftService } from '../drift/drift.service.js';
import type { Operation } from '../operations/operation.js';
import type { InstanceAction } from './instance-actions.js';
import * as routes from './instance-routes.js';
import { InstancesService, type Requested } from './instances.service.js';

@Controller()
export class InstancesController {
  constructor(
    private readonly instances: InstancesService,
    private readonly tenants: TenantsService,
    private readonly drift: DriftService,
  ) {}

  @Route(routes.createInstance)
  async create({
    params,
    body,
  }: InputOf<typeof routes.createInstance>): Promise<AnswerOf<typeof routes.createInstance>> {
    const tenant = await this.tenants.get(params.tenant, callerReach());
    const { name = body.blueprint, ...request } = body;
    if (name.length > 53)
      throw nameFault('/name', 'the blueprint has a long name: give the instance one of at most 53 characters');
    const { instance, operation } = await this.instances.create(
      tenant,
      name,
      { version: undefined, ...request },
      requestActor(),
    );
    if (operation === null) throw new TenantryError('internal', 'internal', 'a create without an operation');
    return answer(202, { instance, operation }, locationOf(operation));
  }

  @Route(routes.putInstance)
  async put({ params, body }: InputOf<typeof routes.putInstance>): Promise<AnswerOf<typeof routes.putInstance>> {
    const { name = params.name, ...request } = body;
    if (name !== params.name) throw nameFault('/name', 'must be the name in the path');
    const tenant = await this.tenants.get(params.tenant, callerReach());
    return requestedAnswer(await this.instances.put(tenant, name, { version: undefined, ...request }, requestActor()));
  }

  @Route(routes.upgradeInstance)
  async upgrade({
    params,
    body,
  }: InputOf<typeof routes.upgradeInstance>): Promise<AnswerOf<typeof routes.upgradeInstance>> {
    const was = await this.instances.get(params.instance);
    const tenant = await this.tenants.get(was.tenant_id, callerReach());
    const change = { version: body.version, values: body.values };
    return requestedAnswer(await this.instances.upgrade(tenant, was.name, change, requestActor()));
  }

  @Route(routes.listInstances)
  list({ query }: InputOf<typeof routes.listInstances>): Promise<AnswerOf<typeof routes.listInstances>> {
    return this.page(query);
  }

  @Route(routes.listMyInstances)
  listMine({ query }: InputOf<typeof routes.listMyInstances>): Promise<AnswerOf<typeof routes.listMyInstances>> {
    return this.page(query);
  }

  @Route(routes.getInstance)
  async get({ params }: InputOf<typeof routes.getInstance>): Promise<AnswerOf<typeof routes.getInstance>> {
    const instance = await this.instances.get(params.instance);
    this.drift.refreshIfOld(instance.id, instance.synced_at);
    return instance;
  }

  @Route(routes.startInstance)
  start({ params }: InputOf<typeof routes.startInstance>): Promise<AnswerOf<typeof routes.startInstance>> {
    return this.act(params.instance, 'start');
  }

  @Route(routes.stopInstance)
  stop({ params }: InputOf<typeof routes.stopInstance>): Promise<AnswerOf<typeof routes.stopInstance>> {
    return this.act(params.instance, 'stop');
  }

  @Route(routes.restartInstance)
  restart({ params }: InputOf<typeof routes.restartInstance>): Promise<AnswerOf<typeof routes.restartInstance>> {
    return this.act(params.instance, 'restart');
  }

  @Route(routes.repairInstance)
  repair({ params }: InputOf<typeof routes.repairInstance>): Promise<AnswerOf<typeof routes.repairInstance>> {
    return this.act(params.instance, 'repair');
  }

  @Route(routes.uninstallInstance)
  async uninstall({
    params,
    query,
    headers,
  }: InputOf<typeof routes.uninstallInstance>): Promise<AnswerOf<typeof routes.uninstallInstance>> {
    const parameters = query.retain_data === undefined ? {} : { retain_data: query.retain_data };
    const operation = await this.instances.act(
      params.instance,
      'uninstall',
      parameters,
      headers['if-match'],
      requestActor(),
    );
    return answer(202, { operation }, locationOf(operation));
  }

  private async page(
    query: InputOf<typeof routes.listInstances>['query'],
  ): Promise<AnswerOf<typeof routes.listInstances>> {
    const reach = callerReach();
    const tenantId = query.tenant === undefined ? undefined : (await this.tenants.get(query.tenant, reach)).id;
    const filter = { reach, tenantId, status: query.status, blueprint: query.blueprint };
    const rows = await this.instances.list(filter, query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => row.id,
      (row) => row,
    );
  }

  private async act(id: string, action: InstanceAction): Promise<Answer<202, { operation: Operation }>> {
    const operation = await this.instances.act(id, action, {}, undefined, requestActor());
    return answer(202, { operation }, locationOf(operation));
  }
}

function requestedAnswer({ instance, operation }: Requested): AnswerOf<typeof routes.putInstance> {
  if (operation === null) return answer(200, { instance, operation });
  return answer(202, { instance, operation }, locationOf(operation));
}

function locationOf(operation: Operation): Record<string, string> {
  return { location: `/v1/operations/${operation.id}` };
}

function nameFault(pointer: string, message: string): TenantryError {
  return new TenantryError('invalid', 'validation_failed', 'the request has faults', {
    faults: [{ pointer, message }],
  });
}
