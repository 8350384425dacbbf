import { Injectable, Logger } from '@nestjs/common';
import { bySystem } from '../../audit/change-context.js';
import { pauseAfter } from '../../background-tasks/outbox-message.js';
import { Clock } from '../../platform/clock.js';
import { type Bill, PaymentProvider, ProviderFailure, type ProviderMemory } from './payment-provider.js';
import { type DueCall, PaymentsStore } from './payments.store.js';
import { Webhooks } from './webhooks.service.js';

const atOnce = 8;
/** More than the calls of one payment take, each of which ends after 10 s. */
const holdSeconds = 180;

/** Asks the provider what payments need of it: to collect, how it stands, and to ask for no more than is due. */
@Injectable()
export class ProviderCalls {
  private readonly logger = new Logger(ProviderCalls.name);

  constructor(
    private readonly store: PaymentsStore,
    private readonly provider: PaymentProvider,
    private readonly webhooks: Webhooks,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes the calls that are due by now, those that wait longest first, until none is left or nobody answers.
   * @throws AggregateError of what failed on our side; others are done
   */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const page = await this.store.claim(this.provider.name, this.clock.now(), holdSeconds, atOnce);
      const made = await Promise.allSettled(page.map((call) => this.make(call, signal)));
      const errors = made.filter((each) => each.status === 'rejected').map(({ reason }): unknown => reason);
      if (errors.length > 0)
        throw new AggregateError(errors, `${errors.length} calls of a provider of payments failed`);
      const isAnswered = made.some((each) => each.status === 'fulfilled' && each.value === 'answered');
      if (page.length < atOnce || !isAnswered) return;
    }
  }

  /** Does nothing where nothing is due, or the provider has it already. @throws ProviderFailure */
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

  private async make(call: DueCall, signal: AbortSignal): Promise<'answered' | 'unanswered'> {
    const { invoiceId, failures } = call;
    const askedAt = this.clock.now();
    try {
      await this.ask(call, signal);
      await this.store.answered(invoiceId, askedAt, this.clock.now());
      return 'answered';
    } catch (error) {
      // Whoever stops leaves it held: another replica takes it when that is over.
      if (signal.aborted) throw error;
      const isTheirs = error instanceof ProviderFailure;
      const shown = isTheirs ? error.message : 'it failed in Tenantry; the log says why';
      const pauseMs = pauseAfter(failures);
      this.logger.warn(
        { err: error, invoice_id: invoiceId, failures, pause_ms: pauseMs },
        'a provider of payments does not do what it is asked',
      );
      await this.store.unanswered(invoiceId, shown, pauseMs, this.clock.now());
      if (!isTheirs) throw error;
      return 'unanswered';
    }
  }

  private async ask({ invoiceId, state, reference }: DueCall, signal: AbortSignal): Promise<void> {
    if (state === 'pending') await this.collect(invoiceId, signal);
    else if (state !== 'paid' && reference !== null) {
      const event = await this.provider.look({ invoiceId, reference });
      if (event !== undefined) await this.webhooks.treat(event);
    }
    signal.throwIfAborted();
    const excess = await this.store.excess(this.provider.name, invoiceId);
    if (excess === undefined) return;
    await this.provider.reduce(excess, signal);
    await this.store.reduced(excess, this.clock.now());
  }

  private memoryOf(bill: Bill): ProviderMemory {
    return {
      customer: (reference) => this.store.rememberCustomer(bill.tenant.id, this.provider.name, reference),
      invoice: async (reference) => {
        if (!(await this.store.rememberInvoice(bill, reference))) throw new ProviderFailure('this attempt is over');
      },
    };
  }
}
