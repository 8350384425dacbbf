import { z } from 'zod';
import { timeZone } from '../../platform/time-zone.js';
import { instant, listText } from '../../platform/http/schemas.js';
import type { InputFault } from '../../platform/errors.js';
import type { Mention } from './usage-query.js';
import { windowSizes, type WindowSize } from './windows.js';

/** A query as callers write it: subjects by id or slug, `subject` among the dimensions, ends that may be left out. */
export interface UsageRequest {
  readonly slug: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly windowSize?: WindowSize | undefined;
  readonly timeZone: string;
  readonly subjects: readonly string[];
  readonly groupBy: readonly string[];
  readonly filter: Readonly<Record<string, readonly string[]>>;
  /** Dimensions that may be missing: events without them are let through the filter too. */
  readonly missing: readonly string[];
}

/** How the parts of a request are called by whoever wrote it, for faults. */
export interface PartNames {
  readonly from: string;
  readonly groupBy: string;
  readonly filter: string;
  readonly missing: string;
}

/** The database has microseconds, and no use for what was before there were events. */
export const boundary = instant.pipe(
  z
    .string()
    .regex(
      /^(?:19[7-9]\d|[2-9]\d{3})-[^.]+(?:\.\d{1,6})?Z$/,
      'must be from 1970 on, with at most six places of a second',
    ),
);

const filterValues = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z.array(z.string().max(1_024)).min(1).max(100),
);

/** What a query is asked with, to spread into a route's `query`. */
export const usageQuery = {
  from: boundary
    .optional()
    .describe('Not before; left out, the beginning of the day, by `window_time_zone`, 30 days before `to`.'),
  to: boundary
    .optional()
    .describe(
      'Before; left out, the next full quarter of an hour that is at least 5 minutes ahead: everything so far.',
    ),
  window_size: z
    .enum(windowSizes)
    .optional()
    .describe('Left out: one window from `from` to `to`. Weeks begin on Mondays.'),
  window_time_zone: timeZone.default('UTC').describe('IANA name: by its clocks windows begin'),
  subject: listText(z.string().min(1).max(63), 100)
    .default([])
    .describe('Ids or slugs of tenants. Rows are by tenant then, as with `group_by=subject`.'),
  group_by: listText(z.string().max(63), 21)
    .default([])
    .describe('Dimensions, and `subject`; repeated, or with commas.'),
  filter_group_by: z
    .record(z.string(), filterValues)
    .default({})
    .describe('`filter_group_by[model]=a`: only events with that value; repeated, with any of them.'),
  filter_missing: listText(z.string().max(63), 20)
    .default([])
    .describe('Dimensions. Only events without them, or with one of the values in `filter_group_by`.'),
};

/** Where a request names dimensions. */
export function mentionsIn(request: UsageRequest, names: PartNames): Mention[] {
  return [
    ...request.groupBy.flatMap((dimension, n) =>
      dimension === 'subject' ? [] : [{ dimension, pointer: `${names.groupBy}/${n}` }],
    ),
    ...Object.keys(request.filter).map((dimension) => ({ dimension, pointer: `${names.filter}/${dimension}` })),
    ...request.missing.map((dimension, n) => ({ dimension, pointer: `${names.missing}/${n}` })),
  ];
}

/** Dimensions that the meter does not have. */
export function dimensionFaults(mentions: readonly Mention[], dimensions: readonly string[]): InputFault[] {
  const known = dimensions.toSorted((a, b) => a.localeCompare(b));
  const message =
    known.length === 0
      ? 'is no dimension: the meter has none'
      : `is no dimension of the meter, which has ${known.join(', ')}`;
  return mentions.flatMap(({ dimension, pointer }) => (known.includes(dimension) ? [] : { pointer, message }));
}

/** The values that events may have, by dimension; null for none. */
export function filterOf({ filter, missing }: UsageRequest): Record<string, (string | null)[]> {
  const wanted = new Map<string, (string | null)[]>(
    Object.entries(filter).map(([name, values]) => [name, [...values]]),
  );
  for (const name of missing) wanted.set(name, [...(wanted.get(name) ?? []), null]);
  return Object.fromEntries(wanted);
}
