import { Module } from '@nestjs/common';
import { TenantsModule } from '../../tenants/tenants.module.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { InvoicesModule } from '../invoices/invoices.module.js';
import { BillingRunTask } from './billing-run.task.js';
import { ClosingBilling } from './closing-billing.service.js';
import { LateBilling } from './late-billing.service.js';
import { PeriodBilling } from './period-billing.service.js';
import { PreviewsController } from './previews.controller.js';
import { PreviewsService } from './previews.service.js';
import { PreviewsStore } from './previews.store.js';
import { QuantitiesStore } from './quantities.store.js';
import { RunRehearsal } from './run-rehearsal.service.js';
import { RunWork } from './run-work.service.js';
import { RunsController } from './runs.controller.js';
import { RunsService } from './runs.service.js';
import { RunsStore } from './runs.store.js';
import { WritingStore } from './writing.store.js';

@Module({
  imports: [CatalogModule, InvoicesModule, TenantsModule],
  controllers: [RunsController, PreviewsController],
  providers: [
    QuantitiesStore,
    WritingStore,
    RunsStore,
    PreviewsStore,
    PeriodBilling,
    LateBilling,
    ClosingBilling,
    RunWork,
    RunRehearsal,
    RunsService,
    PreviewsService,
    BillingRunTask,
  ],
  exports: [PreviewsService],
})
export class RunsModule {}
