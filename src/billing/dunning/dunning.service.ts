import { Injectable, type OnModuleInit } from '@nestjs/common';
import { bySystem, type ChangeContext } from '../../audit/change-context.js';
import { Outbox } from '../../background-tasks/outbox.service.js';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import { BillingConfig } from '../billing.config.js';
import { PaymentProvider } from '../payments/payment-provider.js';
import { type DunningStep, DunningStore } from './dunning.store.js';

const perPage = 100;

/** What may change whether a subscription is paid for; that an invoice is overdue is found by the clock. */
const topics = [
  'billing.invoice.finalized',
  'billing.invoice.paid',
  'billing.invoice.payment_failed',
  'billing.invoice.voided',
  'billing.invoice.uncollectible',
  'billing.credit_note.issued',
  'billing.payment.answered',
] as const;

/** Brings subscriptions to what their invoices say: past due, suspended, and active again. */
@Injectable()
export class Dunning implements OnModuleInit {
  constructor(
    private readonly store: DunningStore,
    private readonly outbox: Outbox,
    private readonly provider: PaymentProvider,
    private readonly config: BillingConfig,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.outbox.on(topics, async ({ payload }) => {
      const subscriptionId = await this.store.subscriptionOf(String(payload['invoice_id']));
      if (subscriptionId !== undefined) await this.step(subscriptionId);
    });
  }

  /** Looks at every subscription that owes, or did. @throws AggregateError of those that failed; others are done */
  async run(signal: AbortSignal): Promise<void> {
    const errors: unknown[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await this.store.due(this.clock.now(), after, perPage, signal);
      for (const id of page) {
        signal.throwIfAborted();
        await this.step(id).catch((error: unknown) => errors.push(error));
      }
      after = page.at(-1);
      if (page.length < perPage) break;
    }
    if (errors.length > 0) throw new AggregateError(errors, `dunning of ${errors.length} subscriptions failed`);
  }

  step(subscriptionId: string): Promise<DunningStep> {
    const { dunningDays, reminderDays } = this.config;
    const terms = { dunningDays, reminderDays, provider: this.provider.name };
    return this.store.step(subscriptionId, this.clock.now(), terms, bySystem);
  }

  /**
   * Resumes what was suspended, whatever is owed. What is still overdue begins a dunning time of its own.
   * @returns the status of the subscription
   * @throws TenantryError `subscription_not_found`, `subscription_not_suspended`
   */
  async resume(subscriptionId: string, context: ChangeContext): Promise<string> {
    const { outcome, status = '' } = await this.store.resume(subscriptionId, this.clock.now(), context);
    switch (outcome) {
      case 'resumed':
        return status;
      case 'unchanged':
        throw new TenantryError('conflict', 'subscription_not_suspended', `the subscription is ${status}`);
      case 'not_found':
        throw new TenantryError('not_found', 'subscription_not_found', 'there is no such subscription');
    }
  }
}
