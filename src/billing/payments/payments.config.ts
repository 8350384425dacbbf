import { z } from 'zod';

const providers = ['none', 'stripe', 'evaluation'] as const;

/** What a key looks like is the provider's matter; that it is one word is ours. */
const secret = z.string().regex(/^[\x21-\x7e]{8,255}$/, 'must be one word of 8 to 255 characters');

/** Whether nobody between here and there can read along. */
function isPrivate(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** Who collects what is owed. */
export const paymentsEnvironment = z.object({
  TENANTRY_PAYMENTS: z.enum(providers).default('none'),
  STRIPE_API_KEY: secret.optional(),
  STRIPE_WEBHOOK_SECRET: secret.optional(),
  STRIPE_API_BASE: z
    .url({ protocol: /^https?$/ })
    .refine(isPrivate, 'must be https, but on this machine: the key is sent there')
    .refine((text) => new URL(text).pathname === '/', 'must be scheme, host and port alone')
    .default('https://api.stripe.com'),
});

export interface StripeSettings {
  readonly apiKey: string;
  readonly webhookSecret: string;
  readonly apiBase: URL;
}

export type PaymentChoice =
  { readonly provider: 'none' | 'evaluation' } | { readonly provider: 'stripe'; readonly stripe: StripeSettings };

export class PaymentsConfig {
  readonly choice: PaymentChoice;

  constructor(environment: z.infer<typeof paymentsEnvironment>) {
    const { TENANTRY_PAYMENTS: provider, STRIPE_API_KEY: apiKey, STRIPE_WEBHOOK_SECRET: webhookSecret } = environment;
    if (provider !== 'stripe') this.choice = { provider };
    else if (apiKey === undefined || webhookSecret === undefined) throw new Error('settings of Stripe are missing');
    else this.choice = { provider, stripe: { apiKey, webhookSecret, apiBase: new URL(environment.STRIPE_API_BASE) } };
  }
}

/** Every fault that only several settings together have. @param hosted whether real tenants may be in the database */
export function paymentFaults(environment: z.infer<typeof paymentsEnvironment>, hosted: boolean): string[] {
  const { TENANTRY_PAYMENTS: provider, STRIPE_API_KEY, STRIPE_WEBHOOK_SECRET } = environment;
  if (provider === 'evaluation' && hosted) {
    return ['TENANTRY_PAYMENTS: evaluation marks invoices paid that nobody has paid; it is not for SUPABASE_URL'];
  }
  if (provider !== 'stripe') return [];
  return Object.entries({ STRIPE_API_KEY, STRIPE_WEBHOOK_SECRET })
    .filter(([, value]) => value === undefined)
    .map(([name]) => `${name}: is required with TENANTRY_PAYMENTS=stripe`);
}
