import { StripePayments } from '../../../src/billing/payments/stripe-payments.client.js';
import { NoPayments } from '../../../src/billing/payments/no-payments.client.js';
import { Webhooks } from '../../../src/billing/payments/webhooks.service.js';
import type { WebhookEvent } from '../../../src/billing/payments/webhook-event.js';
import { WebhooksStore } from '../../../src/billing/payments/webhooks.store.js';
import { newId } from '../../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { type Debtor, Owing } from '../../setup/owing.js';
import { operator } from '../../setup/provisioning.js';
import { type ServedInvoice, stripeKey, StripeServer, webhookSecret } from '../../setup/stripe-server.js';
import { signedEvent } from '../../setup/stripe-events.js';

const never = new AbortController().signal;

describe('what Stripe tells', () => {
  let test: TestDatabase;
  let owing: Owing;
  let server: StripeServer;
  let stripe: StripePayments;
  let store: WebhooksStore;
  let webhooks: Webhooks;
  let debtor: Debtor;
  let invoice: string;
  let theirs: ServedInvoice;

  beforeAll(async () => {
    test = await createTestDatabase();
    owing = new Owing(test);
    server = await StripeServer.start();
    stripe = new StripePayments({ apiKey: stripeKey, webhookSecret, apiBase: new URL(server.url) });
    store = new WebhooksStore(test.database);
    webhooks = owing.webhooks(stripe);
  });
  beforeEach(async () => {
    debtor = await owing.debtor();
    invoice = await owing.invoice(debtor, '10.00');
    await owing.calls(stripe).collect(invoice, never);
    const [made] = server.invoicesOf(invoice);
    if (made === undefined) throw new Error('no invoice at Stripe');
    theirs = made;
  });
  afterAll(async () => {
    await server.stop();
    await test.drop();
  });

  const tell = (type: string, more: object = {}, id = `evt_${newId()}`): Promise<void> => {
    const { body, signature } = signedEvent({ id, type, object: { ...theirs, ...more } }, owing.clock.now());
    return webhooks.take(body, signature);
  };
  const paid = { status: 'paid', amount_paid: 1_000, amount_remaining: 0 };
  const newest = async (): Promise<WebhookEvent | undefined> => (await store.list(undefined, 1, undefined))[0];

  it('makes an invoice paid', async () => {
    await tell('invoice.paid', paid);
    expect(await owing.state(invoice)).toBe('paid');
    expect(await owing.payment(invoice)).toMatchObject({ state: 'paid' });
    expect(await newest()).toMatchObject({
      state: 'treated',
      type: 'invoice.paid',
      invoice_id: invoice,
      amount: '10.00',
      currency: 'USD',
    });
  });

  it('counts once, however often and however many at once it is told', async () => {
    const id = `evt_${newId()}`;
    await Promise.all([1, 2, 3, 4].map(() => tell('invoice.paid', paid, id)));
    await tell('invoice.paid', paid);
    const rows = await test.sql(
      'select amount_paid::text as amount_paid, state from public.billing_invoices where id = $1',
      [invoice],
    );
    expect(rows).toEqual([{ amount_paid: '10.00', state: 'paid' }]);
    expect((await owing.told(debtor)).filter((topic) => topic === 'billing.invoice.paid')).toHaveLength(1);
    expect(await test.sql('select state, attempts from public.billing_webhook_events where id = $1', [id])).toEqual([
      { state: 'treated', attempts: 1 },
    ]);
  });

  it('begins dunning when a payment failed, and ends it when it was made after all', async () => {
    await tell('invoice.payment_failed', { attempt_count: 2 });
    await owing.deliver(stripe);
    expect(await owing.payment(invoice)).toMatchObject({
      state: 'failed',
      error: 'Stripe could not collect it, at try 2',
    });
    expect(await owing.status(debtor)).toBe('past_due');
    await tell('invoice.paid', paid);
    await owing.deliver(stripe);
    expect(await owing.status(debtor)).toBe('active');
  });

  it('is not taken when it tells of a failure before the answer to the attempt is written down: Stripe tells it again', async () => {
    const state = (now: string): Promise<unknown> =>
      test.sql('update public.billing_payments set state = $2 where invoice_id = $1', [invoice, now]);
    await state('pending');
    const id = `evt_${newId()}`;
    await expect(tell('invoice.payment_failed', {}, id)).rejects.toMatchObject({ retryable: true });
    await state('open');
    await tell('invoice.payment_failed', {}, id);
    expect(await newest()).toMatchObject({ id, state: 'treated' });
    expect(await owing.payment(invoice)).toMatchObject({ state: 'failed' });
  });

  it('harms nothing when it comes in another order than it happened', async () => {
    await tell('invoice.paid', paid);
    await tell('invoice.payment_failed');
    await tell('invoice.voided', { status: 'void' });
    await owing.deliver(stripe);
    expect(await owing.state(invoice)).toBe('paid');
    expect(await owing.payment(invoice)).toMatchObject({ state: 'paid' });
    expect(await owing.status(debtor)).toBe('active');
    expect(await newest()).toMatchObject({ state: 'ignored' });
  });

  it('comes before the invoice is known here to have one at Stripe', async () => {
    await test.sql("update public.billing_payments set reference = null, state = 'pending' where invoice_id = $1", [
      invoice,
    ]);
    await tell('invoice.paid', paid);
    expect(await owing.state(invoice)).toBe('paid');
  });

  it('voids an invoice that was voided there, and writes off what was written off', async () => {
    await tell('invoice.voided', { status: 'void' });
    expect(await owing.state(invoice)).toBe('void');
    expect(await owing.payment(invoice)).toMatchObject({ state: 'withdrawn', error: 'it was voided at Stripe' });
    const again = await owing.invoice(debtor, '10.00');
    await owing.calls(stripe).collect(again, never);
    [theirs] = server.invoicesOf(again) as [ServedInvoice];
    await tell('invoice.marked_uncollectible');
    expect(await owing.state(again)).toBe('uncollectible');
    // It may be paid after all.
    await tell('invoice.paid', paid);
    expect(await owing.state(again)).toBe('paid');
    expect(await owing.payment(again)).toMatchObject({ state: 'paid' });
  });

  it('does not void an invoice of which something is credited: somebody has to look', async () => {
    await owing.credit(invoice, '4.00');
    await tell('invoice.voided', { status: 'void' });
    expect(await newest()).toMatchObject({ state: 'failed', note: expect.stringContaining('credited') });
    expect(await owing.state(invoice)).toBe('finalized');
  });

  it('does not void an invoice whose older one we void ourselves, to ask for another amount', async () => {
    await test.sql("select public.billing_invoice_failed($1, 'declined', $2)", [
      invoice,
      owing.clock.now().toISOString(),
    ]);
    await owing.credit(invoice, '4.00');
    await owing.payments(stripe).retry(invoice, operator);
    await tell('invoice.voided', { status: 'void' });
    await owing.calls(stripe).collect(invoice, never);
    await tell('invoice.voided', { status: 'void' });
    expect(await owing.state(invoice)).toBe('finalized');
    expect(server.invoicesOf(invoice).map(({ status, total }) => [status, total])).toEqual([
      ['void', 1_000],
      ['open', 600],
    ]);
  });

  it.each([
    ['of a kind that changes nothing', 'customer.created', {}],
    ['about an invoice of somebody else in the account', 'invoice.paid', { metadata: {}, amount_paid: 5 }],
    ['about an invoice of another installation', 'invoice.paid', { ...paid, metadata: { tenantry_invoice: newId() } }],
    ['about an invoice that is no id of ours', 'invoice.paid', { ...paid, metadata: { tenantry_invoice: "'; --" } }],
    ['about an invoice that is not collected any more', 'invoice.payment_failed', { id: 'in_older' }],
    ['about nothing', 'invoice.paid', { amount_paid: 0 }],
  ])('is put down and ignored: %s', async (_what, type, more) => {
    await tell(type, more);
    expect(await newest()).toMatchObject({ state: 'ignored', type });
    expect(await owing.state(invoice)).toBe('finalized');
    expect(await owing.payment(invoice)).toMatchObject({ state: 'open' });
  });

  it('is kept where it cannot be treated, and treated again when somebody says so', async () => {
    await test.sql(`alter table public.billing_invoices add constraint planted check (amount_paid = 0) not valid`);
    const id = `evt_${newId()}`;
    await tell('invoice.paid', paid, id);
    expect(await newest()).toMatchObject({
      id,
      state: 'failed',
      note: expect.stringContaining('planted'),
      attempts: 1,
    });
    expect(await owing.state(invoice)).toBe('finalized');
    await tell('invoice.paid', paid, id);
    expect(await webhooks.replay(id, operator)).toMatchObject({ state: 'failed', attempts: 2 });
    expect((await store.list('failed', 10, undefined)).map((event) => event.id)).toContain(id);
    await test.sql('alter table public.billing_invoices drop constraint planted');
    expect(await webhooks.replay(id, operator)).toMatchObject({ state: 'treated', attempts: 3, note: null });
    expect(await owing.state(invoice)).toBe('paid');
    await expect(webhooks.replay(id, operator)).rejects.toMatchObject({ code: 'webhook_event_not_failed' });
    await expect(webhooks.replay('evt_none', operator)).rejects.toMatchObject({ code: 'webhook_event_not_found' });
    const rows = await test.sql(
      "select actor from public.audit_log where action = 'webhook_event.replay' and resource_id = $1",
      [id],
    );
    expect(rows).toEqual([{ actor: 'operator' }, { actor: 'operator' }]);
  });

  it('is kept where it was paid in another currency than it is owed', async () => {
    await tell('invoice.paid', { ...paid, currency: 'eur' });
    expect(await newest()).toMatchObject({ state: 'failed', note: expect.stringContaining('is in USD') });
    expect(await owing.state(invoice)).toBe('finalized');
  });

  it('holds no names and addresses', async () => {
    await tell('invoice.paid', { ...paid, customer_name: 'Canary', customer_email: 'canary@example.com' });
    const rows = await test.sql('select e.* from public.billing_webhook_events e');
    expect(JSON.stringify(rows)).not.toMatch(/canary/i);
  });

  describe('is refused, and nothing of it kept, when', () => {
    const body = (): Buffer =>
      signedEvent({ id: 'evt_forged', type: 'invoice.paid', object: { ...theirs, ...paid } }, owing.clock.now()).body;
    const signature = (at = owing.clock.now(), secret = webhookSecret): string =>
      signedEvent({ id: 'evt_forged', type: 'invoice.paid', object: { ...theirs, ...paid } }, at, secret).signature;
    const refusals: readonly (readonly [string, () => Promise<void>])[] = [
      ['it has no signature', () => webhooks.take(body(), undefined)],
      ['the signature is no signature', () => webhooks.take(body(), 'Bearer x')],
      ['the signature is by another secret', () => webhooks.take(body(), signature(undefined, 'whsec_another'))],
      ['the signature is of an older scheme', () => webhooks.take(body(), signature().replace('v1=', 'v0='))],
      ['it was signed too long ago', () => webhooks.take(...stale())],
      [
        'a byte of it is another',
        () => webhooks.take(Buffer.from(body().toString().replace('1000', '1001')), signature()),
      ],
      [
        'only its spaces are others',
        () => webhooks.take(Buffer.from(JSON.stringify(JSON.parse(body().toString()))), signature()),
      ],
      ['it is no event, though signed', () => webhooks.take(...signedText('{"id": 1}'))],
      ['it is no JSON, though signed', () => webhooks.take(...signedText('no'))],
      ['it is empty', () => webhooks.take(Buffer.alloc(0), signature())],
    ];
    const stale = (): [Buffer, string] => {
      const before = new Date(owing.clock.now().getTime() - 301_000);
      const old = signedEvent({ id: 'evt_forged', type: 'invoice.paid', object: { ...theirs, ...paid } }, before);
      return [old.body, old.signature];
    };
    const signedText = (text: string): [Buffer, string] => {
      const { signature: made } = signedEvent({ id: text, type: '', object: {} }, owing.clock.now());
      return [Buffer.from(text), made];
    };
    it.each(refusals)('%s', async (_when, take) => {
      await expect(take()).rejects.toMatchObject({ kind: 'invalid', code: 'webhook_not_signed' });
      expect(await owing.state(invoice)).toBe('finalized');
      expect(await test.sql("select 1 from public.billing_webhook_events where id = 'evt_forged'")).toEqual([]);
    });

    it('no provider tells anything here', async () => {
      const none = new Webhooks(store, new NoPayments(), owing.clock);
      await expect(none.take(body(), signature())).rejects.toMatchObject({ code: 'webhook_not_expected' });
    });
  });

  it('is shown by pages, newest first', async () => {
    for (const n of [1, 2, 3]) {
      await owing.clock.advance(1_000);
      await tell('customer.created', {}, `evt_page_${n}_${newId()}`);
    }
    const first = await store.list('ignored', 2, undefined);
    const last = first.at(-1);
    const [third] = await store.list('ignored', 1, [last?.received_at ?? '', last?.id ?? '']);
    expect([...first, third].map((event) => event?.id.slice(0, 10))).toEqual([
      'evt_page_3',
      'evt_page_2',
      'evt_page_1',
    ]);
  });
});
