import { type DynamicModule, Module } from '@nestjs/common';
import type { EventsConfig } from './events/events.config.js';
import { EventsModule } from './events/events.module.js';
import { MetersModule } from './meters/meters.module.js';
import { OpenMeterModule } from './openmeter/openmeter.module.js';
import { QueriesModule } from './queries/queries.module.js';

/** The settings of the sub-rooms. */
export interface UsageMetricsConfig {
  readonly events: EventsConfig;
}

/** Puts the sub-rooms of metering together. */
@Module({})
export class UsageMetricsModule {
  static forRoot({ events }: UsageMetricsConfig): DynamicModule {
    const door = EventsModule.forRoot(events);
    return { module: UsageMetricsModule, imports: [door, MetersModule, QueriesModule, OpenMeterModule.over(door)] };
  }
}
