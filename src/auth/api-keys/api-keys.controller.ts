import { Controller } from '@nestjs/common';
import { requestActor } from '../../audit/request-actor.js';
import { toPage } from '../../platform/http/pagination.js';
import { answer, type AnswerOf, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { callerReach } from '../../platform/caller-reach.js';
import { CurrentPrincipal } from '../auth.guard.js';
import type { Principal } from '../principal.js';
import * as routes from './api-key-routes.js';
import { ApiKeysService } from './api-keys.service.js';

@Controller()
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Route(routes.createApiKey)
  async create(
    { body }: InputOf<typeof routes.createApiKey>,
    @CurrentPrincipal() caller: Principal,
  ): Promise<AnswerOf<typeof routes.createApiKey>> {
    const made = await this.keys.create(body, caller, callerReach(), requestActor());
    return answer(201, made, { location: `/v1/api-keys/${made.id}` });
  }

  @Route(routes.listApiKeys)
  list({ query }: InputOf<typeof routes.listApiKeys>): Promise<AnswerOf<typeof routes.listApiKeys>> {
    return this.page(query);
  }

  @Route(routes.listMyApiKeys)
  listMine({ query }: InputOf<typeof routes.listMyApiKeys>): Promise<AnswerOf<typeof routes.listMyApiKeys>> {
    return this.page(query);
  }

  @Route(routes.getApiKey)
  get({ params }: InputOf<typeof routes.getApiKey>): Promise<AnswerOf<typeof routes.getApiKey>> {
    return this.keys.get(params.key);
  }

  @Route(routes.revokeApiKey)
  async revoke({
    params,
    headers,
  }: InputOf<typeof routes.revokeApiKey>): Promise<AnswerOf<typeof routes.revokeApiKey>> {
    await this.keys.revoke(params.key, headers['if-match'], requestActor());
    return undefined;
  }

  @Route(routes.rotateApiKey)
  async rotate(
    { params, headers, body }: InputOf<typeof routes.rotateApiKey>,
    @CurrentPrincipal() caller: Principal,
  ): Promise<AnswerOf<typeof routes.rotateApiKey>> {
    const made = await this.keys.rotate(params.key, body, caller, headers['if-match'], requestActor());
    return answer(201, made, { location: `/v1/api-keys/${made.id}` });
  }

  private async page({ tenant, limit, cursor }: InputOf<typeof routes.listApiKeys>['query']) {
    const rows = await this.keys.list(callerReach(), tenant, limit + 1, cursor);
    return toPage(
      rows,
      limit,
      (row) => row.id,
      (row) => row,
    );
  }
}
