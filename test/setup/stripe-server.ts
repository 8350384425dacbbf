import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request instead of an answer. `after`: what it asked for is done, and nobody is told. */
export type StripeFault =
  | { readonly kind: 'status'; readonly status: number; readonly after?: true }
  | { readonly kind: 'reset' | 'hang'; readonly after?: true };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly key: string | undefined;
  readonly version: string | undefined;
}

interface Thing {
  id: string;
  [member: string]: unknown;
}

export interface ServedInvoice extends Thing {
  customer: string;
  status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';
  currency: string;
  total: number;
  amount_due: number;
  amount_paid: number;
  amount_remaining: number;
  metadata: Record<string, string>;
  status_transitions: Record<'paid_at' | 'voided_at' | 'marked_uncollectible_at', number | null>;
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

interface Kept {
  readonly of: string;
  readonly reply: Reply;
}

export const stripeKey = 'sk_test_canaryStripeKey0123456789';
export const webhookSecret = 'whsec_canaryWebhookSecret0123456789';

const currencies = new Set('usd eur huf jpy isk ugx kwd twd krw mga'.split(' '));

/**
 * Speaks the part of Stripe's HTTP that is used here: forms in, JSON out, idempotency keys, pages, errors; on a free port of this machine.
 * What it answers follows docs.stripe.com/api, version 2026-10-28.
 */
export class StripeServer {
  readonly customers = new Map<string, Thing>();
  readonly invoices = new Map<string, ServedInvoice>();
  readonly items: Thing[] = [];
  readonly creditNotes: Thing[] = [];
  readonly requests: SeenRequest[] = [];
  /** Asked for each request. */
  fault: (request: SeenRequest) => StripeFault | undefined = () => undefined;
  /** What paying one comes to. */
  decline = false;
  /** Seconds since the epoch. */
  now = (): number => Math.floor(Date.now() / 1_000);
  private readonly keys = new Map<string, Kept>();
  private count = 0;
  private readonly general: Readonly<Record<string, (parameters: SeenRequest['parameters']) => Reply>> = {
    'POST customers': (parameters) => this.createCustomer(parameters),
    'POST invoices': (parameters) => this.createInvoice(parameters),
    'GET invoices': (parameters) => this.listInvoices(parameters),
    'POST invoiceitems': (parameters) => this.createItem(parameters),
    'POST credit_notes': (parameters) => this.credit(parameters),
  };
  private readonly single: Readonly<Record<string, (invoice: ServedInvoice) => Reply>> = {
    GET: ok,
    DELETE: (invoice) => this.remove(invoice),
    'POST finalize': (invoice) => this.finalize(invoice),
    'POST pay': (invoice) => this.pay(invoice),
    'POST void': (invoice) => this.become(invoice, ['open', 'uncollectible'], 'void'),
    'POST mark_uncollectible': (invoice) => this.become(invoice, ['open'], 'uncollectible'),
  };

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => void this.serve(request, response));
  }

  static async start(): Promise<StripeServer> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return new StripeServer(server);
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  /** As a day later: keys are remembered for 24 hours. */
  forgetKeys(): void {
    this.keys.clear();
  }

  invoicesOf(tenantryInvoice: string): ServedInvoice[] {
    return [...this.invoices.values()].filter(({ metadata }) => metadata['tenantry_invoice'] === tenantryInvoice);
  }

  /** As when the customer's card was charged at last. */
  settle(invoice: ServedInvoice): ServedInvoice {
    invoice.status_transitions.paid_at = this.now();
    return Object.assign(invoice, { status: 'paid', amount_paid: invoice.amount_remaining, amount_remaining: 0 });
  }

  /** As when somebody gives it up there. */
  end(invoice: ServedInvoice, status: 'void' | 'uncollectible'): void {
    invoice.status = status;
    invoice.status_transitions[status === 'void' ? 'voided_at' : 'marked_uncollectible_at'] = this.now();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const parameters = Object.fromEntries([...searchParams, ...form]);
    const [key, version] = [request.headers['idempotency-key'], request.headers['stripe-version']].map(String);
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: pathname,
      parameters,
      key: key === 'undefined' ? undefined : key,
      version,
    };
    this.requests.push(seen);
    if (request.headers.authorization !== `Bearer ${stripeKey}`) {
      return send(
        response,
        error(401, 'invalid_request_error', `Invalid API Key provided: ${String(request.headers.authorization)}`),
      );
    }
    const fault = this.fault(seen);
    if (fault !== undefined && !fault.after) return suffer(fault, response);
    const reply = this.once(seen);
    if (fault !== undefined) return suffer(fault, response);
    send(response, reply);
  }

  /** The same key with the same parameters is answered as before. */
  private once(seen: SeenRequest): Reply {
    if (seen.method !== 'POST' || seen.key === undefined) return this.act(seen);
    const of = JSON.stringify([seen.path, seen.parameters]);
    const kept = this.keys.get(seen.key);
    if (kept !== undefined && kept.of !== of) {
      return error(400, 'idempotency_error', 'Keys for idempotent requests can only be used with the same parameters.');
    }
    const reply = kept?.reply ?? structuredClone(this.act(seen));
    this.keys.set(seen.key, { of, reply });
    return reply;
  }

  private act({ method, path, parameters }: SeenRequest): Reply {
    const [, , kind = '', id = '', verb = ''] = path.split('/');
    const general = this.general[`${method} ${kind}`];
    if (id === '' && general !== undefined) return general(parameters);
    const invoice = this.invoices.get(id);
    if (invoice === undefined)
      return error(404, 'invalid_request_error', `No such invoice: '${id}'`, 'resource_missing');
    const single = this.single[`${method} ${verb}`.trimEnd()];
    return single?.(invoice) ?? error(404, 'invalid_request_error', `Unrecognized request URL (${method} ${path})`);
  }

  private createCustomer(parameters: SeenRequest['parameters']): Reply {
    const metadata = metadataOf(parameters);
    const customer = { id: this.id('cus'), object: 'customer', name: parameters['name'], metadata };
    this.customers.set(customer.id, customer);
    return ok(customer);
  }

  private createInvoice(parameters: SeenRequest['parameters']): Reply {
    const { customer = '', currency = '', auto_advance } = parameters;
    if (!this.customers.has(customer))
      return error(400, 'invalid_request_error', `No such customer: '${customer}'`, 'resource_missing');
    if (!currencies.has(currency)) return error(400, 'invalid_request_error', `Invalid currency: ${currency}.`);
    const invoice: ServedInvoice = {
      id: this.id('in'),
      object: 'invoice',
      customer,
      currency,
      status: 'draft',
      auto_advance: auto_advance === 'true',
      total: 0,
      amount_due: 0,
      amount_paid: 0,
      amount_remaining: 0,
      metadata: metadataOf(parameters),
      status_transitions: { paid_at: null, voided_at: null, marked_uncollectible_at: null },
    };
    this.invoices.set(invoice.id, invoice);
    return ok(invoice);
  }

  private listInvoices({ customer, limit = '10', starting_after }: SeenRequest['parameters']): Reply {
    // Newest first, as Stripe lists.
    const all = [...this.invoices.values()].filter((invoice) => invoice.customer === customer).toReversed();
    const from = starting_after === undefined ? 0 : all.findIndex(({ id }) => id === starting_after) + 1;
    const data = all.slice(from, from + Number(limit));
    return ok({ object: 'list', url: '/v1/invoices', data, has_more: from + data.length < all.length });
  }

  private createItem(parameters: SeenRequest['parameters']): Reply {
    const { invoice: id = '', amount = '', currency = '' } = parameters;
    const invoice = this.invoices.get(id);
    if (invoice?.status !== 'draft') return error(400, 'invalid_request_error', 'This invoice is no longer editable');
    if (!/^-?\d+$/.test(amount)) return error(400, 'invalid_request_error', `Invalid integer: ${amount}`);
    const step = currency === 'kwd' ? 10 : ['isk', 'ugx'].includes(currency) ? 100 : 1;
    if (Number(amount) % step !== 0) return error(400, 'invalid_request_error', `Invalid amount for ${currency}`);
    if (Number(amount) > 99_999_999)
      return error(400, 'invalid_request_error', 'Amount must be no more than $999,999.99', 'amount_too_large');
    const item = { ...parameters, id: this.id('ii'), object: 'invoiceitem' };
    this.items.push(item);
    invoice.total += Number(amount);
    invoice.amount_due = invoice.amount_remaining = invoice.total;
    return ok(item);
  }

  private finalize(invoice: ServedInvoice): Reply {
    if (invoice.status !== 'draft') return error(400, 'invalid_request_error', 'This invoice is already finalized');
    invoice.status = 'open';
    return ok(invoice);
  }

  private pay(invoice: ServedInvoice): Reply {
    if (invoice.status !== 'open') return error(400, 'invalid_request_error', 'Invoice is not open');
    if (this.decline) return error(402, 'card_error', 'Your card was declined.', 'card_declined');
    return ok(this.settle(invoice));
  }

  private become(invoice: ServedInvoice, from: readonly string[], to: 'void' | 'uncollectible'): Reply {
    if (!from.includes(invoice.status))
      return error(400, 'invalid_request_error', `You can only pass in ${from.join(' or ')} invoices.`);
    this.end(invoice, to);
    return ok(invoice);
  }

  private remove(invoice: ServedInvoice): Reply {
    if (invoice.status !== 'draft') return error(400, 'invalid_request_error', 'You can only delete draft invoices.');
    this.invoices.delete(invoice.id);
    return ok({ id: invoice.id, object: 'invoice', deleted: true });
  }

  private credit({ invoice: id = '', amount = '0' }: SeenRequest['parameters']): Reply {
    const invoice = this.invoices.get(id);
    if (invoice?.status !== 'open') return error(400, 'invalid_request_error', 'The invoice is not open');
    invoice.amount_remaining -= Number(amount);
    const note = { id: this.id('cn'), object: 'credit_note', invoice: id, amount: Number(amount) };
    this.creditNotes.push(note);
    return ok(note);
  }

  private id(prefix: string): string {
    this.count += 1;
    return `${prefix}_${this.count}${randomBytes(4).toString('hex')}`;
  }
}

function metadataOf(parameters: SeenRequest['parameters']): Record<string, string> {
  const members = Object.entries(parameters).map(
    ([name, value]) => [/^metadata\[(.+)\]$/.exec(name)?.[1], value] as const,
  );
  return Object.fromEntries(members.filter(([name]) => name !== undefined));
}

function ok(body: object): Reply {
  return { status: 200, body };
}

function error(status: number, type: string, message: string, code?: string): Reply {
  return { status, body: { error: { type, message, code } } };
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_test' })
    .end(JSON.stringify(body));
}

function suffer(fault: StripeFault, response: ServerResponse): void {
  if (fault.kind === 'reset') response.destroy();
  if (fault.kind === 'status') send(response, error(fault.status, 'api_error', `A fault that ${stripeKey} planted`));
}
