import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { bySystem, type ChangeContext } from '../../audit/change-context.js';
import type { OutboxMessage } from '../../background-tasks/outbox-message.js';
import { Outbox } from '../../background-tasks/outbox.service.js';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import type { Payment } from './payment.js';
import { type Bill, type Excess, PaymentProvider } from './payment-provider.js';
import { PaymentsStore } from './payments.store.js';

const perPage = 100;

/** Has invoices collected, as the outbox tells of them, and asks for no more than is due. */
@Injectable()
export class Payments implements OnModuleInit {
  private readonly logger = new Logger(Payments.name);

  constructor(
    private readonly store: PaymentsStore,
    private readonly provider: PaymentProvider,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    if (this.provider.name === 'none') return;
    this.outbox.on(['billing.invoice.finalized', 'billing.payment.requested'], (message, signal) =>
      this.collect(invoiceOf(message), signal),
    );
    // What was paid otherwise, voided or credited is asked for no longer. That a provider is away holds nothing else up: the sweep asks again.
    this.outbox.on(['billing.invoice.*', 'billing.credit_note.issued'], async (message, signal) => {
      await this.reduceAll(signal, invoiceOf(message)).catch((error: unknown) => {
        if (signal.aborted) throw error;
        this.logger.warn({ err: error, invoice_id: invoiceOf(message) }, 'a provider still asks for what is not due');
      });
    });
  }

  /** Does nothing where nothing is due, or the provider has it already. Throws for what passes by itself. */
  async collect(invoiceId: string, signal: AbortSignal): Promise<void> {
    const bill = await this.store.begin(invoiceId, this.provider.name, this.clock.now());
    if (bill === undefined) return;
    const collected = await this.provider.collect(bill, this.memoryOf(bill), signal);
    if (collected.state === 'refused') {
      this.logger.warn(
        { invoice_id: invoiceId, reason: collected.error },
        'a provider of payments takes no such invoice',
      );
    }
    await this.store.end(bill, collected, this.clock.now(), bySystem);
  }

  /** Withdraws from the provider what is not due, of one invoice or of all. @throws AggregateError of those that failed; others are done */
  async reduceAll(signal: AbortSignal, invoiceId?: string): Promise<void> {
    const errors: unknown[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await this.store.excess(this.provider.name, {
        limit: perPage,
        ...(invoiceId === undefined ? {} : { invoiceId }),
        ...(after === undefined ? {} : { after }),
      });
      for (const excess of page) {
        signal.throwIfAborted();
        await this.reduce(excess, signal).catch((error: unknown) => errors.push(error));
      }
      after = page.at(-1)?.invoiceId;
      if (page.length < perPage) break;
    }
    if (errors.length > 0) throw new AggregateError(errors, `${errors.length} invoices are still asked for`);
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

  private async reduce(excess: Excess, signal: AbortSignal): Promise<void> {
    await this.provider.reduce(excess, signal);
    await this.store.reduced(excess, this.clock.now());
  }

  private memoryOf(bill: Bill): Parameters<PaymentProvider['collect']>[1] {
    return {
      customer: (reference) => this.store.rememberCustomer(bill.tenant.id, this.provider.name, reference),
      invoice: (reference) => this.store.rememberInvoice(bill, reference),
    };
  }
}

function invoiceOf({ payload }: OutboxMessage): string {
  return String(payload['invoice_id']);
}
