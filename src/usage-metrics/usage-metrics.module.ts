import { type DynamicModule, Module } from '@nestjs/common';
import { EventsModule } from './events/events.module.js';
import { RollupsModule } from './rollups/rollups.module.js';
import { SourcesModule } from './sources/sources.module.js';
import { UsageMetricsConfig } from './usage-metrics.config.js';

/** Puts the sub-rooms of metering together. */
@Module({})
export class UsageMetricsModule {
  static forRoot(config: UsageMetricsConfig): DynamicModule {
    return {
      module: UsageMetricsModule,
      global: true,
      imports: [EventsModule, RollupsModule, SourcesModule],
      providers: [{ provide: UsageMetricsConfig, useValue: config }],
      exports: [UsageMetricsConfig],
    };
  }
}
