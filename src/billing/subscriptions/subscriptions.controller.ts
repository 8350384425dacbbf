import { Controller } from '@nestjs/common';
import { requestActor } from '../../audit/request-actor.js';
import { callerReach } from '../../platform/caller-reach.js';
import { toPage } from '../../platform/http/pagination.js';
import { answer, type AnswerOf, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { idsWithin } from '../../platform/reach.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import type { StoredSubscription } from './stored-subscription.js';
import { type Changing, SubscriptionChanges } from './subscription-changes.service.js';
import {
  activateSubscription,
  addSubscriptionOverride,
  cancelSubscription,
  createSubscription,
  endSubscriptionOverride,
  getSubscription,
  listMySubscriptions,
  listSubscriptions,
  listTenantSubscriptions,
  moveSubscription,
  uncancelSubscription,
} from './subscription-routes.js';
import { type Subscription, toSubscription } from './subscription.js';
import { SubscriptionsService } from './subscriptions.service.js';
import type { SubscriptionFilter } from './subscriptions.store.js';

@Controller()
export class SubscriptionsController {
  constructor(
    private readonly subscriptions: SubscriptionsService,
    private readonly changes: SubscriptionChanges,
    private readonly tenants: TenantsService,
  ) {}

  @Route(createSubscription)
  async create({ params, body }: InputOf<typeof createSubscription>): Promise<AnswerOf<typeof createSubscription>> {
    const tenant = await this.tenants.get(params.tenant, callerReach());
    const { subscription, ...rest } = await this.subscriptions.subscribe(tenant, body, requestActor());
    const location = `/v1/subscriptions/${subscription.id}`;
    return answer(201, this.shown({ subscription, ...rest }), { location });
  }

  @Route(listTenantSubscriptions)
  async listOfTenant({
    params,
    query,
  }: InputOf<typeof listTenantSubscriptions>): Promise<AnswerOf<typeof listTenantSubscriptions>> {
    const { id } = await this.tenants.get(params.tenant, callerReach());
    return this.page({ tenants: [id] }, query);
  }

  @Route(listSubscriptions)
  async list({ query }: InputOf<typeof listSubscriptions>): Promise<AnswerOf<typeof listSubscriptions>> {
    const { tenant, status, plan } = query;
    const named = tenant === undefined ? undefined : await this.tenants.idsOf([tenant], callerReach());
    return this.page({ tenants: named ?? idsWithin(callerReach()), status, plan }, query);
  }

  @Route(listMySubscriptions)
  listMine({ query }: InputOf<typeof listMySubscriptions>): Promise<AnswerOf<typeof listMySubscriptions>> {
    return this.page({ tenants: idsWithin(callerReach()), status: query.status }, query);
  }

  @Route(getSubscription)
  async get({ params }: InputOf<typeof getSubscription>): Promise<AnswerOf<typeof getSubscription>> {
    return this.shown(await this.subscriptions.get(params.subscription));
  }

  @Route(moveSubscription)
  async move(input: InputOf<typeof moveSubscription>): Promise<AnswerOf<typeof moveSubscription>> {
    return this.shown(await this.changes.move(changing(input), input.body));
  }

  @Route(cancelSubscription)
  async cancel(input: InputOf<typeof cancelSubscription>): Promise<AnswerOf<typeof cancelSubscription>> {
    return this.shown(await this.changes.cancel(changing(input), input.body.at));
  }

  @Route(uncancelSubscription)
  async uncancel(input: InputOf<typeof uncancelSubscription>): Promise<AnswerOf<typeof uncancelSubscription>> {
    return this.shown(await this.changes.uncancel(changing(input)));
  }

  @Route(activateSubscription)
  async activate(input: InputOf<typeof activateSubscription>): Promise<AnswerOf<typeof activateSubscription>> {
    return this.shown(await this.changes.activate(changing(input)));
  }

  @Route(addSubscriptionOverride)
  async addOverride(input: InputOf<typeof addSubscriptionOverride>): Promise<AnswerOf<typeof addSubscriptionOverride>> {
    return this.shown(await this.changes.addOverride(changing(input), input.body));
  }

  @Route(endSubscriptionOverride)
  async endOverride(input: InputOf<typeof endSubscriptionOverride>): Promise<AnswerOf<typeof endSubscriptionOverride>> {
    return this.shown(await this.changes.endOverride(changing(input), input.params.override));
  }

  private shown(stored: StoredSubscription): Subscription {
    return toSubscription(stored, this.subscriptions.now());
  }

  private async page(
    filter: SubscriptionFilter,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  ) {
    const rows = await this.subscriptions.list(filter, limit + 1, cursor);
    return toPage(
      rows,
      limit,
      ({ subscription }) => subscription.id,
      (row) => this.shown(row),
    );
  }
}

function changing({
  params,
  headers,
}: {
  readonly params: { readonly subscription: string };
  readonly headers: { readonly 'if-match'?: string | undefined };
}): Changing {
  return { id: params.subscription, ifMatch: headers['if-match'], context: requestActor() };
}
