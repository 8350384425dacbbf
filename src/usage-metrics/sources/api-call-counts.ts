import { apiSource } from '../events/own-events.js';
import type { SourceEvent } from './source-event.js';

/** One answered call of a tenant's caller. */
export interface ApiCall {
  readonly tenantId: string;
  readonly method: string;
  /** The template, so that ids in paths make no rows of their own. */
  readonly route: string;
  readonly status: number;
}

interface Tally extends Omit<ApiCall, 'status'> {
  readonly statusClass: string;
  count: number;
}

const minuteMs = 60_000;

/** Counts calls by tenant, route, class of status and minute. A minute that was taken is over: what is counted later counts for the next one. */
export class ApiCallCounts {
  private readonly minutes = new Map<number, Map<string, Tally>>();
  private openFrom = 0;

  /** @param boot another one for each replica and each of its starts, for ids of events must not repeat */
  constructor(private readonly boot: string) {}

  add({ tenantId, method, route, status }: ApiCall, now: Date): void {
    const minute = Math.max(Math.floor(now.getTime() / minuteMs), this.openFrom);
    const tallies = this.minutes.get(minute) ?? new Map<string, Tally>();
    this.minutes.set(minute, tallies);
    const statusClass = `${Math.floor(status / 100)}xx`;
    const key = `${tenantId} ${statusClass} ${method} ${route}`;
    const tally = tallies.get(key) ?? { tenantId, method, route, statusClass, count: 0 };
    tally.count += 1;
    tallies.set(key, tally);
  }

  /** Ends the minutes that are over at this time, and gives them as events. */
  take(at: Date): SourceEvent[] {
    this.openFrom = Math.max(this.openFrom, Math.floor(at.getTime() / minuteMs));
    const over = [...this.minutes].filter(([minute]) => minute < this.openFrom);
    for (const [minute] of over) this.minutes.delete(minute);
    return over.flatMap(([minute, tallies]) => [...tallies.values()].map((tally) => this.eventOf(minute, tally)));
  }

  private eventOf(minute: number, { tenantId, method, route, statusClass, count }: Tally): SourceEvent {
    const time = new Date(minute * minuteMs).toISOString();
    return {
      tenantId,
      type: 'tenantry.api.call',
      source: apiSource,
      id: `${this.boot}/${time}/${statusClass}/${method} ${route}`,
      time,
      data: { method, route, status_class: statusClass, count: String(count) },
    };
  }
}
