import { z } from 'zod';
import type { UsageQuery, UsageRow } from '../queries/usage-query.js';
import { type PartNames, usageQuery, type UsageRequest } from '../queries/usage-request.js';
import { windowSizes } from '../queries/windows.js';

const clientId = z.string().max(36).optional().describe('Ignored');
const { from, to, window_size: windowSize, window_time_zone: windowTimeZone } = usageQuery;
const ends = { from: from.describe('Not before; left out, 30 days, or without windows everything'), to };

/** As the client writes it into a query. */
export const openMeterQuery = z.strictObject({
  clientId,
  ...ends,
  windowSize,
  windowTimeZone,
  subject: usageQuery.subject,
  filterGroupBy: usageQuery.filter_group_by,
  groupBy: usageQuery.group_by,
});

const values = z.array(z.string().max(1_024)).min(1).max(100);

/** As the client writes it into a body. */
export const openMeterQueryBody = z
  .strictObject({
    clientId,
    ...ends,
    windowSize,
    windowTimeZone,
    subject: z.array(z.string().min(1).max(63)).max(100).default([]),
    filterGroupBy: z.record(z.string(), values).default({}),
    groupBy: z.array(z.string().max(63)).max(21).default([]),
  })
  .meta({ id: 'OpenMeterQuery' });

const row = z
  .object({
    value: z.number(),
    windowStart: z.iso.datetime(),
    windowEnd: z.iso.datetime(),
    subject: z.string().nullable(),
    groupBy: z.record(z.string(), z.string().nullable()),
  })
  .meta({ id: 'OpenMeterRow' });

export const openMeterResult = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    windowSize: z.enum(windowSizes).optional(),
    data: z.array(row),
  })
  .meta({ id: 'OpenMeterResult' });

export const inQuery: PartNames = { from: '?from', groupBy: '?groupBy', filter: '?filterGroupBy', missing: '' };
export const inBody: PartNames = { from: '/from', groupBy: '/groupBy', filter: '/filterGroupBy', missing: '' };

/** Before any usage: where a query without windows leaves out its beginning, it means everything. */
const beginning = '1970-01-01T00:00:00Z';

export function toRequest(slug: string, asked: z.infer<typeof openMeterQueryBody>): UsageRequest {
  return {
    slug,
    from: asked.from ?? (asked.windowSize === undefined ? beginning : undefined),
    to: asked.to,
    windowSize: asked.windowSize,
    timeZone: asked.windowTimeZone,
    subjects: asked.subject,
    groupBy: asked.groupBy,
    filter: asked.filterGroupBy,
    missing: [],
  };
}

export function toResult(query: UsageQuery, rows: readonly UsageRow[]): z.infer<typeof openMeterResult> {
  return {
    from: query.from,
    to: query.to,
    ...(query.windowSize === undefined ? {} : { windowSize: query.windowSize }),
    data: rows.map(({ value, window_start, window_end, subject, group_by }) => ({
      value,
      windowStart: window_start,
      windowEnd: window_end,
      subject,
      groupBy: group_by,
    })),
  };
}
