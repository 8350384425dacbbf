import { z } from 'zod';
import { subscription, type Subscription } from '../../src/billing/subscriptions/subscription.js';
import { BillingWorld, flat, type Subscribed } from './billing-runs.js';
import { Digest } from './digest.js';
import { type Answered, startTestService, type TestService } from './test-service.js';

const problem = z.object({
  status: z.int(),
  code: z.string(),
  request_id: z.string(),
  errors: z.array(z.object({ pointer: z.string(), message: z.string() })),
});

/** What the rules of amounts and currencies are called. */
export const decimal = 'must be a decimal number such as "12.50"';
export const code = 'must be the code of an ISO 4217 currency, such as "USD"';

/** Overlapping, with a gap, negative and absurd. */
export const badTiers = [
  { up_to: '10', unit_amount: '-1' },
  { from: '5', up_to: '20', unit_amount: '1e30' },
  { from: '30', up_to: null, unit_amount: '1000000000001' },
];

/** What is told of them, sorted. @param price the pointer to what has them */
export function tierFaults(price: string): string[] {
  return [
    `${price}/tiers/0/unit_amount must not be negative`,
    `${price}/tiers/1/from overlaps with the tier before, which ends at 10`,
    `${price}/tiers/1/unit_amount ${decimal}`,
    `${price}/tiers/2/from leaves a gap to the tier before, which ends at 20`,
    `${price}/tiers/2/unit_amount must be at most 1000000000000`,
  ];
}

/** An instant some days from now, to the second. */
export function day(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A running service with something to change: `acme` is subscribed to `team`, `fresh` to nothing, and a third one was billed. */
export class ChangingBilling {
  private constructor(
    readonly service: TestService,
    readonly world: BillingWorld,
    readonly digest: Digest,
    /** By the month, in dollars. */
    readonly subscribed: Subscription,
    readonly billed: Subscribed,
    /** Of the period that was billed, of 31 dollars. */
    readonly invoiceId: string,
  ) {}

  static async start(): Promise<ChangingBilling> {
    const service = await startTestService({ TENANTRY_ROLES: 'api' });
    const world = BillingWorld.in(service.database);
    for (const slug of ['acme', 'fresh']) await asked(service, 'POST', '/v1/tenants', { slug, name: slug });
    const base = { key: 'base', kind: 'recurring', proration: 'per_second' };
    const components = [{ ...base, versions: [{ terms: { price: { model: 'flat', amount: '10' } } }] }];
    const offers = [{ interval: 'month', currency: 'USD', components }];
    await asked(service, 'POST', '/v1/plans', { plan: 'team', offers });
    const wanted = { plan: 'team', interval: 'month' };
    const made = subscription.parse(await asked(service, 'POST', '/v1/tenants/acme/subscriptions', wanted));
    const billed = await world.subscribe({ anchor: day(-40), components: [flat('31')] });
    await world.bill();
    const [invoice] = await world.invoices(billed);
    const digest = await Digest.of(service.database);
    return new ChangingBilling(service, world, digest, made, billed, invoice?.id ?? '');
  }

  stop(): Promise<void> {
    return this.service.stop();
  }

  send(method: string, path: string, body?: unknown): Promise<Answered> {
    return this.service.request(method, path, body);
  }

  /** What a request answers that must be taken. */
  ask(method: string, path: string, body?: unknown): Promise<unknown> {
    return asked(this.service, method, path, body);
  }

  /** `status code`, and then each fault as `pointer message`, sorted. @throws Error where it is no problem, or any table is another than before */
  async refused(method: string, path: string, body?: unknown): Promise<string[]> {
    const before = await this.digest.take();
    const answer = await this.send(method, path, body);
    const changed = Object.entries(await this.digest.take()).filter(([table, hash]) => before[table] !== hash);
    if (changed.length > 0) throw new Error(`${method} ${path} changed ${changed.map(([table]) => table).join(', ')}`);
    const type = answer.headers.get('content-type');
    const told = problem.parse(answer.body);
    if (type !== 'application/problem+json' || told.status !== answer.status)
      throw new Error(`${method} ${path} answered ${answer.status} ${type}: ${JSON.stringify(answer.body)}`);
    const faults = told.errors.map(({ pointer, message }) => `${pointer} ${message}`);
    return [`${told.status} ${told.code}`, ...faults.sort((a, b) => (a < b ? -1 : 1))];
  }
}

async function asked(service: TestService, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await service.request(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
