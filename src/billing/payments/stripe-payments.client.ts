import { Stripe } from 'stripe';
import { exact } from '../money/decimal.js';
import {
  type Bill,
  type Collected,
  type Collecting,
  type Excess,
  PaymentProvider,
  type ProviderEvent,
  ProviderFailure,
  type ProviderMemory,
  type ReadEvent,
} from './payment-provider.js';
import type { StripeSettings } from './payments.config.js';
import { toMinorUnits } from './stripe-amount.js';
import { attemptKey, eventOfStripeInvoice, invoiceKey, readStripeEvent } from './stripe-event.js';
import { failureOf } from './stripe-failure.js';

/** What is sent and read is of this version, whatever the account has as its default. */
const apiVersion = '2026-10-28.endive';
const usualTimeoutMs = 10_000;
/** How far the clock of whoever signed may be off, or a webhook late. */
const toleranceSeconds = 300;
const pageSize = 100;

type StripeInvoice = Stripe.Invoice;

/** What does not pass by itself, on its way out of `steps`. */
class Ended extends Error {
  constructor(readonly collected: Collected) {
    super('this attempt has ended');
  }
}

/**
 * Pushes invoices to Stripe: one line with what is due, for what it is made of stands on our invoice. Each call carries a key made of invoice,
 * attempt and step, so that within a day it is done once; before it creates an invoice again it looks whether there is one, so that it is
 * done once after that day too.
 */
export class StripePayments extends PaymentProvider {
  readonly name = 'stripe';
  private readonly stripe: Stripe;

  constructor(
    private readonly settings: StripeSettings,
    timeoutMs = usualTimeoutMs,
  ) {
    super();
    const { protocol, hostname, port } = settings.apiBase;
    this.stripe = new Stripe(settings.apiKey, {
      apiVersion,
      protocol: protocol === 'http:' ? 'http' : 'https',
      host: hostname,
      ...(port === '' ? {} : { port }),
      timeout: timeoutMs,
      // Whoever calls asks again, with pauses that grow. A connection that was closed is tried once more all the same.
      maxNetworkRetries: 0,
      telemetry: false,
    });
  }

  async collect(bill: Bill, memory: ProviderMemory, signal: AbortSignal): Promise<Collected> {
    const units = toMinorUnits(bill.amount, bill.currency);
    if (units.state === 'refused') return { state: 'refused', error: units.reason };
    let reference = bill.reference;
    try {
      const customer = bill.tenant.customer ?? (await memory.customer(await this.createCustomer(bill)));
      signal.throwIfAborted();
      const invoice = await this.invoiceOf(bill, customer, units.minor);
      reference = invoice.id;
      await memory.invoice(invoice.id);
      signal.throwIfAborted();
      return await this.advance(bill, invoice, customer, units.minor, signal);
    } catch (error) {
      return this.endOf(error, reference);
    }
  }

  async reduce({ invoiceId, reference, currency, due, state }: Excess, signal: AbortSignal): Promise<void> {
    const wanted = toMinorUnits(due, currency);
    if (wanted.state === 'refused') throw new ProviderFailure(wanted.reason);
    const invoice = await this.asked(() => this.known(reference));
    if (invoice === undefined || invoice.status === 'void') return;
    // That is seen when it is looked at again.
    if (invoice.status === 'paid') throw new ProviderFailure('it is paid there, which is not taken into account yet');
    signal.throwIfAborted();
    const options = this.keyed(`${invoiceId}-${reference}-${due}`, 'reduce');
    await this.asked(async () => {
      if (invoice.status === 'draft') {
        // One of which something is due is filled or finalized by the attempt that made it.
        if (!exact(due).isZero()) throw new ProviderFailure('the invoice is not finalized at Stripe yet');
        return this.stripe.invoices.del(invoice.id);
      }
      if (state === 'uncollectible') {
        return invoice.status === 'open' ? this.stripe.invoices.markUncollectible(invoice.id, {}, options) : undefined;
      }
      if (exact(due).isZero()) return this.stripe.invoices.voidInvoice(invoice.id, {}, options);
      const amount = invoice.amount_remaining - wanted.minor;
      return amount > 0 ? this.stripe.creditNotes.create({ invoice: invoice.id, amount }, options) : undefined;
    });
  }

  override async look({ invoiceId, reference }: Collecting): Promise<ProviderEvent | undefined> {
    // One that Stripe does not know is of another account: the key is wrong.
    return eventOfStripeInvoice(await this.asked(() => this.stripe.invoices.retrieve(reference)), invoiceId);
  }

  override readEvent(body: Buffer, signature: string | undefined, now: Date): ReadEvent {
    try {
      const { webhookSecret } = this.settings;
      const at = now.getTime();
      const event: unknown = this.stripe.webhooks.constructEvent(
        body,
        signature ?? '',
        webhookSecret,
        toleranceSeconds,
        undefined,
        at,
      );
      const read = readStripeEvent(event);
      return read === undefined ? { state: 'not_signed' } : { state: 'read', event: read };
    } catch {
      // A bad signature, or a body that is no JSON; why is of use only to who tries to forge one.
      return { state: 'not_signed' };
    }
  }

  private async createCustomer({ tenant, attempt }: Bill): Promise<string> {
    const metadata = { tenantry_tenant: tenant.id, tenantry_slug: tenant.slug };
    const options = this.keyed(`${tenant.id}-${attempt}`, 'customer');
    const { id } = await this.stripe.customers.create({ name: tenant.name, metadata }, options);
    return id;
  }

