import { z } from 'zod';
import { Dunning } from '../../src/billing/dunning/dunning.service.js';
import { type Debtor, Owing } from '../setup/owing.js';
import { type StripeFault, stripeKey, StripeServer, webhookSecret } from '../setup/stripe-server.js';
import { startTestService, type TestService } from '../setup/test-service.js';

const never = new AbortController().signal;
const webApp = { name: 'web-app', chart: { path: 'helm/blueprints/web-app' }, values: { replicas: 1 } };
const list = z.object({ data: z.array(z.record(z.string(), z.unknown())) });

describe('instances of tenants that have paid, while Stripe is away, with the real helm and kubectl', () => {
  let stripe: StripeServer;
  let service: TestService;
  let owing: Owing;
  let debtor: Debtor;
  let instance: string;
  let log = '';

  beforeAll(async () => {
    stripe = await StripeServer.start();
    service = await startTestService(
      {
        TENANTRY_PAYMENTS: 'stripe',
        STRIPE_API_KEY: stripeKey,
        STRIPE_WEBHOOK_SECRET: webhookSecret,
        STRIPE_API_BASE: stripe.url,
      },
      (line) => (log += line),
    );
    owing = new Owing(service.database);
    // As of now, for the service goes by its own clock.
    await owing.clock.advance(Date.now() - owing.clock.now().getTime());
    debtor = await owing.debtor();
    await service.request('POST', '/v1/blueprints', webApp);
    const path = `/v1/tenants/${debtor.tenantId}/instances/shop`;
    const asked = await service.ask('PUT', path, { blueprint: 'web-app' });
    await service.ended(asked.operation);
    instance = asked.instance?.id ?? '';
  });
  afterAll(async () => {
    await service.stop();
    await stripe.stop();
  });

  const becomes = (status: string): Promise<unknown> =>
    service.until(`the instance is ${status}`, async () =>
      (await service.instance(instance)).status === status ? true : undefined,
    );
  const payments = async (query: string): Promise<Record<string, unknown>[]> =>
    list.parse((await service.request('GET', `/v1/billing/payments?${query}`)).body).data;
  /** Puts what happened some days into the past, as if it had been so long ago. */
  const suspend = async (): Promise<string> => {
    const invoice = await owing.invoice(debtor, '10.00', 0);
    await service.until('the invoice is open at Stripe', async () =>
      stripe.invoicesOf(invoice).find(({ status }) => status === 'open'),
    );
    await service.until('the tenant is past due', async () => {
      await service.app.get(Dunning).run(never);
      return (await owing.status(debtor)) === 'past_due' ? true : undefined;
    });
    await service.database.sql(
      `update public.billing_subscriptions set past_due_since = past_due_since - interval '14 days' where id = $1`,
      [debtor.subscriptionId],
    );
    await service.app.get(Dunning).run(never);
    await becomes('stopped');
    return invoice;
  };

  it.each<[string, StripeFault]>([
    ['hangs', { kind: 'hang' }],
    ['does not know the key', { kind: 'status', status: 401 }],
  ])('are started when Stripe %s, and operators see what is stuck', async (_what, fault) => {
    const invoice = await suspend();
    stripe.fault = () => fault;
    const waiting = await owing.invoice(debtor, '20.00', 30);
    await owing.paid(invoice, '10.00');
    await becomes('running');
    expect(await owing.status(debtor)).toBe('active');

    const [stuck] = await service.until('it is stuck', async () => {
      const rows = (await payments('stuck=true')).filter(({ invoice_id }) => invoice_id === waiting);
      return rows.length > 0 ? rows : undefined;
    });
    expect(stuck).toMatchObject({
      state: 'pending',
      stuck: { since: expect.any(String), error: expect.stringContaining('Stripe did not do'), dunning_waits: false },
    });
    expect((await payments('stuck=false')).map(({ invoice_id }) => invoice_id)).not.toContain(waiting);
    expect(JSON.stringify(stuck) + log).not.toContain(stripeKey);

    stripe.fault = () => undefined;
    await service.until('the invoice is open at Stripe', async () =>
      stripe.invoicesOf(waiting).find(({ status }) => status === 'open'),
    );
    await owing.paid(waiting, '20.00');
  });
});
