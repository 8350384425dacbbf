import { PaymentsStore } from '../../../src/billing/payments/payments.store.js';
import { StripePayments } from '../../../src/billing/payments/stripe-payments.client.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { type Debtor, type DebtorTerms, Owing } from '../../setup/owing.js';
import { operator } from '../../setup/provisioning.js';
import { type StripeFault, stripeKey, StripeServer, webhookSecret } from '../../setup/stripe-server.js';

const never = new AbortController().signal;

/** A replica that lives for so many effects, in its database or at Stripe, and leaves everything else undone. */
class Mortal extends PaymentsStore {
  override async rememberCustomer(...of: Parameters<PaymentsStore['rememberCustomer']>): Promise<string> {
    this.live();
    return super.rememberCustomer(...of);
  }
  override async rememberInvoice(...of: Parameters<PaymentsStore['rememberInvoice']>): Promise<boolean> {
    this.live();
    return super.rememberInvoice(...of);
  }
  override async end(...of: Parameters<PaymentsStore['end']>): Promise<void> {
    this.live();
    return super.end(...of);
  }
  live: () => void = () => undefined;
}

describe('Stripe', () => {
  let test: TestDatabase;
  let owing: Owing;
  let server: StripeServer;
  let stripe: StripePayments;

  beforeAll(async () => {
    test = await createTestDatabase();
    owing = new Owing(test);
  });
  beforeEach(async () => {
    server = await StripeServer.start();
    stripe = new StripePayments({ apiKey: stripeKey, webhookSecret, apiBase: new URL(server.url) });
  });
  afterEach(() => server.stop());
  afterAll(() => test.drop());

  const owes = async (amount: string, terms: DebtorTerms = {}): Promise<Debtor & { invoice: string }> => {
    const debtor = await owing.debtor(terms);
    return { ...debtor, invoice: await owing.invoice(debtor, amount) };
  };
  const collect = (invoice: string): Promise<void> => owing.calls(stripe).collect(invoice, never);
  const finalized = (invoice: string): object[] =>
    server.invoicesOf(invoice).map(({ status, total, currency }) => ({ status, total, currency }));

  it('is given an invoice with one line of what is due, by a version that is pinned and under keys of its own', async () => {
    const { invoice } = await owes('12.34');
    await collect(invoice);
    expect(finalized(invoice)).toEqual([{ status: 'open', total: 1_234, currency: 'usd' }]);
    const [at] = server.invoicesOf(invoice);
    expect(await owing.payment(invoice)).toEqual({
      state: 'open',
      attempt: 1,
      amount: '12.34',
      reference: at?.id,
      error: null,
    });
    const posts = server.requests.filter(({ method }) => method === 'POST');
    expect(posts.map(({ path }) => path.replace(at?.id ?? '', ':id'))).toEqual([
      '/v1/customers',
      '/v1/invoices',
      '/v1/invoiceitems',
      '/v1/invoices/:id/finalize',
    ]);
    expect(new Set(server.requests.map(({ version }) => version))).toEqual(new Set(['2026-10-28.endive']));
    expect(posts.map(({ key }) => key?.replace(/^tenantry-[0-9a-f-]{36}-1-/, ''))).toEqual([
      'customer',
      'invoice',
      'line',
      'finalize',
    ]);
  });

  it('has one customer a tenant', async () => {
    const { invoice, ...debtor } = await owes('1.00');
    await collect(invoice);
    await collect(await owing.invoice(debtor, '2.00'));
    expect(server.customers.size).toBe(1);
    expect(server.invoices.size).toBe(2);
  });

  it.each([
    ['500.00', 'JPY', 500],
    ['5.00', 'ISK', 500],
    ['5.120', 'KWD', 5_120],
    ['10.45', 'HUF', 1_045],
  ])('counts %s %s as %d', async (amount, currency, total) => {
    const { invoice } = await owes(amount, { currency });
    await collect(invoice);
    expect(finalized(invoice)).toEqual([{ status: 'open', total, currency: currency.toLowerCase() }]);
  });

  it.each([
    ['5.124', 'KWD', 'too many decimals'],
    ['1.000', 'IQD', 'Stripe does not take IQD'],
    ['1.00', 'CHF', 'Invalid currency'],
    ['1000000.00', 'USD', 'no more than'],
  ])('refuses %s %s, and an operator is told', async (amount, currency, error) => {
    const { invoice } = await owes(amount, { currency });
    await collect(invoice);
    expect(await owing.payment(invoice)).toMatchObject({ state: 'refused', error: expect.stringContaining(error) });
    expect([...server.invoices.values()].filter(({ status }) => status !== 'draft')).toEqual([]);
  });

  describe('killed after any effect', () => {
    // Four calls of Stripe, two rows that remember, one that ends it; and what a killed attempt left is asked for first.
    const deaths = [0, 1, 2, 3, 4, 5, 6, 7];
    const ways = deaths.flatMap((death) =>
      (['told', 'untold'] as const).flatMap((last) => ([false, true] as const).map((late) => ({ death, last, late }))),
    );
    it.each(ways)('%j, it makes one invoice of the right amount', async ({ death, last, late }) => {
      const { invoice } = await owes('10.00');
      let lived = 0;
      const dead = (): boolean => (lived += 1) > death;
      server.fault = ({ method }) => {
        if (method !== 'POST') return lived > death ? { kind: 'reset' } : undefined;
        if (dead()) return { kind: 'reset' };
        // The last thing that it asked for is done, and it does not live to hear of it.
        if (last === 'untold' && lived === death) {
          lived += 1;
          return { kind: 'reset', after: true };
        }
        return undefined;
      };
      const store = new Mortal(test.database);
      store.live = () => {
        if (dead()) throw new Error('killed');
      };
      await owing
        .calls(stripe, store)
        .collect(invoice, never)
        .catch(() => undefined);
      server.fault = () => undefined;
      if (late) server.forgetKeys();

      await collect(invoice);
      await collect(invoice);
      expect(finalized(invoice)).toEqual([{ status: 'open', total: 1_000, currency: 'usd' }]);
      const [at] = server.invoicesOf(invoice);
      expect(server.items.filter((item) => item['invoice'] === at?.id)).toHaveLength(1);
      expect(await owing.payment(invoice)).toMatchObject({ state: 'open', attempt: 1, reference: at?.id });
    });
  });

  it.each<[string, StripeFault]>([
    ['too many requests', { kind: 'status', status: 429 }],
    ['a fault of Stripe', { kind: 'status', status: 500 }],
    ['a fault of Stripe, with what was asked for done', { kind: 'status', status: 500, after: true }],
    ['a connection that is cut', { kind: 'reset' }],
    ['the same key at work', { kind: 'status', status: 409 }],
    ['a key that is wrong for now', { kind: 'status', status: 401 }],
  ])('is asked again after %s, wherever it happens', async (_what, fault) => {
    const { invoice } = await owes('10.00');
    for (const failing of ['/v1/customers', '/v1/invoices', '/v1/invoiceitems', 'finalize']) {
      server.fault = ({ method, path }) => (method === 'POST' && path.endsWith(failing) ? fault : undefined);
      const failure = await collect(invoice).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('canary');
      expect(await owing.payment(invoice)).toMatchObject({ state: 'pending' });
    }
    server.fault = () => undefined;
    await collect(invoice);
    expect(finalized(invoice)).toEqual([{ status: 'open', total: 1_000, currency: 'usd' }]);
  });

  it('finds what a killed attempt left beyond the first page', async () => {
    const { invoice, ...debtor } = await owes('10.00');
    server.fault = ({ path, method }) =>
      method === 'POST' && path === '/v1/invoices' ? { kind: 'status', status: 500, after: true } : undefined;
    await expect(collect(invoice)).rejects.toThrow('Stripe');
    server.fault = () => undefined;
    const [left] = server.invoicesOf(invoice);
    for (let n = 0; n < 230; n += 1) {
      const id = `in_other_${n}`;
      server.invoices.set(id, { ...left, id, metadata: {} } as never);
    }
    server.forgetKeys();
    await collect(invoice);
    expect(server.invoicesOf(invoice)).toEqual([expect.objectContaining({ id: left?.id, status: 'open' })]);
    expect(server.requests.filter(({ path, method }) => method === 'GET' && path === '/v1/invoices')).toHaveLength(3);
    expect(await owing.payment(invoice)).toMatchObject({ state: 'open', reference: left?.id });
    expect(debtor.tenantId).not.toBe('');
  });

  it('asks for no more than is due when a credit note came between two tries', async () => {
    const { invoice } = await owes('10.00');
    server.fault = ({ path }) => (path.endsWith('finalize') ? { kind: 'status', status: 500 } : undefined);
    await expect(collect(invoice)).rejects.toThrow('Stripe');
    server.fault = () => undefined;
    await owing.credit(invoice, '4.00');
    await collect(invoice);
    expect(finalized(invoice)).toEqual([{ status: 'open', total: 600, currency: 'usd' }]);
  });

  it('takes a credit note off what is open, and withdraws what was paid otherwise', async () => {
    const { invoice } = await owes('10.00');
    await collect(invoice);
    await owing.credit(invoice, '4.00');
    await owing.deliver(stripe);
    expect(server.creditNotes).toEqual([expect.objectContaining({ amount: 400 })]);
    await owing.passDays(1);
    await owing.deliver(stripe);
    expect(server.creditNotes).toHaveLength(1);
    await owing.paid(invoice, '6.00');
    await owing.deliver(stripe);
    expect(finalized(invoice)).toEqual([{ status: 'void', total: 1_000, currency: 'usd' }]);
    expect(await owing.payment(invoice)).toMatchObject({ state: 'withdrawn' });
  });

  it('holds nothing up when it is away while something is to be withdrawn, and is asked again by the clock', async () => {
    const { invoice, ...debtor } = await owes('10.00');
    await collect(invoice);
    await owing.paid(invoice, '10.00');
    server.fault = () => ({ kind: 'status', status: 503 });
    await owing.deliver(stripe);
    const waiting = await test.sql('select 1 from public.outbox where delivered_at is null and tenant_id = $1', [
      debtor.tenantId,
    ]);
    expect(waiting).toEqual([]);
    server.fault = () => undefined;
    await owing.clock.advance(1_000);
    await owing.deliver(stripe);
    expect(finalized(invoice)).toEqual([expect.objectContaining({ status: 'void' })]);
  });

  it('pays what is open when an operator asks again, and says so when the card is declined', async () => {
    const { invoice } = await owes('10.00');
    await collect(invoice);
    await test.sql("select public.billing_invoice_failed($1, 'declined', $2)", [
      invoice,
      owing.clock.now().toISOString(),
    ]);
    server.decline = true;
    await owing.payments(stripe).retry(invoice, operator);
    await owing.deliver(stripe);
    expect(await owing.payment(invoice)).toMatchObject({
      state: 'failed',
      attempt: 2,
      error: expect.stringContaining('declined'),
    });
    server.decline = false;
    await owing.payments(stripe).retry(invoice, operator);
    await owing.deliver(stripe);
    expect(await owing.payment(invoice)).toMatchObject({ state: 'paid', attempt: 3 });
    expect(await owing.state(invoice)).toBe('paid');
    expect(server.invoicesOf(invoice)).toHaveLength(1);
  });

  it('collects anew what was refused, once what stood in its way is gone', async () => {
    const { invoice } = await owes('10.00', { currency: 'CHF' });
    await collect(invoice);
    await test.sql("update public.billing_payments set currency = 'USD' where invoice_id = $1", [invoice]);
    await owing.payments(stripe).retry(invoice, operator);
    await owing.deliver(stripe);
    expect(finalized(invoice)).toEqual([{ status: 'open', total: 1_000, currency: 'usd' }]);
  });

  it('makes one invoice where two replicas are at it at once', async () => {
    const { invoice } = await owes('10.00');
    await Promise.allSettled([collect(invoice), collect(invoice), collect(invoice)]);
    await collect(invoice);
    expect(finalized(invoice)).toEqual([{ status: 'open', total: 1_000, currency: 'usd' }]);
    expect(await owing.payment(invoice)).toMatchObject({ state: 'open', attempt: 1 });
  });

  it('does not wait for ever, and does not do twice what it did not hear of', async () => {
    const { invoice } = await owes('10.00');
    const impatient = new StripePayments({ apiKey: stripeKey, webhookSecret, apiBase: new URL(server.url) }, 100);
    server.fault = ({ path }) => (path.endsWith('invoiceitems') ? { kind: 'hang', after: true } : undefined);
    await expect(owing.calls(impatient).collect(invoice, never)).rejects.toThrow('StripeConnectionError');
    server.fault = () => undefined;
    await collect(invoice);
    expect(finalized(invoice)).toEqual([{ status: 'open', total: 1_000, currency: 'usd' }]);
  });

  it('is not asked for long by a replica that is told to stop', async () => {
    const { invoice } = await owes('10.00');
    const stop = new AbortController();
    server.fault = ({ path }) => {
      if (path === '/v1/customers') stop.abort(new Error('the lease is nearly over'));
      return undefined;
    };
    await expect(owing.calls(stripe).collect(invoice, stop.signal)).rejects.toThrow('nearly over');
    expect(server.invoices.size).toBe(0);
  });
});
