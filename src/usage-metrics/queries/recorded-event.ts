import { z } from 'zod';
import { pageQuery } from '../../platform/http/pagination.js';
import { booleanText, displayText } from '../../platform/http/schemas.js';
import { boundary } from './usage-request.js';

const attribute = z.string().min(1).max(1_024);

export const recordedEvent = z
  .object({
    event: z.record(z.string(), z.unknown()).describe('The CloudEvent; numbers are as they were sent'),
    received_at: z.iso.datetime(),
    voided: z
      .object({ voided_at: z.iso.datetime(), reason: z.string(), voided_by: z.string().describe("The caller's id") })
      .nullable()
      .describe('Null: it counts'),
  })
  .meta({ id: 'RecordedUsageEvent' });
export type RecordedEvent = z.infer<typeof recordedEvent>;

/** Time and order of arrival; what a `bigint` cannot hold is no place in the log. */
const eventKey = z.tuple([
  z.iso.datetime({ offset: true }).max(40),
  z
    .string()
    .regex(/^\d{1,19}$/)
    .refine((text) => BigInt(text) < 2n ** 63n),
]);
export type EventKey = z.infer<typeof eventKey>;

/** What single events can be asked for by, to spread into a route's `query`. All that is given must hold. */
export const recordedEventsQuery = {
  type: attribute.optional(),
  source: attribute.optional(),
  id: attribute.optional(),
  from: boundary.optional().describe('By the time of the event: not before'),
  to: boundary.optional().describe('Before'),
  voided: booleanText.optional().describe('Only those that were voided, or only those that were not'),
  ...pageQuery(eventKey),
};

export const eventVoiding = z
  .strictObject({
    source: attribute,
    id: attribute,
    reason: displayText(500),
    replacement: z
      .record(z.string(), z.unknown())
      .optional()
      .describe(
        'A CloudEvent of the same tenant, with an id of its own, that is taken in the same transaction. One that Tenantry sent may be replaced by one of the same source.',
      ),
  })
  .meta({ id: 'UsageEventVoiding' });
export type EventVoiding = z.infer<typeof eventVoiding>;

export const voidedEvent = z
  .object({
    source: z.string(),
    id: z.string(),
    voided_at: z.iso.datetime(),
    reason: z.string(),
    voided_by: z.string(),
    replaced: z.boolean(),
  })
  .meta({ id: 'VoidedUsageEvent' });
export type VoidedEvent = z.infer<typeof voidedEvent>;
