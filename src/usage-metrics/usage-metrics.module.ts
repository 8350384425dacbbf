import { type DynamicModule, Module } from '@nestjs/common';
import type { EventsConfig } from './events/events.config.js';
import { EventsModule } from './events/events.module.js';
import { SpoolDrain } from './spool/spool-drain.service.js';
import type { SpoolConfig } from './spool/spool.config.js';
import { SpoolModule } from './spool/spool.module.js';

/** The settings of the sub-rooms. */
export interface UsageMetricsConfig {
  readonly events: EventsConfig;
  readonly spool: SpoolConfig;
}

/** Puts the sub-rooms of metering together. */
@Module({})
export class UsageMetricsModule {
  static forRoot({ events, spool }: UsageMetricsConfig): DynamicModule {
    return {
      module: UsageMetricsModule,
      imports: [EventsModule.forRoot(events), SpoolModule.forRoot(spool)],
      providers: [SpoolDrain],
    };
  }
}
