import { type DynamicModule, Module } from '@nestjs/common';
import { EventFallback } from '../events/event-fallback.js';
import { EventSpool } from './event-spool.service.js';
import { RejectedEvents } from './rejected-events.service.js';
import { SpoolMetrics } from './spool-metrics.service.js';
import { SpoolConfig } from './spool.config.js';

/** The spool on this replica's disk. It is global because the door falls back to it, while what drains it (`SpoolDrain`) needs the door's log. */
@Module({})
export class SpoolModule {
  static forRoot(config: SpoolConfig): DynamicModule {
    return {
      module: SpoolModule,
      global: true,
      providers: [
        { provide: SpoolConfig, useValue: config },
        EventSpool,
        { provide: EventFallback, useExisting: EventSpool },
        RejectedEvents,
        SpoolMetrics,
      ],
      exports: [EventFallback, EventSpool, RejectedEvents, SpoolMetrics, SpoolConfig],
    };
  }
}
