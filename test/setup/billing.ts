import { LlmPricesService } from '../../src/billing/catalog/llm-prices.service.js';
import { LlmPricesStore } from '../../src/billing/catalog/llm-prices.store.js';
import { PlansService } from '../../src/billing/catalog/plans.service.js';
import { PlansStore } from '../../src/billing/catalog/plans.store.js';
import type { Plan } from '../../src/billing/catalog/plan.js';
import type { StoredSubscription } from '../../src/billing/subscriptions/stored-subscription.js';
import { type Changing, SubscriptionChanges } from '../../src/billing/subscriptions/subscription-changes.service.js';
import { SubscriptionUpkeep } from '../../src/billing/subscriptions/subscription-upkeep.service.js';
import { SubscriptionsService } from '../../src/billing/subscriptions/subscriptions.service.js';
import { SubscriptionsStore } from '../../src/billing/subscriptions/subscriptions.store.js';
import { TenantryError } from '../../src/platform/errors.js';
import { newId } from '../../src/platform/ids.js';
import { TenantsStore } from '../../src/tenants/tenants.store.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { FakeClock } from './fake-clock.js';
import { operator } from './provisioning.js';

/** What of a subscription a test says; the rest as the route has it. */
export interface Subscribed {
  readonly plan?: string;
  readonly interval?: 'month' | 'year';
  readonly started_at?: string;
  readonly time_zone?: string;
  readonly trial_days?: number;
  readonly [more: string]: unknown;
}

/** A component that costs a fee. */
export function fee(amount: string, more: object = {}): object {
  const versions = [{ terms: { price: { model: 'flat', amount } } }];
  return { key: 'base', kind: 'recurring', proration: 'per_second', versions, ...more };
}

/** A component that costs an amount for each unit that a meter counts. */
export function perUnit(meter: string, unit_amount: string, more: object = {}): object {
  const versions = [{ terms: { price: { model: 'per_unit', unit_amount } } }];
  return { key: meter, kind: 'usage', meter, proration: 'none', versions, ...more };
}

/** A change by the operator, whatever the subscription is by now. */
export function changing({ subscription: { id } }: StoredSubscription): Changing {
  return { id, ifMatch: undefined, context: operator };
}

/** The faults, or the code, that something is refused with; `done` when it is not. */
export async function refusal(work: Promise<unknown>): Promise<readonly string[] | string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (!(error instanceof TenantryError)) throw error;
    return error.faults.length > 0 ? error.faults.map(({ pointer, message }) => `${pointer} ${message}`) : error.code;
  }
}

/** Plans and subscriptions in a database, by the real services, on a clock that a test sets: plans are published as early as they shall be sold. */
export class Billing {
  readonly clock: FakeClock;
  readonly plans: PlansService;
  readonly subscriptions: SubscriptionsService;
  readonly changes: SubscriptionChanges;
  readonly llmPrices: LlmPricesService;
  readonly upkeep: SubscriptionUpkeep;
  readonly store: SubscriptionsStore;
  private readonly tenants: TenantsStore;
  private count = 0;

  private constructor(
    readonly test: TestDatabase,
    at: string,
  ) {
    const { database } = test;
    this.clock = new FakeClock(Date.parse(at));
    this.tenants = new TenantsStore(database);
    this.store = new SubscriptionsStore(database);
    this.plans = new PlansService(new PlansStore(database), this.clock);
    this.subscriptions = new SubscriptionsService(this.store, this.plans, this.clock);
    this.changes = new SubscriptionChanges(this.store, this.plans, this.clock);
    this.llmPrices = new LlmPricesService(new LlmPricesStore(database), this.clock);
    this.upkeep = new SubscriptionUpkeep(this.store, this.clock);
  }

  /** @param at what time it is at first */
  static async start(at = '2026-01-01T00:00:00Z'): Promise<Billing> {
    return new Billing(await createTestDatabase(), at);
  }

  static in(test: TestDatabase, at = '2026-01-01T00:00:00Z'): Billing {
    return new Billing(test, at);
  }

  /** From now on it is this time, which is not before what it was. */
  async goTo(at: string): Promise<void> {
    await this.clock.advance(Date.parse(at) - this.clock.now().getTime());
  }

  /** A name that nobody has. */
  name(prefix: string): string {
    this.count += 1;
    return `${prefix}${this.count}`;
  }

  async tenant(
    slug = this.name('tenant'),
    time_zone = 'UTC',
  ): Promise<{ id: string; slug: string; time_zone: string }> {
    const tenant = { slug, name: slug, plan: 'free', time_zone, metadata: {} } as const;
    const created = await this.tenants.create(newId(), tenant, operator);
    if (created.outcome !== 'created') throw new Error(created.outcome);
    return { id: created.tenant.id, slug, time_zone };
  }

  /** A meter that counts events of its own name by their `value`. */
  async meter(slug = this.name('meter')): Promise<string> {
    const value = { value_property: '$.value', value_path: ['value'] };
    const p_meter = { slug, name: slug, event_type: slug, aggregation: 'sum', ...value };
    await this.test.database.rpc('usage_meter_create', { p_meter, p_context: { ...operator } });
    return slug;
  }

  /** Publishes a plan that costs these components by the month in USD. */
  async plan(components: readonly object[], more: object = {}, key = this.name('plan')): Promise<Plan> {
    const offers = [{ interval: 'month', currency: 'USD', components }];
    return this.plans.publish({ plan: key, offers, ...more }, operator);
  }

  /** Subscribes a tenant, from now on and without a trial unless told otherwise. */
  subscribe(
    tenant: { readonly id: string; readonly time_zone: string },
    { plan = 'starter', interval = 'month', ...more }: Subscribed = {},
  ): Promise<StoredSubscription> {
    return this.subscriptions.subscribe(tenant, { plan, interval, trial_days: 0, ...more }, operator);
  }

  async read(id: string): Promise<StoredSubscription> {
    const [found] = await this.store.read([id]);
    if (found === undefined) throw new Error(`no subscription ${id}`);
    return found;
  }

  stop(): Promise<void> {
    return this.test.drop();
  }
}
