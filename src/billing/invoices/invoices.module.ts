import { Module } from '@nestjs/common';
import { TenantsModule } from '../../tenants/tenants.module.js';
import { QueriesModule } from '../../usage-metrics/queries/queries.module.js';
import { InvoiceActsController } from './invoice-acts.controller.js';
import { InvoiceActs } from './invoice-acts.service.js';
import { InvoiceActsStore } from './invoice-acts.store.js';
import { InvoicesController } from './invoices.controller.js';
import { InvoicesService } from './invoices.service.js';
import { InvoicesStore } from './invoices.store.js';
import { LineEventsService } from './line-events.service.js';
import { PartiesController } from './parties.controller.js';
import { PartiesService } from './parties.service.js';
import { PartiesStore } from './parties.store.js';

@Module({
  imports: [TenantsModule, QueriesModule],
  controllers: [InvoicesController, InvoiceActsController, PartiesController],
  providers: [
    InvoicesService,
    InvoicesStore,
    InvoiceActs,
    InvoiceActsStore,
    LineEventsService,
    PartiesService,
    PartiesStore,
  ],
  exports: [InvoicesService],
})
export class InvoicesModule {}
