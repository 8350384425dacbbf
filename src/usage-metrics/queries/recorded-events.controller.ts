import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { callerReach } from '../../platform/caller-reach.js';
import { page } from '../../platform/http/pagination.js';
import { parseBodyText } from '../../platform/http/parse-input.js';
import { type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { isObject } from '../events/cloud-event.js';
import { parseExactJson, stringifyExactJson } from '../events/exact-json.js';
import { decodeJson } from '../events/json-text.js';
import { eventVoiding, recordedEvent, recordedEventsQuery, voidedEvent } from './recorded-event.js';
import { RecordedEvents } from './recorded-events.service.js';

const tag = 'usage';
const params = z.strictObject({ tenant: z.string().min(1).max(63).describe('The id or the slug') });

const listUsageEvents = defineRoute({
  name: 'listUsageEvents',
  method: 'GET',
  path: '/v1/tenants/{tenant}/usage/events',
  tag,
  summary: 'Single events of a tenant, newest first',
  access: { scope: 'usage:read', of: 'tenant', param: 'tenant' },
  params,
  query: z.strictObject({ ...recordedEventsQuery }),
  answers: { 200: { description: 'A page of events.', schema: page(recordedEvent) } },
  problems: { not_found: ['tenant_not_found'] },
});

const voidUsageEvent = defineRoute({
  name: 'voidUsageEvent',
  method: 'POST',
  path: '/v1/tenants/{tenant}/usage/events/void',
  tag,
  summary: 'Take an event back, or replace it by another',
  description:
    'The event stays in the log, marked with who and why, and is in no count any more. With `replacement` both happen, or neither.',
  access: { scope: 'usage:write', of: 'platform' },
  params,
  body: eventVoiding,
  rawBody: { codings: [] },
  answers: { 200: { description: 'It counts no longer.', schema: voidedEvent } },
  problems: {
    not_found: ['tenant_not_found', 'event_not_found'],
    conflict: ['already_voided'],
    unprocessable: ['event_expired', 'replacement_rejected'],
  },
});

@Controller()
export class RecordedEventsController {
  constructor(private readonly events: RecordedEvents) {}

  @Route(listUsageEvents)
  list({ params: { tenant }, query }: InputOf<typeof listUsageEvents>): Promise<AnswerOf<typeof listUsageEvents>> {
    const { limit, cursor, ...filter } = query;
    return this.events.page(tenant, filter, callerReach(), limit, cursor);
  }

  @Route(voidUsageEvent)
  async void({ params: { tenant }, body }: InputOf<typeof voidUsageEvent>): Promise<AnswerOf<typeof voidUsageEvent>> {
    const text = decodeJson(body);
    const voiding = parseBodyText(eventVoiding, text);
    const replacement = voiding.replacement === undefined ? undefined : textOfReplacement(text);
    return this.events.void(tenant, voiding, replacement, requestActor());
  }
}

/** With its numbers as they were sent. */
function textOfReplacement(body: string): string {
  const exact = parseExactJson(body);
  return stringifyExactJson(isObject(exact) ? exact['replacement'] : undefined);
}
