import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TenantsModule } from '../../tenants/tenants.module.js';
import { CallAllowances } from './call-allowances.service.js';
import { CallAllowancesStore } from './call-allowances.store.js';
import { CallQuotaGuard } from './call-quota.guard.js';
import { EntitlementsController } from './entitlements.controller.js';
import { EntitlementsService } from './entitlements.service.js';
import { EntitlementsStore } from './entitlements.store.js';
import { FeaturesController } from './features.controller.js';
import { FeaturesService } from './features.service.js';
import { FeaturesStore } from './features.store.js';
import { GrantsController } from './grants.controller.js';
import { GrantsService } from './grants.service.js';
import { GrantsStore } from './grants.store.js';
import { QuotaSweep } from './quota-sweep.service.js';
import { ReservationsController } from './reservations.controller.js';
import { ReservationsService } from './reservations.service.js';
import { ReservationsStore } from './reservations.store.js';

@Module({
  imports: [TenantsModule],
  controllers: [FeaturesController, EntitlementsController, GrantsController, ReservationsController],
  providers: [
    { provide: APP_GUARD, useClass: CallQuotaGuard },
    CallAllowances,
    CallAllowancesStore,
    EntitlementsService,
    EntitlementsStore,
    FeaturesService,
    FeaturesStore,
    GrantsService,
    GrantsStore,
    QuotaSweep,
    ReservationsService,
    ReservationsStore,
  ],
  exports: [EntitlementsService],
})
export class QuotasModule {}
