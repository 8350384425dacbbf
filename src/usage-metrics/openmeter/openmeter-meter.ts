import { z } from 'zod';
import { TenantryError } from '../../platform/errors.js';
import { type Meter, meterChange, type MeterChange, newMeter, type NewMeter } from '../meters/meter.js';

const aggregation = z.enum(['SUM', 'COUNT', 'AVG', 'MIN', 'MAX', 'UNIQUE_COUNT', 'LATEST', 'TIME_WEIGHTED']);

const native = {
  SUM: 'sum',
  COUNT: 'count',
  AVG: 'avg',
  MIN: 'min',
  MAX: 'max',
  UNIQUE_COUNT: 'unique_count',
  LATEST: 'latest',
  TIME_WEIGHTED: 'time_weighted',
} as const satisfies Record<z.infer<typeof aggregation>, NewMeter['aggregation']>;

export const openMeterMeter = z
  .object({
    id: z.string().describe('The slug: both name a meter in paths'),
    slug: z.string(),
    name: z.string(),
    description: z.string().optional(),
    aggregation,
    eventType: z.string(),
    valueProperty: z.string().optional(),
    groupBy: z.record(z.string(), z.string()),
    metadata: z.record(z.string(), z.unknown()),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'OpenMeterMeter' });

export const newOpenMeterMeter = z
  .strictObject({
    slug: newMeter.shape.slug,
    name: newMeter.shape.name,
    description: newMeter.shape.description,
    metadata: newMeter.shape.metadata.nullable(),
    aggregation,
    eventType: newMeter.shape.event_type,
    valueProperty: newMeter.shape.value_property,
    groupBy: newMeter.shape.group_by,
  })
  .meta({ id: 'NewOpenMeterMeter' });

export const openMeterMeterChange = z
  .strictObject({
    name: meterChange.shape.name,
    description: meterChange.shape.description,
    metadata: meterChange.shape.metadata.nullable(),
    groupBy: meterChange.shape.group_by,
  })
  .meta({ id: 'OpenMeterMeterChange' });

/** @throws TenantryError `validation_failed` where aggregation and value do not go together */
export function toNewMeter(body: z.infer<typeof newOpenMeterMeter>): NewMeter {
  const {
    aggregation: name,
    eventType: event_type,
    valueProperty: value_property,
    groupBy: group_by,
    metadata,
    ...same
  } = body;
  const parsed = newMeter.safeParse({
    ...same,
    aggregation: native[name],
    event_type,
    value_property,
    group_by,
    metadata: metadata ?? {},
  });
  if (parsed.success) return parsed.data;
  // Each member has been parsed; what is left is how two of them go together.
  const faults = parsed.error.issues.map(({ message }) => ({ pointer: '/valueProperty', message }));
  throw new TenantryError('invalid', 'validation_failed', 'The request has a fault.', { faults });
}

export function toMeterChange(body: z.infer<typeof openMeterMeterChange>): MeterChange {
  const { groupBy, metadata, ...same } = body;
  return {
    ...same,
    ...(metadata === undefined ? {} : { metadata: metadata ?? {} }),
    ...(groupBy === undefined ? {} : { group_by: groupBy }),
  };
}

export function fromMeter(meter: Meter): z.infer<typeof openMeterMeter> {
  const { slug, name, description, value_property: value } = meter;
  return {
    id: slug,
    slug,
    name,
    ...(description === null ? {} : { description }),
    aggregation: aggregation.parse(meter.aggregation.toUpperCase()),
    eventType: meter.event_type,
    ...(value === null ? {} : { valueProperty: value }),
    groupBy: meter.group_by,
    metadata: meter.metadata,
    createdAt: meter.created_at,
    updatedAt: meter.updated_at,
  };
}
