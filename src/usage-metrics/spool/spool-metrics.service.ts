import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { Clock } from '../../platform/clock.js';
import type { Rejection } from '../events/pending-event.js';
import { EventSpool } from './event-spool.service.js';

/** What Prometheus hears of the spool of this replica. */
@Injectable()
export class SpoolMetrics {
  private readonly sent: Counter;
  private readonly refused: Counter<'code'>;

  constructor(registry: Registry, spool: EventSpool, clock: Clock) {
    const registers = [registry];
    const gauges: [string, string, () => number][] = [
      ['events', 'Usage events on this disk that wait for the database.', () => spool.size().events],
      ['bytes', 'Size of the files that hold them.', () => spool.size().bytes],
      ['oldest_seconds', 'For how long the oldest of these files has waited.', () => ageOf(spool, clock)],
      ['available', 'Whether events can be kept on this disk: 1 or 0.', () => Number(spool.isOpen)],
      ['damaged_lines', 'Lines that could not be read since the start.', () => spool.damagedLines],
    ];
    for (const [name, help, valueOf] of gauges) {
      const collect = (): void => gauge.set(valueOf());
      const gauge = new Gauge({ name: `tenantry_usage_spool_${name}`, help, registers, collect });
    }
    this.sent = new Counter({
      name: 'tenantry_usage_spool_drained_total',
      help: 'Usage events that were sent from this disk to the database, refused ones too.',
      registers,
    });
    this.refused = new Counter({
      name: 'tenantry_usage_spool_rejected_total',
      help: 'Usage events of this disk that the database refused for good.',
      labelNames: ['code'],
      registers,
    });
  }

  drained(events: number): void {
    this.sent.inc(events);
  }

  rejected(rejections: readonly Rejection[]): void {
    for (const { code } of rejections) this.refused.inc({ code });
  }
}

function ageOf(spool: EventSpool, clock: Clock): number {
  const since = spool.oldestSince();
  return since ? Math.max(0, (clock.now().getTime() - since.getTime()) / 1_000) : 0;
}
