import { type DynamicModule, Module } from '@nestjs/common';
import { BillingConfig } from './billing.config.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { CreditsModule } from './credits/credits.module.js';
import { DocumentsModule } from './documents/documents.module.js';
import { DunningModule } from './dunning/dunning.module.js';
import { InvoicesModule } from './invoices/invoices.module.js';
import { MarginModule } from './margin/margin.module.js';
import { PaymentsConfig } from './payments/payments.config.js';
import { PaymentsModule } from './payments/payments.module.js';
import { RunsModule } from './runs/runs.module.js';
import { SubscriptionsModule } from './subscriptions/subscriptions.module.js';

/** Puts the sub-rooms of billing together. */
@Module({})
export class BillingModule {
  static forRoot(config: BillingConfig, payments: PaymentsConfig): DynamicModule {
    return {
      module: BillingModule,
      global: true,
      imports: [
        CatalogModule,
        CreditsModule,
        DocumentsModule,
        DunningModule,
        InvoicesModule,
        MarginModule,
        PaymentsModule,
        RunsModule,
        SubscriptionsModule,
      ],
      providers: [
        { provide: BillingConfig, useValue: config },
        { provide: PaymentsConfig, useValue: payments },
      ],
      exports: [BillingConfig, PaymentsConfig],
    };
  }
}
