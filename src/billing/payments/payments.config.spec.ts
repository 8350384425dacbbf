import { paymentFaults, PaymentsConfig, paymentsEnvironment } from './payments.config.js';

const key = 'sk_test_0123456789';
const secret = 'whsec_0123456789';
const stripe = { TENANTRY_PAYMENTS: 'stripe', STRIPE_API_KEY: key, STRIPE_WEBHOOK_SECRET: secret };

describe('the settings of payments', () => {
  it('collect nothing unless told otherwise', () => {
    expect(new PaymentsConfig(paymentsEnvironment.parse({})).choice).toEqual({ provider: 'none' });
  });

  it('of Stripe need its key and its secret', () => {
    const { choice } = new PaymentsConfig(paymentsEnvironment.parse(stripe));
    const apiBase = new URL('https://api.stripe.com');
    expect(choice).toEqual({ provider: 'stripe', stripe: { apiKey: key, webhookSecret: secret, apiBase } });
    expect(paymentFaults(paymentsEnvironment.parse({ TENANTRY_PAYMENTS: 'stripe' }), true)).toEqual([
      'STRIPE_API_KEY: is required with TENANTRY_PAYMENTS=stripe',
      'STRIPE_WEBHOOK_SECRET: is required with TENANTRY_PAYMENTS=stripe',
    ]);
    expect(paymentFaults(paymentsEnvironment.parse(stripe), true)).toEqual([]);
  });

  it('refuse to play payments where real tenants are', () => {
    const evaluation = paymentsEnvironment.parse({ TENANTRY_PAYMENTS: 'evaluation' });
    expect(paymentFaults(evaluation, true)).toEqual([expect.stringContaining('not for SUPABASE_URL')]);
    expect(paymentFaults(evaluation, false)).toEqual([]);
  });

  it.each([
    ['TENANTRY_PAYMENTS', 'paypal'],
    ['STRIPE_API_KEY', 'sk test 0123'],
    ['STRIPE_API_KEY', 'short'],
    ['STRIPE_WEBHOOK_SECRET', `${secret}\n`],
    ['STRIPE_API_BASE', 'http://stripe.example'],
    ['STRIPE_API_BASE', 'https://stripe.example/v1'],
    ['STRIPE_API_BASE', 'ftp://127.0.0.1'],
  ])('refuse %s=%j, without repeating it', (name, value) => {
    const parsed = paymentsEnvironment.safeParse({ [name]: value });
    expect(parsed.error?.issues.map(({ path }) => path[0])).toContain(name);
    if (name !== 'STRIPE_API_BASE') expect(JSON.stringify(parsed.error?.issues)).not.toContain(`"${value}"`);
  });

  it('let Stripe be asked on this machine', () => {
    const { choice } = new PaymentsConfig(
      paymentsEnvironment.parse({ ...stripe, STRIPE_API_BASE: 'http://127.0.0.1:4000' }),
    );
    expect(choice).toMatchObject({ stripe: { apiBase: new URL('http://127.0.0.1:4000') } });
  });
});
