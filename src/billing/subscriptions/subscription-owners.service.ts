import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OwnerLookups } from '../../platform/owner-lookups.js';
import { subscriptionNotFound } from './subscriptions.errors.js';
import { SubscriptionsStore } from './subscriptions.store.js';

/** Says whose subscriptions are. */
@Injectable()
export class SubscriptionOwners implements OnModuleInit {
  constructor(
    private readonly lookups: OwnerLookups,
    private readonly store: SubscriptionsStore,
  ) {}

  onModuleInit(): void {
    this.lookups.add('subscription', {
      find: (id, reach) => this.store.ownerOf(id, reach),
      notFound: subscriptionNotFound,
      lasting: true,
    });
  }
}
