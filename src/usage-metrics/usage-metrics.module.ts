import { type DynamicModule, Module } from '@nestjs/common';
import { EventsModule } from './events/events.module.js';
import { MetersModule } from './meters/meters.module.js';
import { OpenMeterModule } from './openmeter/openmeter.module.js';
import { QueriesModule } from './queries/queries.module.js';
import { QuotasModule } from './quotas/quotas.module.js';
import { RollupsModule } from './rollups/rollups.module.js';
import { SourcesModule } from './sources/sources.module.js';
import { SpoolDrain } from './spool/spool-drain.service.js';
import { SpoolModule } from './spool/spool.module.js';
import { UsageMetricsConfig } from './usage-metrics.config.js';

/** Puts the sub-rooms of metering together. */
@Module({})
export class UsageMetricsModule {
  static forRoot(config: UsageMetricsConfig): DynamicModule {
    return {
      module: UsageMetricsModule,
      global: true,
      imports: [
        EventsModule,
        MetersModule,
        OpenMeterModule,
        QueriesModule,
        QuotasModule,
        RollupsModule,
        SourcesModule,
        SpoolModule,
      ],
      providers: [{ provide: UsageMetricsConfig, useValue: config }, SpoolDrain],
      exports: [UsageMetricsConfig],
    };
  }
}
