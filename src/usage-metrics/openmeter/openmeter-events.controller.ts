import { Controller, Res } from '@nestjs/common';
import { z } from 'zod';
import { CurrentPrincipal } from '../../auth/auth.guard.js';
import type { Principal } from '../../auth/principal.js';
import { type CallerReply, heed } from '../../auth/rate-limits/heed.js';
import { callerReach } from '../../platform/caller-reach.js';
import { TenantryError } from '../../platform/errors.js';
import { type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { integerText } from '../../platform/http/schemas.js';
import { batchType, codings, eventType, maxBodyBytes, textOfRequest } from '../events/events-request.js';
import { IngestLimits } from '../events/ingest-limits.service.js';
import type { PendingEvent, Rejection } from '../events/pending-event.js';
import { readEvents } from '../events/read-events.js';
import { UsageEvents } from '../events/usage-events.service.js';
import { recordedEvent, recordedEventsQuery } from '../queries/recorded-event.js';
import { RecordedEvents } from '../queries/recorded-events.service.js';

const tag = 'openmeter';

const ingestEvents = defineRoute({
  name: 'openMeterIngestEvents',
  method: 'POST',
  path: '/api/v1/events',
  tag,
  summary: 'Send usage events',
  description:
    'All of them are taken, or none. An event that is there already, by tenant, `source` and `id`, counts once, whatever else it says now: the client gives a retry another time.',
  access: { scope: 'usage:write', of: 'own' },
  limits: 'own',
  idempotency: 'none',
  headers: z.looseObject({}),
  body: z.union([z.looseObject({}), z.array(z.looseObject({}))]).describe('A CloudEvent, or a batch of them'),
  bodyTypes: [eventType, batchType, 'application/json'],
  bodyLimit: maxBodyBytes,
  rawBody: { codings },
  answers: { 204: { description: 'They are in the result of the next query.' } },
  problems: {
    invalid: ['events_rejected', 'invalid_encoding', 'invalid_gzip'],
    too_large: ['batch_too_large'],
    unsupported: ['unsupported_content_encoding'],
    limited: ['too_many_events'],
  },
});

const ingested = z
  .object({
    event: recordedEvent.shape.event,
    ingestedAt: z.iso.datetime(),
    storedAt: z.iso.datetime(),
  })
  .meta({ id: 'OpenMeterIngestedEvent' });

const { from, to, id } = recordedEventsQuery;

const listEvents = defineRoute({
  name: 'openMeterListEvents',
  method: 'GET',
  path: '/api/v1/events',
  tag,
  summary: 'The newest events',
  access: { scope: 'usage:read', of: 'own' },
  query: z.strictObject({
    clientId: z.string().max(36).optional().describe('Ignored'),
    id,
    subject: z.string().min(1).max(63).optional(),
    from,
    to,
    limit: integerText(1, 100).default(100),
  }),
  answers: { 200: { description: 'Newest first.', schema: z.array(ingested) } },
  problems: { not_found: ['tenant_not_found'] },
});

@Controller()
export class OpenMeterEventsController {
  constructor(
    private readonly events: UsageEvents,
    private readonly limits: IngestLimits,
    private readonly recorded: RecordedEvents,
  ) {}

  @Route(ingestEvents)
  async ingest(
    { headers, body }: InputOf<typeof ingestEvents>,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) reply: CallerReply,
  ): Promise<AnswerOf<typeof ingestEvents>> {
    heed(await this.limits.take(caller, 1), reply);
    const { text, shape } = await textOfRequest(headers, body);
    const read = readEvents(text, shape, callerReach());
    if (read.count > 1) heed(await this.limits.take(caller, read.count - 1), reply);
    if (read.rejected.length > 0) throw eventsRejected(read.rejected);
    if (read.good.length > 0) await this.takeAll(read.good);
    return undefined;
  }

  @Route(listEvents)
  async list({ query }: InputOf<typeof listEvents>): Promise<AnswerOf<typeof listEvents>> {
    const { subject, limit, id: eventId, from: after, to: before } = query;
    const filter = { id: eventId, from: after, to: before };
    const found = await this.recorded.newest(subject, filter, callerReach(), limit);
    return found.map(({ event, received_at: at }) => ({ event, ingestedAt: at, storedAt: at }));
  }

  private async takeAll(events: readonly PendingEvent[]): Promise<void> {
    const rejected = await this.rejectedOf(events);
    const known = new Set(rejected.filter(({ code }) => code === 'conflict').map(({ index }) => index));
    if (rejected.length > known.size) throw eventsRejected(rejected.filter(({ index }) => !known.has(index)));
    if (known.size === 0) return;
    const others = await this.rejectedOf(events.filter((_, index) => !known.has(index)));
    if (others.length > 0) throw eventsRejected(others);
  }

  private async rejectedOf(events: readonly PendingEvent[]): Promise<readonly Rejection[]> {
    if (events.length === 0) return [];
    const outcome = await this.events.submit(events, { atomic: true });
    return outcome.kind === 'committed' ? outcome.receipt.rejected : [];
  }
}

function eventsRejected(rejected: readonly Rejection[]): TenantryError {
  return new TenantryError('invalid', 'events_rejected', 'Nothing was taken, for some of the events are at fault.', {
    faults: rejected.map(({ index, code, message }) => ({ pointer: `/${index}`, message: `${code}: ${message}` })),
  });
}
