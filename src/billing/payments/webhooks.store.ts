import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { rowInstant } from '../../platform/rows.js';
import type { PaymentProvider, ProviderEvent } from './payment-provider.js';
import { type WebhookEvent, webhookState, type WebhookState } from './webhook-event.js';

const eventRow = z.object({
  id: z.string(),
  provider: z.string(),
  type: z.string(),
  state: webhookState,
  note: z.string().nullable(),
  event: z.object({
    invoice_id: z.string().nullable(),
    reference: z.string().nullable(),
    amount: z.string().nullable(),
    currency: z.string().nullable(),
  }),
  attempts: z.int(),
  happened_at: rowInstant,
  received_at: rowInstant,
  treated_at: rowInstant.nullable(),
});

const takeOutcome = z.object({ outcome: z.enum(['treated', 'ignored', 'failed', 'duplicate']) });
const replayOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['not_found', 'not_failed']) }),
  z.object({ outcome: webhookState, event: eventRow }),
]);
export type Replayed =
  { readonly outcome: 'not_found' | 'not_failed' } | { readonly outcome: WebhookState; readonly event: WebhookEvent };

/** Every query about what providers tell. */
@Injectable()
export class WebhooksStore {
  constructor(private readonly database: Database) {}

  /** Takes an event and treats it, in one transaction. */
  async take(
    provider: PaymentProvider['name'],
    event: ProviderEvent,
    at: Date,
    context: ChangeContext,
  ): Promise<z.infer<typeof takeOutcome>['outcome']> {
    const args = { p_provider: provider, p_event: { ...event }, p_at: at.toISOString(), p_context: { ...context } };
    return takeOutcome.parse(await this.database.rpc('billing_webhook_take', args, { idempotent: true })).outcome;
  }

  async replay(provider: PaymentProvider['name'], id: string, at: Date, context: ChangeContext): Promise<Replayed> {
    const args = { p_provider: provider, p_id: id, p_at: at.toISOString(), p_context: { ...context } };
    const answer = replayOutcome.parse(await this.database.rpc('billing_webhook_replay', args));
    return 'event' in answer ? { ...answer, event: toEvent(answer.event) } : answer;
  }

  /** Newest first, after [received_at, id]. */
  async list(
    state: WebhookState | undefined,
    limit: number,
    after: readonly [string, string] | undefined,
  ): Promise<WebhookEvent[]> {
    const args = { p_state: state ?? null, p_after: after === undefined ? null : [...after], p_limit: limit };
    return z
      .array(eventRow)
      .parse(await this.database.rpc('billing_webhook_events_list', args))
      .map(toEvent);
  }
}

function toEvent({ event, ...row }: z.infer<typeof eventRow>): WebhookEvent {
  const { invoice_id, reference, amount, currency } = event;
  return { ...row, invoice_id, reference, amount, currency };
}