  /** The invoice that this attempt goes on with: what was remembered, or what a killed attempt has left, or a new one. */
  private async invoiceOf(bill: Bill, customer: string, minor: number): Promise<StripeInvoice> {
    const known = bill.reference === undefined ? undefined : await this.known(bill.reference);
    if (known !== undefined && (await this.isGoodFor(bill, known, minor))) return known;
    const left = bill.again ? await this.find(bill, customer) : undefined;
    if (left !== undefined) return left;
    return this.stripe.invoices.create(
      {
        customer,
        currency: bill.currency.toLowerCase(),
        collection_method: 'charge_automatically',
        // Not before it has its line: Stripe would finalize what is empty.
        auto_advance: false,
        pending_invoice_items_behavior: 'exclude',
        description: `Invoice ${bill.number}`,
        metadata: { [invoiceKey]: bill.invoiceId, [attemptKey]: String(bill.attempt), tenantry_number: bill.number },
      },
      this.keyed(`${bill.invoiceId}-${bill.attempt}`, 'invoice'),
    );
  }

  /** Whether an invoice of an earlier attempt still asks for what is due; what asks for another amount is taken away. */
  private async isGoodFor(bill: Bill, invoice: StripeInvoice, minor: number): Promise<boolean> {
    if (invoice.metadata?.[attemptKey] === String(bill.attempt)) return true;
    switch (invoice.status) {
      case 'paid':
        return true;
      case 'draft':
        await this.stripe.invoices.del(invoice.id);
        return false;
      case 'open':
        if (invoice.amount_remaining === minor) return true;
        await this.stripe.invoices.voidInvoice(invoice.id);
        return false;
      default:
        return false;
    }
  }

  private async known(reference: string): Promise<StripeInvoice | undefined> {
    try {
      return await this.stripe.invoices.retrieve(reference);
    } catch (error) {
      if (error instanceof Stripe.errors.StripeError && error.statusCode === 404) return undefined;
      throw error;
    }
  }

  private async find({ invoiceId, attempt }: Bill, customer: string): Promise<StripeInvoice | undefined> {
    for await (const invoice of this.stripe.invoices.list({ customer, limit: pageSize })) {
      const { [invoiceKey]: ours, [attemptKey]: tried } = invoice.metadata ?? {};
      if (ours === invoiceId && tried === String(attempt) && invoice.status !== 'void') return invoice;
    }
    return undefined;
  }

  /** From what the invoice is to where Stripe collects it. */
  private async advance(
    bill: Bill,
    seen: StripeInvoice,
    customer: string,
    minor: number,
    signal: AbortSignal,
  ): Promise<Collected> {
    let invoice = seen;
    if (invoice.status === 'draft') {
      if (invoice.total === 0) {
        await this.addLine(bill, invoice.id, customer, minor);
        signal.throwIfAborted();
      } else if (invoice.total !== minor) throw new Ended(differs(invoice.total, minor));
      const options = this.keyed(`${bill.invoiceId}-${bill.attempt}`, 'finalize');
      invoice = await this.stripe.invoices.finalizeInvoice(invoice.id, { auto_advance: true }, options);
    } else if (invoice.status === 'open' && invoice.metadata?.[attemptKey] !== String(bill.attempt)) {
      invoice = await this.stripe.invoices.pay(invoice.id, {}, this.keyed(`${bill.invoiceId}-${bill.attempt}`, 'pay'));
    }
    // Stripe adds what it keeps as a customer's balance, and carries over what is below its least amount.
    if (invoice.amount_due !== minor && invoice.status !== 'paid') return differs(invoice.amount_due, minor);
    if (invoice.status === 'paid')
      return invoice.amount_paid === minor
        ? { state: 'paid', reference: invoice.id }
        : differs(invoice.amount_paid, minor);
    if (invoice.status === 'open') return { state: 'open', reference: invoice.id };
    return { state: 'refused', error: `the invoice is ${invoice.status ?? 'nothing'} at Stripe` };
  }

  private async addLine(bill: Bill, invoice: string, customer: string, minor: number): Promise<void> {
    const { from, to } = bill.period;
    await this.stripe.invoiceItems.create(
      {
        customer,
        invoice,
        amount: minor,
        currency: bill.currency.toLowerCase(),
        description: `Invoice ${bill.number}, from ${from} to ${to}`,
      },
      this.keyed(`${bill.invoiceId}-${bill.attempt}`, 'line'),
    );
  }

  private keyed(of: string, step: string): Stripe.RequestOptions {
    return { idempotencyKey: `tenantry-${of}-${step}` };
  }

  private endOf(error: unknown, reference: string | undefined): Collected {
    if (error instanceof Ended) return error.collected;
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    const { kind, what } = failureOf(error);
    if (kind === 'declined' && reference !== undefined) return { state: 'failed', reference, error: what };
    if (kind !== 'passing') return { state: 'refused', error: what };
    throw passing(what);
  }

  /** Errors of the package hold what was sent and answered: none of them goes on. */
  private async asked<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof Stripe.errors.StripeError) throw passing(failureOf(error).what);
      throw error;
    }
  }
}

function passing(what: string): ProviderFailure {
  return new ProviderFailure(`Stripe did not do what was asked: ${what}`);
}

function differs(theirs: number, ours: number): Collected {
  return { state: 'refused', error: `Stripe asks for ${theirs} in its smallest unit, and ${ours} are due` };
}
