import { type DynamicModule, Module } from '@nestjs/common';
import { EventLog } from './event-log.js';
import { EventLogStore } from './event-log.store.js';
import { EventsConfig } from './events.config.js';
import { IngestLimits } from './ingest-limits.service.js';
import { IngestMetrics } from './ingest-metrics.service.js';
import { UsageEventsController } from './usage-events.controller.js';
import { UsageEvents } from './usage-events.service.js';

/** The door for events, and the way to the database that every source of events takes. */
@Module({})
export class EventsModule {
  static forRoot(config: EventsConfig): DynamicModule {
    return {
      module: EventsModule,
      controllers: [UsageEventsController],
      providers: [
        { provide: EventsConfig, useValue: config },
        { provide: EventLog, useClass: EventLogStore },
        IngestLimits,
        IngestMetrics,
        UsageEvents,
      ],
      exports: [EventLog, IngestLimits, UsageEvents],
    };
  }
}
