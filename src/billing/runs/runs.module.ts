import { Module } from '@nestjs/common';
import { TenantsModule } from '../../tenants/tenants.module.js';
import { BillingRunTask } from './billing-run.task.js';
import { LateBilling } from './late-billing.service.js';
import { PeriodBilling } from './period-billing.service.js';
import { QuantitiesStore } from './quantities.store.js';
import { RunWork } from './run-work.service.js';
import { RunsController } from './runs.controller.js';
import { RunsService } from './runs.service.js';
import { RunsStore } from './runs.store.js';
import { WritingStore } from './writing.store.js';

@Module({
  imports: [TenantsModule],
  controllers: [RunsController],
  providers: [
    QuantitiesStore,
    WritingStore,
    RunsStore,
    PeriodBilling,
    LateBilling,
    RunWork,
    RunsService,
    BillingRunTask,
  ],
})
export class RunsModule {}
