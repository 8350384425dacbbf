import { Decimal } from 'decimal.js';
import type { aggregations } from '../../../src/usage-metrics/meters/meter.js';

const Exact = Decimal.clone({ precision: 400, rounding: Decimal.ROUND_HALF_UP, toExpNeg: -400, toExpPos: 400 });

type Aggregation = (typeof aggregations)[number];

/** An event as the oracle knows it: when, whose, in order of arrival, with its dimensions and its value, if it has one. */
export interface Reading {
  readonly ms: number;
  readonly tenant: string;
  readonly arrival: number;
  readonly dimensions: Readonly<Record<string, string | undefined>>;
  readonly value: string | undefined;
}

export interface OracleQuery {
  readonly aggregation: Aggregation;
  readonly bounds: readonly number[];
  readonly groupBy: readonly string[];
  readonly bySubject: boolean;
  /** Until when a gauge is known to hold. */
  readonly nowMs: number;
}

/** What the answer must be, by a straight walk over all readings: `window|tenant|values` to the decimal. */
export function answerOf(readings: readonly Reading[], query: OracleQuery): Map<string, string> {
  return query.aggregation === 'time_weighted' ? heldTimes(readings, query) : aggregates(readings, query);
}

function keyOf(window: number, reading: Reading, { groupBy, bySubject }: OracleQuery): string {
  const values = groupBy.map((name) => reading.dimensions[name] ?? null);
  return JSON.stringify([window, bySubject ? reading.tenant : null, values]);
}

function aggregates(readings: readonly Reading[], query: OracleQuery): Map<string, string> {
  const groups = new Map<string, Reading[]>();
  for (const reading of readings) {
    const window = query.bounds.findLastIndex((bound) => bound <= reading.ms);
    if (window < 0 || window === query.bounds.length - 1) continue;
    if (query.aggregation !== 'count' && reading.value === undefined) continue;
    const key = keyOf(window, reading, query);
    groups.set(key, [...(groups.get(key) ?? []), reading]);
  }
  return new Map([...groups].map(([key, group]) => [key, valueOf(group, query.aggregation)]));
}

function valueOf(group: readonly Reading[], aggregation: Aggregation): string {
  const values = group.map(({ value }) => new Exact(value ?? 0));
  const sum = values.reduce((a, b) => a.plus(b), new Exact(0));
  switch (aggregation) {
    case 'sum':
      return sum.toFixed();
    case 'count':
      return String(group.length);
    case 'avg':
      return sum.div(values.length).toDecimalPlaces(20).toFixed();
    case 'min':
      return Exact.min(...values).toFixed();
    case 'max':
      return Exact.max(...values).toFixed();
    case 'unique_count':
      return String(new Set(group.map(({ value }) => value)).size);
    default: {
      const last = group.toSorted((a, b) => a.ms - b.ms || a.arrival - b.arrival).at(-1);
      return new Exact(last?.value ?? 0).toFixed();
    }
  }
}

/** Each reading holds until the next one of its series: the same tenant and the same dimensions, all of them. In hours. */
function heldTimes(readings: readonly Reading[], query: OracleQuery): Map<string, string> {
  const series = new Map<string, Reading[]>();
  for (const reading of readings.filter(({ value }) => value !== undefined)) {
    const key = JSON.stringify([reading.tenant, reading.dimensions]);
    series.set(key, [...(series.get(key) ?? []), reading]);
  }
  const areas = new Map<string, Decimal>();
  for (const ones of series.values()) {
    const sorted = ones.toSorted((a, b) => a.ms - b.ms || a.arrival - b.arrival);
    for (const [n, reading] of sorted.entries()) {
      const until = Math.min(sorted[n + 1]?.ms ?? Infinity, query.nowMs);
      for (let window = 0; window < query.bounds.length - 1; window += 1) {
        const ms = Math.min(until, query.bounds[window + 1] ?? 0) - Math.max(reading.ms, query.bounds[window] ?? 0);
        if (ms <= 0) continue;
        const key = keyOf(window, reading, query);
        areas.set(key, new Exact(reading.value ?? 0).times(ms).plus(areas.get(key) ?? 0));
      }
    }
  }
  return new Map([...areas].map(([key, area]) => [key, area.div(3_600_000).toDecimalPlaces(20).toFixed()]));
}
