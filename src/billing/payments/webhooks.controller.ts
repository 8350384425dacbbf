import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { page, pageQuery, toPage } from '../../platform/http/pagination.js';
import { instant } from '../../platform/http/schemas.js';
import { type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { webhookEvent, webhookState } from './webhook-event.js';
import { Webhooks } from './webhooks.service.js';
import { WebhooksStore } from './webhooks.store.js';

const tag = 'billing';

const takeStripeEvent = defineRoute({
  name: 'takeStripeEvent',
  method: 'POST',
  path: '/v1/webhooks/stripe',
  tag,
  summary: 'Where Stripe tells of invoices',
  description: [
    'Give Stripe this address as a webhook endpoint for `invoice.paid`, `invoice.payment_failed`, `invoice.voided` and',
    '`invoice.marked_uncollectible`. The signature is verified on the body just as it came. Each event counts once; what cannot be',
    'treated is kept, and answered 200.',
  ].join(' '),
  access: 'public',
  quiet: true,
  idempotency: 'none',
  headers: z.looseObject({ 'stripe-signature': z.string().max(4_096).optional() }),
  body: z.looseObject({ id: z.string(), type: z.string() }),
  // Read before it is known who sent it. An event of an invoice with one line has some kilobytes.
  bodyLimit: 262_144,
  rawBody: { codings: [] },
  answers: { 200: { description: 'It was received.', schema: z.object({ received: z.literal(true) }) } },
  problems: { invalid: ['webhook_not_signed', 'webhook_not_expected'] },
});

const listWebhookEvents = defineRoute({
  name: 'listWebhookEvents',
  method: 'GET',
  path: '/v1/billing/webhook-events',
  tag,
  summary: 'What providers of payments told, newest first',
  access: { scope: 'billing:read', of: 'platform' },
  query: z.strictObject({ ...pageQuery(z.tuple([instant, z.string()])), state: webhookState.optional() }),
  answers: { 200: { description: 'A page of events.', schema: page(webhookEvent) } },
});

const replayWebhookEvent = defineRoute({
  name: 'replayWebhookEvent',
  method: 'POST',
  path: '/v1/billing/webhook-events/{event}/replay',
  tag,
  summary: 'Treat an event again that failed',
  access: { scope: 'billing:write', of: 'platform' },
  params: z.strictObject({ event: z.string().min(1).max(255) }),
  answers: { 200: { description: 'What became of it this time.', schema: webhookEvent } },
  problems: { not_found: ['webhook_event_not_found'], conflict: ['webhook_event_not_failed'] },
});

@Controller()
export class WebhooksController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly store: WebhooksStore,
  ) {}

  @Route(takeStripeEvent)
  async take({ headers, body }: InputOf<typeof takeStripeEvent>): Promise<AnswerOf<typeof takeStripeEvent>> {
    await this.webhooks.take(body, headers['stripe-signature']);
    return { received: true };
  }

  @Route(listWebhookEvents)
  async list({ query }: InputOf<typeof listWebhookEvents>): Promise<AnswerOf<typeof listWebhookEvents>> {
    const rows = await this.store.list(query.state, query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => [row.received_at, row.id],
      (row) => row,
    );
  }

  @Route(replayWebhookEvent)
  replay({ params }: InputOf<typeof replayWebhookEvent>): Promise<AnswerOf<typeof replayWebhookEvent>> {
    return this.webhooks.replay(params.event, requestActor());
  }
}
