import { type DynamicModule, Module } from '@nestjs/common';
import { BillingConfig } from './billing.config.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { CreditsModule } from './credits/credits.module.js';
import { DocumentsModule } from './documents/documents.module.js';
import { InvoicesModule } from './invoices/invoices.module.js';
import { MarginModule } from './margin/margin.module.js';
import { RunsModule } from './runs/runs.module.js';
import { SubscriptionsModule } from './subscriptions/subscriptions.module.js';

/** Puts the sub-rooms of billing together. */
@Module({})
export class BillingModule {
  static forRoot(config: BillingConfig): DynamicModule {
    return {
      module: BillingModule,
      global: true,
      imports: [
        CatalogModule,
        CreditsModule,
        DocumentsModule,
        InvoicesModule,
        MarginModule,
        RunsModule,
        SubscriptionsModule,
      ],
      providers: [{ provide: BillingConfig, useValue: config }],
      exports: [BillingConfig],
    };
  }
}
