import { Outbox } from '../../../src/background-tasks/outbox.service.js';
import { PaymentsStore } from '../../../src/billing/payments/payments.store.js';
import { StripePayments } from '../../../src/billing/payments/stripe-payments.client.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { type Debtor, Owing } from '../../setup/owing.js';
import { type StripeFault, stripeKey, StripeServer, webhookSecret } from '../../setup/stripe-server.js';

const never = new AbortController().signal;
const minute = 60_000;

describe('while Stripe is away', () => {
  let test: TestDatabase;
  let owing: Owing;
  let server: StripeServer;
  let stripe: StripePayments;

  beforeEach(async () => {
    test = await createTestDatabase();
    owing = new Owing(test);
    server = await StripeServer.start();
    stripe = new StripePayments({ apiKey: stripeKey, webhookSecret, apiBase: new URL(server.url) }, 200);
  });
  afterEach(async () => {
    await server.stop();
    await test.drop();
  });

  const outboxOf = (told: string[]): Outbox => {
    const outbox = new Outbox();
    owing.payments(stripe, outbox).onModuleInit();
    owing.dunning(stripe, outbox).onModuleInit();
    outbox.on(['billing.*'], async ({ topic }) => {
      told.push(topic);
    });
    return outbox;
  };
  const suspended = async (): Promise<Debtor & { readonly invoice: string }> => {
    const debtor = await owing.debtor();
    const invoice = await owing.invoice(debtor, '10.00', 0);
    for (const days of [0, 14]) {
      await owing.passDays(days);
      await owing.dunning(stripe).run(never);
      await owing.deliver(stripe);
    }
    expect(await owing.status(debtor)).toBe('suspended');
    return { ...debtor, invoice };
  };

  const ways: readonly (readonly [string, StripeFault | 'down'])[] = [
    ['it is down', 'down'],
    ['the key is wrong', { kind: 'status', status: 401 }],
    ['it hangs', { kind: 'hang' }],
    ['it cuts connections', { kind: 'reset' }],
    ['it answers errors', { kind: 'status', status: 500 }],
  ];

  it.each(ways)('and %s, a tenant that has paid is told to be resumed', async (_what, fault) => {
    const { invoice, ...debtor } = await suspended();
    if (fault === 'down') await server.stop();
    else server.fault = () => fault;
    const waiting = await owing.invoice(debtor, '20.00', 14);
    const told: string[] = [];
    const outbox = outboxOf(told);
    await owing.deliverTo(outbox);
    await owing.calls(stripe).run(never);
    await owing.paid(invoice, '10.00');
    await owing.deliverTo(outbox);
    await owing.calls(stripe).run(never);
    await owing.deliverTo(outbox);

    expect(told.slice(-2)).toEqual(['billing.invoice.paid', 'billing.subscription.resumed']);
    expect(await owing.status(debtor)).toBe('active');
    expect(await test.sql('select 1 from public.outbox where delivered_at is null')).toEqual([]);
    const stuck = await new PaymentsStore(test.database).list({ stuck: true }, 10, undefined);
    expect(stuck.map(({ invoice_id, state }) => [invoice_id, state])).toEqual([
      [invoice, 'open'],
      [waiting, 'pending'],
    ]);
    expect(JSON.stringify(stuck)).not.toContain('canary');
  });

  it('is not asked from the outbox, whatever is told', async () => {
    const { invoice, ...debtor } = await suspended();
    const before = server.requests.length;
    await owing.invoice(debtor, '20.00', 14);
    await owing.credit(invoice, '4.00');
    await owing.paid(invoice, '6.00');
    await owing.deliverTo(outboxOf([]));
    expect(server.requests).toHaveLength(before);
  });

  it('what comes meanwhile of an invoice is done in its order afterwards, and once', async () => {
    const debtor = await owing.debtor();
    const [credited, voided, paid] = [
      await owing.invoice(debtor, '10.00'),
      await owing.invoice(debtor, '20.00'),
      await owing.invoice(debtor, '30.00'),
    ];
    await owing.deliver(stripe);
    server.fault = () => ({ kind: 'status', status: 503 });
    const latest = await owing.invoice(debtor, '40.00');
    await owing.deliver(stripe);
    await owing.credit(credited, '4.00');
    await owing.credit(credited, '1.00');
    await owing.deliver(stripe);
    await test.sql("select public.billing_invoice_void($1, 'wrong', $2, '{}')", [voided, owing.clock.now()]);
    await owing.paid(paid, '30.00');
    await owing.credit(latest, '15.00');
    await owing.deliver(stripe);
    await owing.clock.advance(5 * minute);
    await owing.deliver(stripe);
    expect(server.creditNotes).toEqual([]);

    server.fault = () => undefined;
    server.forgetKeys();
    await owing.clock.advance(5 * minute);
    await owing.deliver(stripe);
    await owing.clock.advance(5 * minute);
    await owing.deliver(stripe);
    expect(server.creditNotes).toEqual([expect.objectContaining({ amount: 500 })]);
    const there = [credited, voided, paid, latest].map((each) =>
      server.invoicesOf(each).map(({ status, amount_remaining }) => [status, amount_remaining]),
    );
    expect(there).toEqual([[['open', 500]], [['void', 2_000]], [['void', 3_000]], [['open', 2_500]]]);
  });

  it('nothing is collected by an attempt that is over: nothing is due by now, as another replica has found', async () => {
    const invoice = await owing.invoice(await owing.debtor(), '10.00');
    const store = new PaymentsStore(test.database);
    const remember = store.rememberInvoice.bind(store);
    store.rememberInvoice = async (...of) => {
      await owing.paid(invoice, '10.00');
      await owing.calls(stripe).collect(invoice, never);
      return remember(...of);
    };
    await expect(owing.calls(stripe, store).collect(invoice, never)).rejects.toThrow('over');
    expect(server.invoicesOf(invoice)).toEqual([expect.objectContaining({ status: 'draft' })]);
    expect(await owing.payment(invoice)).toMatchObject({ state: 'withdrawn' });
  });

  it('is asked by few at once, by those that wait longest first, and not by the rest when none of these is answered', async () => {
    const invoices: string[] = [];
    for (let n = 0; n < 20; n += 1) {
      invoices.push(await owing.invoice(await owing.debtor(), '10.00'));
      await owing.deliverTo(outboxOf([]));
      await owing.clock.advance(1_000);
    }
    server.fault = () => ({ kind: 'status', status: 503 });
    await owing.calls(stripe).run(never);
    expect(server.requests).toHaveLength(8);
    const asked = async (): Promise<unknown[]> =>
      (
        await test.sql<{ id: string }>(
          'select invoice_id as id from public.billing_payments where failures > 0 order by invoice_id',
        )
      ).map(({ id }) => id);
    expect(await asked()).toEqual(invoices.slice(0, 8).toSorted());
    // Those that were not asked wait longer than those that failed.
    await owing.calls(stripe).run(never);
    expect(await asked()).toEqual(invoices.slice(0, 16).toSorted());
    server.fault = () => undefined;
    await owing.clock.advance(minute);
    await owing.calls(stripe).run(never);
    expect(await asked()).toEqual([]);
    expect(invoices.map((each) => server.invoicesOf(each).length)).toEqual(invoices.map(() => 1));
  });

  it('is asked again after pauses that grow, at most five minutes', async () => {
    await owing.invoice(await owing.debtor(), '10.00');
    server.fault = () => ({ kind: 'status', status: 401 });
    await owing.deliver(stripe);
    const asked: number[] = [];
    for (let second = 1; second <= 1_200; second += 1) {
      const before = server.requests.length;
      await owing.clock.advance(1_000);
      await owing.calls(stripe).run(never);
      if (server.requests.length > before) asked.push(second);
    }
    expect(asked).toEqual([1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1_111]);
  });

  it('what fails in Tenantry itself is shown too, and told to whoever runs the task', async () => {
    const invoice = await owing.invoice(await owing.debtor(), '10.00');
    await owing.deliverTo(outboxOf([]));
    await test.sql("alter table public.billing_payments add constraint planted check (state <> 'open') not valid");
    await expect(owing.calls(stripe).run(never)).rejects.toThrow('1 calls of a provider of payments failed');
    const [stuck] = await new PaymentsStore(test.database).list({ stuck: true }, 10, undefined);
    expect(stuck).toMatchObject({ invoice_id: invoice, stuck: { error: expect.stringContaining('log'), calls: 1 } });
    await test.sql('alter table public.billing_payments drop constraint planted');
    await owing.clock.advance(1_000);
    await owing.deliver(stripe);
    expect(await owing.payment(invoice)).toMatchObject({ state: 'open' });
    expect(server.invoicesOf(invoice)).toHaveLength(1);
  });
});
