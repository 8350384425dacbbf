import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import { newId } from '../../platform/ids.js';
import type { Tenant } from '../../tenants/tenant.js';
import { tenantNotFound } from '../../tenants/tenants.errors.js';
import type { Plan } from '../catalog/plan.js';
import { PlansService } from '../catalog/plans.service.js';
import { askedPlan, judgeSubscription } from './new-subscription.js';
import type { StoredSubscription } from './stored-subscription.js';
import { subscriptionNotFound } from './subscriptions.errors.js';
import { type SubscriptionFilter, SubscriptionsStore } from './subscriptions.store.js';

/** To whom what is sold. */
@Injectable()
export class SubscriptionsService {
  constructor(
    private readonly store: SubscriptionsStore,
    private readonly plans: PlansService,
    private readonly clock: Clock,
  ) {}

  /**
   * @param body of the shape `newSubscription`, which is judged here so that all of its faults are told at once
   * @throws TenantryError `subscription_refused`, `tenant_has_subscription`, `tenant_not_found`
   */
  async subscribe(
    tenant: Pick<Tenant, 'id' | 'time_zone'>,
    body: unknown,
    context: ChangeContext,
  ): Promise<StoredSubscription> {
    const now = this.now();
    const asked = askedPlan(body, now);
    const plan = asked && (await this.planOf(asked));
    const known = await this.plans.known(body);
    const judged = judgeSubscription(body, { plan, known, now }, tenant.time_zone);
    if (judged.state === 'refused') {
      const options = { faults: judged.faults };
      throw new TenantryError('unprocessable', 'subscription_refused', 'the subscription has faults', options);
    }
    const ids = { id: newId(), tenantId: tenant.id, invoiceId: newId() };
    const made = await this.store.create(ids, judged.columns, judged.phases, now, context);
    switch (made.outcome) {
      case 'created':
        return made.subscription;
      case 'subscribed':
        throw new TenantryError('conflict', 'tenant_has_subscription', 'the tenant has a subscription at that time', {
          members: { subscription_id: made.subscription_id },
        });
      case 'tenant_not_found':
        throw tenantNotFound();
    }
  }

  /** @throws TenantryError `subscription_not_found` */
  async get(id: string): Promise<StoredSubscription> {
    const [found] = await this.store.read([id]);
    if (found === undefined) throw subscriptionNotFound();
    return found;
  }

  /** By id, after the given one. */
  list(filter: SubscriptionFilter, limit: number, after: string | undefined): Promise<StoredSubscription[]> {
    return this.store.list(filter, this.now(), limit, after);
  }

  /** What time it is, RFC 3339. */
  now(): string {
    return this.clock.now().toISOString();
  }

  private planOf({ name, version, at }: NonNullable<ReturnType<typeof askedPlan>>): Promise<Plan | undefined> {
    return version === undefined ? this.plans.soldAt(name, at) : this.plans.find(name, version);
  }
}
