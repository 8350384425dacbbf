import { Module } from '@nestjs/common';
import { UsageMetricsConfig } from '../usage-metrics.config.js';
import { EventLog } from './event-log.js';
import { EventLogStore } from './event-log.store.js';
import { EventsConfig } from './events.config.js';
import { IngestLimits } from './ingest-limits.service.js';
import { IngestMetrics } from './ingest-metrics.service.js';
import { UsageEventsController } from './usage-events.controller.js';
import { UsageEvents } from './usage-events.service.js';

/** The door for events, and the way to the database that every source of events takes. */
@Module({
  controllers: [UsageEventsController],
  providers: [
    { provide: EventsConfig, inject: [UsageMetricsConfig], useFactory: ({ events }: UsageMetricsConfig) => events },
    { provide: EventLog, useClass: EventLogStore },
    IngestLimits,
    IngestMetrics,
    UsageEvents,
  ],
  exports: [EventLog, IngestLimits, UsageEvents],
})
export class EventsModule {}
