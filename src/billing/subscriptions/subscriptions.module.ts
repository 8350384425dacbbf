import { Module } from '@nestjs/common';
import { TenantsModule } from '../../tenants/tenants.module.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { SubscriptionChanges } from './subscription-changes.service.js';
import { SubscriptionOwners } from './subscription-owners.service.js';
import { SubscriptionUpkeep } from './subscription-upkeep.service.js';
import { SubscriptionsController } from './subscriptions.controller.js';
import { SubscriptionsService } from './subscriptions.service.js';
import { SubscriptionsStore } from './subscriptions.store.js';
import { SubscriptionsTask } from './subscriptions.task.js';

@Module({
  imports: [CatalogModule, TenantsModule],
  controllers: [SubscriptionsController],
  providers: [
    SubscriptionChanges,
    SubscriptionOwners,
    SubscriptionsService,
    SubscriptionsStore,
    SubscriptionsTask,
    SubscriptionUpkeep,
  ],
  exports: [SubscriptionsService, SubscriptionsStore],
})
export class SubscriptionsModule {}
