import { type Collected, PaymentProvider } from './payment-provider.js';

/** Invoices alone: an operator says when one is paid. */
export class NoPayments extends PaymentProvider {
  readonly name = 'none';

  async collect(): Promise<Collected> {
    return { state: 'none' };
  }

  async reduce(): Promise<void> {
    // Nobody asks for anything.
  }
}
