import { PaymentsStore } from '../../src/billing/payments/payments.store.js';
import { StripePayments } from '../../src/billing/payments/stripe-payments.client.js';
import type { Payment } from '../../src/billing/payments/payment.js';
import { newId } from '../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { type Debtor, Owing } from './owing.js';
import { signedEvent } from './stripe-events.js';
import { type ServedInvoice, stripeKey, StripeServer, webhookSecret } from './stripe-server.js';

const never = new AbortController().signal;

/** One who owes 10 dollars in 14 days from 1 March 2026, of which Stripe has the invoice; with a database, a clock and a Stripe of their own. */
export class OpenAtStripe {
  private constructor(
    readonly test: TestDatabase,
    readonly owing: Owing,
    readonly server: StripeServer,
    readonly stripe: StripePayments,
    readonly debtor: Debtor,
    readonly invoice: string,
    readonly theirs: ServedInvoice,
  ) {}

  static async start(): Promise<OpenAtStripe> {
    const test = await createTestDatabase();
    const owing = new Owing(test);
    const server = await StripeServer.start();
    server.now = () => Math.floor(owing.clock.now().getTime() / 1_000);
    const stripe = new StripePayments({ apiKey: stripeKey, webhookSecret, apiBase: new URL(server.url) }, 200);
    const debtor = await owing.debtor();
    const invoice = await owing.invoice(debtor, '10.00', 14);
    await owing.deliver(stripe);
    const [theirs] = server.invoicesOf(invoice);
    if (theirs === undefined) throw new Error('no invoice at Stripe');
    return new OpenAtStripe(test, owing, server, stripe, debtor, invoice, theirs);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.test.drop();
  }

  /** How often Stripe was asked how an invoice stands. */
  get looks(): number {
    const { requests } = this.server;
    return requests.filter(({ method, path }) => method === 'GET' && path.startsWith('/v1/invoices/')).length;
  }

  /** As when their card is charged, and nobody tells of it. */
  pay(): void {
    this.server.settle(this.theirs);
  }

  async pass(minutes: number): Promise<void> {
    await this.owing.clock.advance(minutes * 60_000);
    await this.owing.deliver(this.stripe);
  }

  /** The hourly look at who owes, and what follows of it. */
  async dun(): Promise<void> {
    await this.owing.dunning(this.stripe).run(never);
    await this.owing.deliver(this.stripe);
  }

  /** As Stripe tells it, of the invoice as it is now. */
  tell(type: string, id = `evt_${newId()}`, at = this.owing.clock.now()): Promise<void> {
    const { body, signature } = signedEvent({ id, type, object: this.theirs }, at);
    return this.owing.webhooks(this.stripe).take(body, signature);
  }

  /** What was told of the subscription, and of overdue invoices. */
  async dunned(): Promise<string[]> {
    return (await this.owing.told(this.debtor)).filter((topic) => /subscription|overdue/.test(topic));
  }

  stuck(): Promise<Payment[]> {
    return new PaymentsStore(this.test.database).list({ stuck: true }, 10, undefined);
  }

  /** Everything that says whether it was paid, and how often. */
  async paid(): Promise<unknown> {
    const receipts = await this.test.sql(
      'select provider, reference, amount::text as amount from public.billing_receipts where invoice_id = $1',
      [this.invoice],
    );
    const told = (await this.owing.told(this.debtor)).filter((topic) => topic === 'billing.invoice.paid').length;
    const [invoice, payment] = [await this.owing.state(this.invoice), await this.owing.payment(this.invoice)];
    return { invoice, payment: payment?.['state'], receipts, told };
  }

  /** What `paid` is when it was paid once. */
  get paidOnce(): unknown {
    const receipts = [{ provider: 'stripe', reference: this.theirs.id, amount: '10.00' }];
    return { invoice: 'paid', payment: 'paid', receipts, told: 1 };
  }

  /** What came of what Stripe told, oldest first. */
  events(): Promise<unknown[]> {
    return this.test.sql('select id, state from public.billing_webhook_events order by received_at, id');
  }
}
