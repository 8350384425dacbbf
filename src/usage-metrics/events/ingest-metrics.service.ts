import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AppendReceipt } from './pending-event.js';

/** What Prometheus hears of events on their way in. Counted by call, never by event. */
@Injectable()
export class IngestMetrics {
  private readonly events: Counter<'outcome'>;
  private waiting = 0;
  private readonly sizes: Histogram;
  private readonly duration: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.events = new Counter({
      name: 'tenantry_usage_events_total',
      help: 'Usage events by what became of them.',
      labelNames: ['outcome'],
      registers,
    });
    // Set when somebody asks, not with each request.
    const waiting: Gauge = new Gauge({
      name: 'tenantry_usage_events_waiting',
      help: 'Usage events in memory that are not stored yet.',
      registers,
      collect: () => waiting.set(this.waiting),
    });
    this.sizes = new Histogram({
      name: 'tenantry_usage_call_events',
      help: 'Usage events that one call to the database brings.',
      buckets: [1, 4, 16, 64, 256, 1_024, 4_096],
      registers,
    });
    this.duration = new Histogram({
      name: 'tenantry_usage_call_duration_seconds',
      help: 'Time that a call to the database takes which brings usage events.',
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
  }

  held(events: number): void {
    this.waiting = events;
  }

  spooled(events: number): void {
    this.events.inc({ outcome: 'spooled' }, events);
  }

  /** A call begins. @returns what to tell its answer to */
  timed(events: number): (receipt: AppendReceipt) => void {
    const ended = this.duration.startTimer();
    return ({ accepted, duplicates, rejected }) => {
      ended();
      this.sizes.observe(events);
      this.events.inc({ outcome: 'accepted' }, accepted);
      this.events.inc({ outcome: 'duplicate' }, duplicates.length);
      this.events.inc({ outcome: 'rejected' }, rejected.length);
    };
  }
}
