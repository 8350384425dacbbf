import assert from 'node:assert/strict';
import { z } from 'zod';
import { newId } from '../../../src/platform/ids.js';
import { TenantsStore } from '../../../src/tenants/tenants.store.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { operator } from '../../setup/provisioning.js';
import type { Asked, MeterSaid, Row, Said } from './oracle.js';

const rejection = z.object({
  index: z.int(),
  code: z.string(),
  message: z.string(),
  stored: z.string().optional(),
  sent: z.string().optional(),
});
const receipt = z.object({ accepted: z.int(), duplicates: z.array(z.int()), rejected: z.array(rejection) });
export type Receipt = z.infer<typeof receipt>;

const missing = z.object({ outcome: z.literal('partitions_missing'), days: z.array(z.string()) });
const created = z.object({ outcome: z.literal('created'), meter: z.looseObject({ id: z.string() }) });
const page = z.object({
  outcome: z.literal('rows'),
  rows: z.array(z.tuple([z.int(), z.string().nullable(), z.array(z.string().nullable()), z.string()])),
  next: z.unknown(),
});
const compacted = z.object({ folded: z.int(), recomputed: z.int(), more: z.boolean() });
const verified = z.object({ compared: z.int(), differences: z.array(z.unknown()) });
const outcome = z.looseObject({ outcome: z.string() });

export const quarter = 900_000;
export const day = 86_400_000;

/** A database with meters and tenants, and the functions of usage as their callers call them. */
export class UsageWorld {
  private constructor(readonly test: TestDatabase) {}

  static async make(): Promise<UsageWorld> {
    return new UsageWorld(await createTestDatabase());
  }

  drop(): Promise<void> {
    return this.test.drop();
  }

  async tenants(count: number): Promise<string[]> {
    const store = new TenantsStore(this.test.database);
    const ids = Array.from({ length: count }, () => newId());
    for (const id of ids) {
      const tenant = { slug: `t-${id}`, name: id, plan: 'free', time_zone: 'UTC', metadata: {} } as const;
      await store.create(id, tenant, operator);
    }
    return ids;
  }

  /** @returns its id */
  async meter(meter: MeterSaid, parts: object = {}): Promise<string> {
    const answer = await this.test.database.rpc('usage_meter_create', {
      p_meter: { ...definitionOf(meter), ...parts },
      p_context: { ...operator },
    });
    return created.parse(answer).meter.id;
  }

  async change(meter: MeterSaid, dimensions: MeterSaid['dimensions']): Promise<void> {
    const { group_by, group_paths } = definitionOf({ ...meter, dimensions });
    const answer = await this.test.database.rpc('usage_meter_change', {
      p_slug: meter.slug,
      p_change: { group_by, group_paths },
      p_row_version: null,
      p_context: { ...operator },
    });
    assert.equal(outcome.parse(answer).outcome, 'changed');
  }

  ingest(events: readonly Said[], atomic = false): Promise<Receipt> {
    return this.ingestText(textOf(events), atomic);
  }

  /** Makes partitions where there are none, as the log does. */
  async ingestText(events: string, atomic = false): Promise<Receipt> {
    for (let tries = 0; tries < 3; tries++) {
      const answer = await this.test.database.rpc('usage_ingest', { p_events: events, p_atomic: atomic });
      const without = missing.safeParse(answer);
      if (!without.success) return receipt.parse(answer);
      await this.test.database.rpc('usage_partitions_make', { p_days: without.data.days });
    }
    throw new Error('partitions are missing that were made');
  }

  async void(of: Pick<Said, 'tenant' | 'source' | 'id'>, replacement?: Said): Promise<z.infer<typeof outcome>> {
    const answer = await this.test.database.rpc('usage_event_void', {
      p_tenant: of.tenant,
      p_source: of.source,
      p_id: of.id,
      p_reason: 'test',
      p_replacement: replacement ? eventText(replacement) : null,
      p_context: { ...operator },
    });
    return outcome.parse(answer);
  }

  /** One step, of at most `limit` deltas. */
  async compact(limit: number): Promise<z.infer<typeof compacted>> {
    return compacted.parse(await this.test.database.rpc('usage_compact', { p_limit: limit }));
  }

  async fold(): Promise<void> {
    for (let more = true; more;) ({ more } = await this.compact(1_000));
  }

  async backfill(): Promise<void> {
    for (let more = true; more;)
      ({ more } = z.object({ more: z.boolean() }).parse(await this.test.database.rpc('usage_backfill', {})));
  }

  /** Every difference of a meter on the days from `from` to `to`, milliseconds. */
  async differences(meterId: string, from: number, to: number): Promise<unknown[]> {
    const found: unknown[] = [];
    for (let at = from; at < to; at += day) {
      const args = { p_meter: Number(meterId), p_day: dayOf(at), p_tenant: null };
      found.push(...verified.parse(await this.test.database.rpc('usage_verify', args)).differences);
    }
    return found;
  }

  /** All rows, page by page. */
  async query(asked: Asked, reach: readonly string[] | null = null): Promise<Row[]> {
    const rows: Row[] = [];
    for (let after: unknown = null; ;) {
      const next = page.parse(await this.ask(asked, { reach, after }));
      for (const [window, tenant, values, value] of next.rows) {
        const group = Object.fromEntries((asked.groupBy ?? []).map((name, n) => [name, values[n] ?? null]));
        rows.push([window, tenant, group, value]);
      }
      if (next.next === null) return rows;
      after = next.next;
    }
  }

  /** One answer as it is, with parts of the query replaced. */
  ask(
    { meter, tenants, bounds, groupBy = [], bySubject = false, filter = {}, limit = 1_000 }: Asked,
    parts: object = {},
  ): Promise<unknown> {
    const query = {
      slug: meter.slug,
      reach: null,
      tenants,
      bounds: bounds.map((bound) => new Date(bound).toISOString()),
      group_by: groupBy,
      by_subject: bySubject,
      filter,
      limit,
      after: null,
      ...parts,
    };
    return this.test.database.rpc('usage_query', { p_query: query });
  }
}

function definitionOf({ slug, type, aggregation, dimensions, accepts = {} }: MeterSaid) {
  const name = aggregation === 'unique_count' ? 'user' : 'value';
  const value = aggregation === 'count' ? {} : { value_property: `$.${name}`, value_path: [name] };
  return {
    slug,
    name: slug,
    event_type: type,
    aggregation,
    ...value,
    group_by: Object.fromEntries(dimensions.map((each) => [each, `$.${each}`])),
    group_paths: dimensions.map((each) => ({ name: each, path: [each] })),
    filters: Object.fromEntries(Object.entries(accepts).map(([each, values]) => [`$.${each}`, values])),
    filter_paths: Object.entries(accepts).map(([each, values]) => ({ path: [each], values })),
  };
}

function eventText({ source, id, type, time, value, user, region, tier }: Said): string {
  const data = JSON.stringify({ user, region, tier });
  const rest = JSON.stringify({ specversion: '1.0', source, id, type, time: new Date(time).toISOString() }).slice(
    0,
    -1,
  );
  const number = value === null ? '' : `"value":${value}${data === '{}' ? '' : ','}`;
  return `${rest},"data":{${number}${data.slice(1)}}`;
}

export function textOf(events: readonly Said[]): string {
  return `[${events.map((event) => `{"tenant":${JSON.stringify(event.tenant)},"event":${eventText(event)}}`).join()}]`;
}

export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Midnight in UTC, so many days ago. */
export function daysAgo(days: number): number {
  return Math.floor(Date.now() / day) * day - days * day;
}
