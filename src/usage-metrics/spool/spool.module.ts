import { Global, Module } from '@nestjs/common';
import { EventFallback } from '../events/event-fallback.js';
import { UsageMetricsConfig } from '../usage-metrics.config.js';
import { EventSpool } from './event-spool.service.js';
import { RejectedEvents } from './rejected-events.service.js';
import { SpoolMetrics } from './spool-metrics.service.js';
import { SpoolConfig } from './spool.config.js';

/** The spool on this replica's disk. Global, because the door falls back to it, and what drains it (`SpoolDrain`) needs the door's log. */
@Global()
@Module({
  providers: [
    { provide: SpoolConfig, inject: [UsageMetricsConfig], useFactory: ({ spool }: UsageMetricsConfig) => spool },
    EventSpool,
    { provide: EventFallback, useExisting: EventSpool },
    RejectedEvents,
    SpoolMetrics,
  ],
  exports: [EventFallback, EventSpool, RejectedEvents, SpoolMetrics, SpoolConfig],
})
export class SpoolModule {}
