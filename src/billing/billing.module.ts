import { type DynamicModule, Module } from '@nestjs/common';
import { BillingConfig } from './billing.config.js';
import { CreditsModule } from './credits/credits.module.js';
import { InvoicesModule } from './invoices/invoices.module.js';
import { MarginModule } from './margin/margin.module.js';
import { RunsModule } from './runs/runs.module.js';

/** Puts the sub-rooms of billing together. */
@Module({})
export class BillingModule {
  static forRoot(config: BillingConfig): DynamicModule {
    return {
      module: BillingModule,
      global: true,
      imports: [CreditsModule, InvoicesModule, MarginModule, RunsModule],
      providers: [{ provide: BillingConfig, useValue: config }],
      exports: [BillingConfig],
    };
  }
}
