import { z } from 'zod';
import { defineRoute } from '../../platform/http/route.js';
import { booleanText } from '../../platform/http/schemas.js';
import { maxEventBytes } from './cloud-event.js';
import { batchType, codings, eventType, maxBodyBytes } from './events-request.js';
import { maxEvents } from './read-events.js';

/** For readers of the document; events are judged by `cloud-event.ts`, which says every fault of each. */
const cloudEvent = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: z.string().min(1).describe('With `source` it makes the event one of its own: sent again, it counts once.'),
    source: z.string().min(1).describe('A URI reference: what the event comes from.'),
    type: z.string().min(1).describe('What meters choose events by. Events that no meter counts are kept.'),
    subject: z.string().optional().describe('The tenant, by id or slug. Callers of one tenant may leave it out.'),
    time: z.iso.datetime({ offset: true }).optional().describe('When it happened; left out: when it arrived.'),
    datacontenttype: z.string().optional(),
    dataschema: z.url().optional(),
    data: z.json().optional().describe('What meters count. Numbers stay exact, however long.'),
    data_base64: z.base64().optional(),
  })
  .meta({ id: 'CloudEvent', description: 'CloudEvents 1.0 in JSON. Further members are extension attributes.' });

const rejection = z
  .object({
    index: z.int().describe('The place among the events sent, from 0.'),
    code: z.string(),
    message: z.string(),
    stored: z.string().optional().describe('Of a `conflict`: the fingerprint of the event that is there, and stays.'),
    sent: z.string().optional().describe('Of a `conflict`: the fingerprint of the event that was sent.'),
  })
  .meta({ id: 'EventRejection' });

const rejected = z.array(rejection);

export const ingestUsageEvents = defineRoute({
  name: 'ingestUsageEvents',
  method: 'POST',
  path: '/v1/usage/events',
  tag: 'usage',
  summary: 'Send usage events',
  description: [
    'Takes CloudEvents 1.0: one, a batch, or in binary mode, where attributes are `Ce-` headers (percent-encoded) and the body is the data,',
    'of any type. It answers after the commit: what is accepted is in the result of the next query.',
    `A request has at most ${maxEvents} events in 5 MiB, packed with gzip or not; an event has at most ${maxEventBytes} bytes.`,
    'An event at fault is refused by itself, in `rejected`, and the others are taken, so look at `rejected` beside the status;',
    'with `atomic` all are taken or none.',
    'What Tenantry measures itself, by its types and sources, nobody else may send: `reserved_type`, `reserved_source`.',
    'Sending the same again is safe: events are told apart by tenant, `source` and `id`, whatever their time, and count once.',
    'While the database is away events are kept on disk and the answer is 202 (never with `atomic`).',
  ].join(' '),
  access: { scope: 'usage:write', of: 'own', staleSeconds: 86_400 },
  limits: 'own',
  quiet: true,
  idempotency: 'none',
  headers: z.looseObject({}),
  query: z.strictObject({ atomic: booleanText.default(false).describe('All of the events, or none of them') }),
  body: z.union([cloudEvent, z.array(cloudEvent).max(maxEvents)]),
  bodyTypes: [eventType, batchType, 'application/json'],
  bodyLimit: maxBodyBytes,
  rawBody: { codings },
  answers: {
    200: {
      description: 'What became of the events.',
      schema: z.object({
        accepted: z.int(),
        duplicates: z.int().describe('Events that were there already.'),
        rejected,
      }),
    },
    202: {
      description: 'The database is away; the events are on disk, and count when it is back.',
      schema: z.object({ spooled: z.int(), rejected }),
    },
  },
  problems: {
    invalid: ['invalid_encoding', 'invalid_gzip'],
    too_large: ['batch_too_large'],
    unsupported: ['unsupported_content_encoding'],
    unprocessable: ['events_rejected'],
    limited: ['too_many_events'],
    unavailable: ['spool_full', 'spool_unavailable'],
  },
});
