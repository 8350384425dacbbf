import { Injectable, Logger } from '@nestjs/common';
import { bySystem, type ChangeContext } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import { PaymentProvider, type ProviderEvent } from './payment-provider.js';
import type { WebhookEvent } from './webhook-event.js';
import { WebhooksStore } from './webhooks.store.js';

/** Takes what a provider tells: whoever has its secret, and nobody else. */
@Injectable()
export class Webhooks {
  private readonly logger = new Logger(Webhooks.name);

  constructor(
    private readonly store: WebhooksStore,
    private readonly provider: PaymentProvider,
    private readonly clock: Clock,
  ) {}

  /**
   * Treats an event once. One that fails is kept, to be treated again.
   * @throws TenantryError `webhook_not_signed`, and `webhook_not_expected` where no provider tells anything
   */
  async take(body: Buffer, signature: string | undefined): Promise<void> {
    const read = this.provider.readEvent(body, signature, this.clock.now());
    switch (read.state) {
      case 'not_expected':
        throw new TenantryError('invalid', 'webhook_not_expected', 'No provider of payments tells anything here.');
      case 'not_signed':
        throw new TenantryError('invalid', 'webhook_not_signed', 'The signature is not of this body, or too old.');
      case 'read':
        await this.treat(read.event);
    }
  }

  /** Treats what a provider told, or answered when it was asked, once. What fails is kept, to be treated again. */
  async treat(event: ProviderEvent): Promise<void> {
    const outcome = await this.store.take(this.provider.name, event, this.clock.now(), bySystem);
    if (outcome !== 'failed') return;
    this.logger.error({ event_id: event.id, event_type: event.type }, 'an event of a provider could not be treated');
  }

  /** @throws TenantryError `webhook_event_not_found`, `webhook_event_not_failed` */
  async replay(id: string, context: ChangeContext): Promise<WebhookEvent> {
    const answer = await this.store.replay(this.provider.name, id, this.clock.now(), context);
    switch (answer.outcome) {
      case 'not_found':
        throw new TenantryError('not_found', 'webhook_event_not_found', 'no such event was received');
      case 'not_failed':
        throw new TenantryError('conflict', 'webhook_event_not_failed', 'only an event that failed is treated again');
      default:
        return answer.event;
    }
  }
}
