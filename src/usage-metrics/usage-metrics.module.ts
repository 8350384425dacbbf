import { type DynamicModule, Module } from '@nestjs/common';
import { QuotasModule } from './quotas/quotas.module.js';
import { RollupsModule } from './rollups/rollups.module.js';
import { UsageMetricsConfig } from './usage-metrics.config.js';

/** Puts the sub-rooms of metering together. */
@Module({})
export class UsageMetricsModule {
  static forRoot(config: UsageMetricsConfig): DynamicModule {
    return {
      module: UsageMetricsModule,
      global: true,
      imports: [RollupsModule, QuotasModule],
      providers: [{ provide: UsageMetricsConfig, useValue: config }],
      exports: [UsageMetricsConfig],
    };
  }
}
