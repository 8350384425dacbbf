import { type Bill, type Collected, PaymentProvider } from './payment-provider.js';

/** Plays a provider whose tenants pay at once, but for those whose metadata says `"payment": "decline"`. */
export class EvaluationPayments extends PaymentProvider {
  readonly name = 'evaluation';

  async collect({ invoiceId, attempt, tenant }: Bill): Promise<Collected> {
    const reference = `evaluation-${invoiceId}-${attempt}`;
    return tenant.metadata['payment'] === 'decline'
      ? { state: 'failed', reference, error: 'the evaluation declines what this tenant pays' }
      : { state: 'paid', reference };
  }

  async reduce(): Promise<void> {
    // Nothing stays open: it was paid, or declined.
  }
}
