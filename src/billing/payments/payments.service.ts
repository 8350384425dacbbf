import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import type { OutboxMessage } from '../../background-tasks/outbox-message.js';
import { Outbox } from '../../background-tasks/outbox.service.js';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import type { Payment } from './payment.js';
import { PaymentProvider } from './payment-provider.js';
import { PaymentsStore } from './payments.store.js';

/**
 * Writes down what the provider is to be asked, as the outbox tells of invoices. It is asked by `ProviderCalls`: while it is away, what follows
 * of a tenant in the outbox must not wait.
 */
@Injectable()
export class Payments implements OnModuleInit {
  constructor(
    private readonly store: PaymentsStore,
    private readonly provider: PaymentProvider,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    if (this.provider.name === 'none') return;
    this.outbox.on(['billing.invoice.finalized'], (message) =>
      this.store.plan(invoiceOf(message), this.provider.name, this.clock.now()),
    );
    // What was paid otherwise, voided or credited is asked for no longer.
    this.outbox.on(['billing.invoice.*', 'billing.credit_note.issued'], (message) =>
      this.store.recheck(invoiceOf(message), this.clock.now()),
    );
  }

  /** Asks the provider again, after it failed or refused. @throws TenantryError `payment_not_found`, `nothing_due`, `payment_under_way` */
  async retry(invoiceId: string, context: ChangeContext): Promise<Payment> {
    const answer = await this.store.retry(invoiceId, this.clock.now(), context);
    switch (answer.outcome) {
      case 'requested':
        return answer.payment;
      case 'not_found':
        throw new TenantryError('not_found', 'payment_not_found', 'no provider was asked to collect such an invoice');
      case 'nothing_due':
        throw new TenantryError('conflict', 'nothing_due', 'nothing is due of this invoice');
      case 'not_ended':
        throw new TenantryError(
          'conflict',
          'payment_under_way',
          'the provider is at it; it has neither failed nor refused',
        );
    }
  }
}

function invoiceOf({ payload }: OutboxMessage): string {
  return String(payload['invoice_id']);
}
