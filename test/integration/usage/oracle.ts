import { Decimal as Plain } from 'decimal.js';

/** Exact for everything that these tests add, multiply and compare. */
export const Decimal = Plain.clone({ precision: 4_000, toExpNeg: -9_000, toExpPos: 9_000 });
type Decimal = Plain;

const aggregations = ['sum', 'count', 'avg', 'min', 'max', 'unique_count', 'latest', 'time_weighted'] as const;
export type Aggregation = (typeof aggregations)[number];

/** An event as these tests make it. */
export interface Said {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** JSON text of a number or of a string with one; null: there is none. */
  readonly value: string | null;
  readonly user?: string | undefined;
  readonly region?: string | undefined;
  readonly tier?: string | undefined;
}

export type Dimension = 'region' | 'tier' | 'user';

/** A meter of `$.value`, or of `$.user` where it counts what is unique. */
export interface MeterSaid {
  readonly slug: string;
  readonly type: string;
  readonly aggregation: Aggregation;
  readonly dimensions: readonly Dimension[];
  readonly accepts?: Partial<Record<Dimension, readonly string[]>>;
}

export interface Asked {
  readonly meter: MeterSaid;
  readonly tenants: readonly string[];
  /** Ascending instants, milliseconds: the bounds of windows. */
  readonly bounds: readonly number[];
  readonly groupBy?: readonly Dimension[];
  readonly bySubject?: boolean;
  readonly filter?: Partial<Record<Dimension, readonly (string | null)[]>>;
  readonly limit?: number;
}

export type Row = readonly [
  window: number,
  tenant: string | null,
  group: Readonly<Record<string, string | null>>,
  value: string,
];

interface Kept extends Said {
  readonly arrival: number;
  voided: boolean;
}

/** The plainest usage log that there can be: a list of events, counted one by one whenever somebody asks. */
export class Oracle {
  private readonly events = new Map<string, Kept>();
  private arrivals = 0;

  /** @returns whether it was new */
  ingest(event: Said): 'accepted' | 'duplicate' | 'conflict' {
    const key = JSON.stringify([event.tenant, event.source, event.id]);
    const known = this.events.get(key);
    if (!known) {
      this.events.set(key, { ...event, arrival: this.arrivals++, voided: false });
      return 'accepted';
    }
    const { arrival: _, voided: __, ...said } = known;
    return JSON.stringify(sorted(said)) === JSON.stringify(sorted(event)) ? 'duplicate' : 'conflict';
  }

  /** @returns whether there is one that still counts */
  void({ tenant, source, id }: Pick<Said, 'tenant' | 'source' | 'id'>): boolean {
    const event = this.events.get(JSON.stringify([tenant, source, id]));
    if (!event || event.voided) return false;
    event.voided = true;
    return true;
  }

  /** The void did not come about. */
  unvoid({ tenant, source, id }: Pick<Said, 'tenant' | 'source' | 'id'>): void {
    const event = this.events.get(JSON.stringify([tenant, source, id]));
    if (event) event.voided = false;
  }

  get counted(): readonly Said[] {
    return [...this.events.values()].filter(({ voided }) => !voided);
  }

  /** @param now until when the last reading of a gauge holds, milliseconds since 1970 */
  query(asked: Asked, now: number): Row[] {
    const measured = [...this.events.values()].filter(
      (event) =>
        !event.voided && asked.tenants.includes(event.tenant) && counts(asked.meter, event) && passes(asked, event),
    );
    if (asked.meter.aggregation === 'time_weighted') return areas(asked, measured, now);
    const groups = Map.groupBy(
      measured.filter(({ time }) => windowOf(asked.bounds, time) >= 0),
      (event) => JSON.stringify([windowOf(asked.bounds, event.time), ...groupOf(asked, event)]),
    );
    return [...groups].map(([key, events]) => toRow(key, aggregate(asked.meter.aggregation, events)));
  }
}

