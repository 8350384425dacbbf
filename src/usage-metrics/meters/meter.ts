import { z } from 'zod';
import { displayText, instant, jsonObject } from '../../platform/http/schemas.js';
import { membersMeter } from './built-in-meters.js';
import { parseJsonPath } from './json-path.js';

export const aggregations = ['sum', 'count', 'avg', 'min', 'max', 'unique_count', 'latest', 'time_weighted'] as const;

const maxDimensions = 20;
const maxFilters = 10;

/** Queries have a meaning of their own for these. */
const reserved: ReadonlySet<string> = new Set(['subject', 'customer_id']);

export const meterSlug = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]+(_[a-z0-9]+)*$/, 'must be lower-case letters and digits, with single underscores between');

const newMeterSlug = meterSlug.refine(
  (slug) => slug !== membersMeter,
  'is built in: members are counted without a meter of events',
);

const dimensionName = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]{0,62}$/,
    'must be lower-case letters, digits and underscores, at most 63, beginning with a letter',
  )
  .refine((name) => !reserved.has(name), 'is reserved');

const jsonPath = z
  .string()
  .max(256)
  .superRefine((text, context) => {
    const path = parseJsonPath(text);
    if (path.state === 'refused') context.addIssue({ code: 'custom', message: path.fault });
  });

const groupBy = z
  .record(dimensionName, jsonPath)
  .refine((paths) => Object.keys(paths).length <= maxDimensions, `must be at most ${maxDimensions} dimensions`)
  .superRefine((paths, context) => {
    for (const [name, twin] of samePlaces(Object.entries(paths))) {
      context.addIssue({ code: 'custom', path: [name], message: `is the same place as ${twin}` });
    }
  })
  .describe('Names of dimensions, and where each stands in the events\' data: `{"model": "$.model"}`');

const filters = z
  .record(jsonPath, z.array(z.string().max(1_024)).min(1).max(100))
  .refine((values) => Object.keys(values).length <= maxFilters, `must be at most ${maxFilters} places`)
  .superRefine((values, context) => {
    for (const [path] of samePlaces(Object.keys(values).map((text) => [text, text]))) {
      context.addIssue({ code: 'custom', path: [path], message: 'is the same place as another filter' });
    }
  })
  .describe('Counts only events whose data has one of these values in each of these places; numbers as their text');

/** Of several entries with paths to one place, all but the first: [name, name of the first]. */
function samePlaces(entries: readonly (readonly [name: string, path: string])[]): [string, string][] {
  const first = new Map<string, string>();
  return entries.flatMap(([name, text]): [string, string][] => {
    const path = parseJsonPath(text);
    if (path.state === 'refused') return [];
    const place = JSON.stringify(path.keys);
    const twin = first.get(place);
    if (twin === undefined) first.set(place, name);
    return twin === undefined ? [] : [[name, twin]];
  });
}

/** What a version does not fix. */
const described = {
  name: displayText(200).optional().describe('The slug where left out'),
  description: z.string().max(1_000).optional(),
  metadata: jsonObject(16_384).optional(),
};

const counted = {
  event_type: z.string().min(1).max(1_024).describe('The `type` of the events that it counts'),
  aggregation: z.enum(aggregations),
  value_property: jsonPath.optional().describe("Where the value stands in the events' data; all but `count` need it"),
  group_by: groupBy.default({}),
  filters: filters.default({}),
  unit: displayText(64).optional(),
  // Not z.int: its fault would keep zod from looking at the rules below.
  retention_days: z
    .number()
    .multipleOf(1, 'must be a whole number')
    .min(1)
    .max(3_650)
    .optional()
    .describe('How many days its events are kept at least'),
};

/** Looked at also where other members are at fault, so that all faults are told at once. */
const whateverElse = {
  path: ['value_property'],
  when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null,
};

interface Valued {
  readonly aggregation?: unknown;
  readonly value_property?: unknown;
}

const countHasNone = ({ aggregation, value_property: value }: Valued): boolean =>
  aggregation !== 'count' || value === undefined;
const othersHaveOne = ({ aggregation, value_property: value }: Valued): boolean =>
  aggregation === 'count' || value !== undefined;
const valueless = { ...whateverElse, message: 'must be left out: count counts events, not values' };
const valueNeeded = { ...whateverElse, message: 'is required, but for count' };

export const newMeter = z
  .strictObject({ slug: newMeterSlug, ...described, ...counted })
  .refine(countHasNone, valueless)
  .refine(othersHaveOne, valueNeeded)
  .meta({ id: 'NewMeter' });
export type NewMeter = z.infer<typeof newMeter>;

export const newMeterVersion = z
  .strictObject({
    valid_from: instant.describe(
      'From which time of events on it holds: a full quarter of an hour, at least 5 minutes ahead',
    ),
    ...described,
    ...counted,
  })
  .refine(countHasNone, valueless)
  .refine(othersHaveOne, valueNeeded)
  .meta({ id: 'NewMeterVersion' });
export type NewMeterVersion = z.infer<typeof newMeterVersion>;

export const meterChange = z
  .strictObject({
    name: displayText(200),
    description: z.string().max(1_000).nullable(),
    metadata: jsonObject(16_384),
    group_by: groupBy,
  })
  .partial()
  .meta({ id: 'MeterChange' });
export type MeterChange = z.infer<typeof meterChange>;

export const meter = z
  .object({
    id: z.string(),
    slug: z.string(),
    version: z.int(),
    name: z.string(),
    description: z.string().nullable(),
    event_type: z.string(),
    aggregation: z.enum(aggregations),
    value_property: z.string().nullable(),
    group_by: z.record(z.string(), z.string()),
    filters: z.record(z.string(), z.array(z.string())),
    unit: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    retention_days: z.int().nullable(),
    valid_from: z.iso.datetime().nullable().describe('Null: it holds for events of any time before `valid_to`'),
    valid_to: z.iso.datetime().nullable().describe('Null: it holds until there is a newer version'),
    backfilling: z.boolean().describe('Events from before the meter, or its newest dimension, are still being counted'),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    etag: z.string(),
  })
  .meta({ id: 'Meter' });
export type Meter = z.infer<typeof meter>;

/** A place in data, as the database looks it up. */
interface NamedPath {
  readonly name: string;
  readonly path: readonly string[];
}

/** What a definition's paths mean, for the database to be told beside their text. */
export interface MeterPaths {
  readonly value_path: readonly string[] | null;
  readonly group_paths: readonly NamedPath[];
  readonly filter_paths: readonly { readonly path: readonly string[]; readonly values: readonly string[] }[];
}

/** @throws Error for a path that was not checked before */
export function pathsOf(definition: Pick<NewMeter, 'value_property' | 'group_by' | 'filters'>): MeterPaths {
  const { value_property: value, group_by: dimensions, filters: wanted } = definition;
  return {
    value_path: value === undefined ? null : keysOf(value),
    group_paths: groupPathsOf(dimensions),
    filter_paths: Object.entries(wanted).map(([text, values]) => ({ path: keysOf(text), values })),
  };
}

/** @throws Error for a path that was not checked before */
export function groupPathsOf(dimensions: NewMeter['group_by']): NamedPath[] {
  return Object.entries(dimensions).map(([name, text]) => ({ name, path: keysOf(text) }));
}

function keysOf(text: string): readonly string[] {
  const path = parseJsonPath(text);
  if (path.state === 'parsed') return path.keys;
  throw new Error(`not a path: ${path.fault}`);
}
