import { Readable } from 'node:stream';
import { Controller, StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import { callerReach } from '../../platform/caller-reach.js';
import { TenantryError } from '../../platform/errors.js';
import { pageQuery } from '../../platform/http/pagination.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { meterSlug } from '../meters/meter.js';
import { answerFormats, formatOf, streamTypes, textOf } from './answer-format.js';
import { cursorOf, digestOf, queryCursor } from './query-cursor.js';
import { UsageQueries } from './usage-queries.service.js';
import { usageQuery, type UsageRequest } from './usage-request.js';
import type { UsageQuery } from './usage-query.js';
import { windowSizes } from './windows.js';

const row = z
  .object({
    value: z.number().describe('As near as a double comes to it'),
    value_decimal: z.string().describe('Exactly; `avg` and `time_weighted` rounded to 20 places after the point'),
    window_start: z.iso.datetime(),
    window_end: z.iso.datetime().describe('The window ends before it'),
    subject: z.string().nullable().describe("The tenant's slug, or the id of one that is gone; null: all together"),
    group_by: z.record(z.string(), z.string().nullable()).describe('Null: events without the dimension'),
  })
  .meta({ id: 'UsageRow' });

const result = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    window_size: z.enum(windowSizes).nullable(),
    window_time_zone: z.string(),
    data: z.array(row),
    next_cursor: z.string().nullable().describe('For `?cursor=`; null on the last page.'),
  })
  .meta({ id: 'UsageResult' });

const sizes = { defaultSize: 1_000, maxSize: 10_000, maxCursor: 8_192 };

const queryMeter = defineRoute({
  name: 'queryMeter',
  method: 'GET',
  path: '/v1/meters/{slug}/query',
  tag: 'meters',
  summary: 'What a meter has counted',
  description:
    'Rows by window, tenant and dimensions; what had no events has no row. Callers of tenants see their own tenants alone. CSV and NDJSON, asked for by `format` or `Accept`, hold all pages; the value of CSV is the exact one. With a cursor, what is asked must be what was asked for its first page.',
  access: { scope: 'usage:read', of: 'own' },
  params: z.strictObject({ slug: meterSlug }),
  query: z.strictObject({
    ...usageQuery,
    ...pageQuery(queryCursor, sizes),
    format: z.enum(answerFormats).optional().describe('Instead of the `Accept` header'),
  }),
  headers: z.object({ accept: z.string().max(1_024).optional().describe('Which format is liked best') }),
  answers: { 200: { description: 'The counts.', schema: result, stream: Object.values(streamTypes) } },
  problems: {
    not_found: ['meter_not_found', 'tenant_not_found'],
    unprocessable: ['too_many_windows', 'raw_expired', 'versions_differ'],
  },
});

const names = { from: '?from', groupBy: '?group_by', filter: '?filter_group_by', missing: '?filter_missing' };

@Controller()
export class UsageQueriesController {
  constructor(private readonly queries: UsageQueries) {}

  @Route(queryMeter)
  async query({ params, query: sent, headers }: InputOf<typeof queryMeter>): Promise<AnswerOf<typeof queryMeter>> {
    const reach = callerReach();
    const query = await this.queries.prepare(requestOf(params.slug, sent), reach, names);
    const after = sent.cursor === undefined ? undefined : placeIn(query, sent.cursor);
    const format = sent.format ?? formatOf(headers.accept);
    if (format !== 'json') return this.stream(query, format, await begun(this.queries.pages(query, reach)));
    const { rows, next } = await this.queries.page(query, reach, sent.limit, after);
    return {
      from: query.from,
      to: query.to,
      window_size: query.windowSize ?? null,
      window_time_zone: query.timeZone,
      data: [...rows],
      next_cursor: next === undefined ? null : cursorOf(query, next),
    };
  }

  private stream(
    query: UsageQuery,
    format: keyof typeof streamTypes,
    pages: Parameters<typeof textOf>[1],
  ): AnswerOf<typeof queryMeter> {
    const text = textOf(format, pages, query.groupBy);
    const file = new StreamableFile(Readable.from(text, { objectMode: false, highWaterMark: 65_536 }));
    return answer(200, file, {
      'content-type': streamTypes[format],
      'content-disposition': `attachment; filename="${query.slug}.${format}"`,
      vary: 'Accept',
    });
  }
}

/** Waits for the first page, so that what is wrong is answered as a problem and not as a file that breaks off. */
async function begun<T>(pages: AsyncGenerator<T>): Promise<AsyncIterable<T>> {
  const first = await pages.next();
  return (async function* () {
    if (first.done === true) return;
    yield first.value;
    yield* pages;
  })();
}

type Sent = InputOf<typeof queryMeter>['query'];

function requestOf(slug: string, sent: Sent): UsageRequest {
  const [from, to] = sent.cursor ?? [];
  return {
    slug,
    from: sent.from ?? from,
    to: sent.to ?? to,
    windowSize: sent.window_size,
    timeZone: sent.window_time_zone,
    subjects: sent.subject,
    groupBy: sent.group_by,
    filter: sent.filter_group_by,
    missing: sent.filter_missing,
  };
}

function placeIn(query: UsageQuery, [, , digest, key]: NonNullable<Sent['cursor']>): typeof key {
  if (digest === digestOf(query)) return key;
  throw new TenantryError('invalid', 'validation_failed', 'The cursor is of another query.', {
    faults: [{ pointer: '?cursor', message: 'is a cursor of another query' }],
  });
}
