import { PlansService } from '../../src/billing/catalog/plans.service.js';
import { PlansStore } from '../../src/billing/catalog/plans.store.js';
import { InvoicesService } from '../../src/billing/invoices/invoices.service.js';
import { InvoicesStore } from '../../src/billing/invoices/invoices.store.js';
import { newCostRate } from '../../src/billing/margin/cost-rate.js';
import { MarginService } from '../../src/billing/margin/margin.service.js';
import { MarginStore } from '../../src/billing/margin/margin.store.js';
import { PreviewsService } from '../../src/billing/runs/previews.service.js';
import { PreviewsStore } from '../../src/billing/runs/previews.store.js';
import { OwnerLookups } from '../../src/platform/owner-lookups.js';
import { newId } from '../../src/platform/ids.js';
import { TenantsService } from '../../src/tenants/tenants.service.js';
import { TenantsStore } from '../../src/tenants/tenants.store.js';
import { EventLogStore } from '../../src/usage-metrics/events/event-log.store.js';
import { BillingWorld } from './billing-runs.js';
import type { TestDatabase } from './database.js';
import type { FakeClock } from './fake-clock.js';
import { operator, Provisioning } from './provisioning.js';

/** A day in UTC, counted from today. */
export function dayFromToday(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** What tenants cost, on a database of its own. */
export class Costs {
  readonly store: MarginStore;
  readonly margins: MarginService;
  private readonly log: EventLogStore;

  private constructor(
    readonly test: TestDatabase,
    readonly world: Provisioning,
    clock: FakeClock,
  ) {
    this.store = new MarginStore(test.database);
    const tenants = new TenantsService(new TenantsStore(test.database));
    const { periods, late, writing } = BillingWorld.in(test);
    const previews = new PreviewsService(
      new PreviewsStore(test.database),
      periods,
      late,
      writing,
      new InvoicesService(new InvoicesStore(test.database), tenants, new OwnerLookups()),
      new PlansService(new PlansStore(test.database), clock),
      tenants,
      clock,
    );
    this.margins = new MarginService(this.store, tenants, previews, clock);
    this.log = new EventLogStore(test.database);
  }

  static async in(test: TestDatabase, clock: FakeClock): Promise<Costs> {
    return new Costs(test, await Provisioning.in(test), clock);
  }

  /** @returns the id that the event was given */
  async event(tenantId: string, type: string, time: string, data: unknown, source = 'test'): Promise<string> {
    const id = newId();
    const json = JSON.stringify({ specversion: '1.0', id, source, type, time, data });
    const { accepted, rejected } = await this.log.append([{ tenantId, json }], { atomic: true });
    if (accepted !== 1) throw new Error(JSON.stringify(rejected));
    return id;
  }

  call(tenantId: string, time: string, data: unknown): Promise<string> {
    return this.event(tenantId, 'tenantry.llm.call', time, data);
  }

  /** A sample, of an instance of its own unless it is named. */
  sample(tenantId: string, time: string, data: object, instance = newId()): Promise<string> {
    const told = { instance_id: instance, blueprint: 'app', seconds: '60', ...data };
    return this.event(tenantId, 'tenantry.instance.resources', time, told, `tenantry/instances/${instance}`);
  }

  async price(parts: object): Promise<void> {
    const price = { provider: 'acme', model: 'large', effective_to: null, currency: 'USD', ...parts };
    await this.test.sql(
      `insert into public.billing_llm_prices (provider, model, effective_from, effective_to, currency, input, output, cache_read, cache_write)
       select provider, model, effective_from, effective_to, currency, input, output, cache_read, cache_write
       from jsonb_populate_record(null::public.billing_llm_prices, $1::text::jsonb)`,
      [JSON.stringify(price) as never],
    );
  }

  async rate(parts: object): Promise<string> {
    return (await this.store.putRate(newCostRate.parse({ currency: 'USD', ...parts }), operator)).outcome;
  }

  /** As the task does it. */
  make(): Promise<void> {
    return this.margins.makeCosts(new AbortController().signal);
  }

  /** By source and currency: [cost, computed or null], of the whole days. */
  async costs(tenantId: string, day: string): Promise<Record<string, (string | null)[]>> {
    const rows = await this.test.sql<{ source: string; currency: string; cost: string; computed: string | null }>(
      `select source, currency, trim_scale(cost)::text as cost, trim_scale(computed)::text as computed from public.billing_costs
       where tenant_id = $1 and day = $2`,
      [tenantId as never, day as never],
    );
    return Object.fromEntries(
      rows.map(({ source, currency, cost, computed }) => [`${source} ${currency}`, [cost, computed]]),
    );
  }
}