function counts({ type, aggregation, accepts = {} }: MeterSaid, event: Kept): boolean {
  const present =
    aggregation === 'count' || (aggregation === 'unique_count' ? event.user !== undefined : event.value !== null);
  const accepted = Object.entries(accepts).every(([name, values]) => {
    const value = dimension(event, name);
    return value !== null && values.includes(value);
  });
  return type === event.type && present && accepted;
}

function passes({ meter, filter = {} }: Asked, event: Kept): boolean {
  return Object.entries(filter).every(([name, values]) => values.includes(dimension(event, name, meter)));
}

/** What is no dimension of the meter is nowhere. */
function dimension(event: Said, name: string, meter?: MeterSaid): string | null {
  const known = name === 'region' || name === 'tier' || name === 'user' ? event[name] : undefined;
  return meter && !meter.dimensions.some((each) => each === name) ? null : (known ?? null);
}

function groupOf({ meter, groupBy = [], bySubject }: Asked, event: Said): unknown[] {
  const values = Object.fromEntries(groupBy.map((name) => [name, dimension(event, name, meter)]));
  return [bySubject ? event.tenant : null, sorted(values)];
}

function windowOf(bounds: readonly number[], time: number): number {
  if (time < (bounds[0] ?? 0) || time >= (bounds.at(-1) ?? 0)) return -1;
  return bounds.findLastIndex((bound) => bound <= time);
}

function aggregate(kind: Aggregation, events: readonly Kept[]): Decimal {
  const values = events.map((event) => valueOf(event));
  const sum = values.reduce((a, b) => a.plus(b), new Decimal(0));
  switch (kind) {
    case 'count':
      return new Decimal(events.length);
    case 'sum':
      return sum;
    case 'avg':
      return sum.div(events.length).toDecimalPlaces(20, Decimal.ROUND_HALF_UP);
    case 'min':
      return Decimal.min(...values);
    case 'max':
      return Decimal.max(...values);
    case 'unique_count':
      return new Decimal(new Set(events.map(({ user }) => user)).size);
    default:
      return valueOf(events.toSorted(inTime).at(-1));
  }
}

/** Each reading holds until the next of its series; of two at one moment the later to arrive holds. */
function areas(asked: Asked, measured: readonly Kept[], now: number): Row[] {
  const found = new Map<string, Decimal>();
  const series = Map.groupBy(measured, (event) =>
    JSON.stringify([event.tenant, asked.meter.dimensions.map((name) => dimension(event, name))]),
  );
  for (const readings of series.values()) {
    readings.sort(inTime);
    readings.forEach((reading, n) => {
      const until = readings[n + 1]?.time ?? now;
      for (let w = 0; w + 1 < asked.bounds.length; w++) {
        const from = Math.max(reading.time, asked.bounds[w] ?? 0);
        const to = Math.min(until, asked.bounds[w + 1] ?? 0);
        if (from >= to) continue;
        const key = JSON.stringify([w, ...groupOf(asked, reading)]);
        found.set(key, (found.get(key) ?? new Decimal(0)).plus(valueOf(reading).times(to - from)));
      }
    });
  }
  return [...found].map(([key, area]) => toRow(key, area.div(3_600_000).toDecimalPlaces(20, Decimal.ROUND_HALF_UP)));
}

const inTime = (a: Kept, b: Kept): number => a.time - b.time || a.arrival - b.arrival;

function valueOf(event: Said | undefined): Decimal {
  return new Decimal((event?.value ?? '0').replaceAll('"', ''));
}

function toRow(key: string, value: Decimal): Row {
  const [window, tenant, group] = JSON.parse(key);
  // Postgres knows no negative zero.
  return [window, tenant, group, value.isZero() ? '0' : value.toFixed()];
}

function sorted(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** In an order of their own, without gauges that came to nothing. */
export function comparable(rows: readonly Row[], { meter }: Asked): string[] {
  return rows
    .filter(([, , , value]) => meter.aggregation !== 'time_weighted' || value !== '0')
    .map(([window, tenant, group, value]) => JSON.stringify([window, tenant, sorted(group), value]))
    .sort();
}
