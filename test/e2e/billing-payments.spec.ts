import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Owing } from '../setup/owing.js';
import { type ServedInvoice, stripeKey, StripeServer, webhookSecret } from '../setup/stripe-server.js';
import { startTestService, type TestService } from '../setup/test-service.js';
import { signedEvent } from '../setup/stripe-events.js';

const list = z.object({ data: z.array(z.record(z.string(), z.unknown())), next_cursor: z.string().nullable() });

describe('invoices that Stripe collects', () => {
  let stripe: StripeServer;
  let service: TestService;
  let owing: Owing;
  let log = '';

  beforeAll(async () => {
    stripe = await StripeServer.start();
    service = await startTestService(
      {
        LOG_LEVEL: 'trace',
        TENANTRY_PAYMENTS: 'stripe',
        STRIPE_API_KEY: stripeKey,
        STRIPE_WEBHOOK_SECRET: webhookSecret,
        STRIPE_API_BASE: stripe.url,
      },
      (line) => (log += line),
    );
    owing = new Owing(service.database);
  });
  afterAll(async () => {
    await service.stop();
    await stripe.stop();
  });

  const pushed = (invoice: string): Promise<ServedInvoice> =>
    service.until('the invoice is open at Stripe', async () =>
      stripe.invoicesOf(invoice).find(({ status }) => status === 'open'),
    );
  const post = async (body: Buffer, headers: Record<string, string>): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(`${service.url}/v1/webhooks/stripe`, { method: 'POST', body, headers });
    return { status: answer.status, body: await answer.json() };
  };

  it('are pushed, and paid when Stripe says so on a body as it came', async () => {
    const invoice = await owing.invoice(await owing.debtor(), '10.00');
    const theirs = await pushed(invoice);
    const paid = { ...theirs, status: 'paid', amount_paid: 1_000 };
    const event = { id: `evt_${randomUUID()}`, type: 'invoice.paid', object: paid };
    const { body, signature } = signedEvent(event, new Date());
    const type = { 'content-type': 'application/json; charset=utf-8' };

    expect(await post(body, { ...type, 'stripe-signature': signature.replace(/.$/, 'z') })).toMatchObject({
      status: 400,
      body: { code: 'webhook_not_signed' },
    });
    expect(await owing.state(invoice)).toBe('finalized');
    expect(await post(body, { ...type, 'stripe-signature': signature })).toEqual({
      status: 200,
      body: { received: true },
    });
    expect(await post(body, { ...type, 'stripe-signature': signature })).toEqual({
      status: 200,
      body: { received: true },
    });
    expect(await owing.state(invoice)).toBe('paid');
    const payments = list.parse((await service.request('GET', '/v1/billing/payments?state=paid')).body);
    expect(payments.data).toEqual([
      expect.objectContaining({ invoice_id: invoice, amount: '10.00', reference: theirs.id }),
    ]);
    const events = list.parse((await service.request('GET', '/v1/billing/webhook-events')).body);
    expect(events.data).toEqual([expect.objectContaining({ id: event.id, state: 'treated' })]);
  });

  it('are kept for replay where they cannot be treated, and answered 200', async () => {
    const invoice = await owing.invoice(await owing.debtor(), '10.00');
    const theirs = await pushed(invoice);
    const event = {
      id: `evt_${randomUUID()}`,
      type: 'invoice.paid',
      object: { ...theirs, currency: 'eur', amount_paid: 1_000 },
    };
    const { body, signature } = signedEvent(event, new Date());
    expect(await post(body, { 'stripe-signature': signature })).toMatchObject({ status: 200 });
    const failed = list.parse((await service.request('GET', '/v1/billing/webhook-events?state=failed')).body);
    expect(failed.data).toEqual([expect.objectContaining({ id: event.id, note: expect.stringContaining('USD') })]);
    const replayed = await service.request('POST', `/v1/billing/webhook-events/${event.id}/replay`);
    expect(replayed).toMatchObject({ status: 200, body: { state: 'failed', attempts: 2 } });
  });

  it('are paid though nobody told of it: Stripe is asked', async () => {
    const invoice = await owing.invoice(await owing.debtor(), '10.00');
    stripe.settle(await pushed(invoice));
    await service.until('it is paid', async () => {
      // As five minutes later.
      await service.database.sql("update public.billing_payments set call_at = '2026-01-01Z' where state = 'open'");
      return (await owing.state(invoice)) === 'paid' ? true : undefined;
    });
    expect(await owing.payment(invoice)).toMatchObject({ state: 'paid', amount: '10.00' });
  });

  it('are asked for again by an operator', async () => {
    const invoice = await owing.invoice(await owing.debtor({ currency: 'CHF' }), '10.00');
    const refused = await service.until('it is refused', async () => {
      const { data } = list.parse((await service.request('GET', '/v1/billing/payments?state=refused')).body);
      return data.find(({ invoice_id }) => invoice_id === invoice);
    });
    expect(refused).toMatchObject({ error: expect.stringContaining('Invalid currency') });
    const retried = await service.request('POST', `/v1/billing/payments/${invoice}/retry`);
    expect(retried).toMatchObject({ status: 202, body: { state: 'pending', attempt: 2 } });
  });

  it('leave no secret of Stripe in the log, also when it is away or does not know the key', async () => {
    stripe.fault = () => ({ kind: 'status', status: 401 });
    const invoice = await owing.invoice(await owing.debtor(), '10.00');
    await service.until('it was tried', async () => (log.includes('does not do what it is asked') ? true : undefined));
    stripe.fault = () => undefined;
    await pushed(invoice);
    expect(log).toContain('Stripe did not do what was asked');
    expect(log).not.toContain(stripeKey);
    expect(log).not.toContain(webhookSecret);
  });
});
