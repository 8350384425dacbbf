import { newId } from '../../src/platform/ids.js';
import type { Reach, TenantRef } from '../../src/platform/reach.js';
import { TenantsService } from '../../src/tenants/tenants.service.js';
import { TenantsStore } from '../../src/tenants/tenants.store.js';
import { EventLogStore } from '../../src/usage-metrics/events/event-log.store.js';
import type { AppendReceipt } from '../../src/usage-metrics/events/pending-event.js';
import { type Meter, newMeter } from '../../src/usage-metrics/meters/meter.js';
import { MetersService } from '../../src/usage-metrics/meters/meters.service.js';
import { MetersStore } from '../../src/usage-metrics/meters/meters.store.js';
import { QueriesStore } from '../../src/usage-metrics/queries/queries.store.js';
import { RecordedEvents } from '../../src/usage-metrics/queries/recorded-events.service.js';
import { RecordedEventsStore } from '../../src/usage-metrics/queries/recorded-events.store.js';
import { UsageQueries } from '../../src/usage-metrics/queries/usage-queries.service.js';
import type { UsageRow } from '../../src/usage-metrics/queries/usage-query.js';
import type { UsageRequest } from '../../src/usage-metrics/queries/usage-request.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { FakeClock } from './fake-clock.js';
import { operator } from './provisioning.js';

/** An event of a test, with an id and a source unless told. `data` is JSON text, so that its numbers are as a test writes them. */
export interface TestEvent {
  readonly tenant: TenantRef;
  readonly type?: string;
  readonly time?: string;
  readonly id?: string;
  readonly data: string;
}

const names = { from: '?from', groupBy: '?group_by', filter: '?filter_group_by', missing: '?filter_missing' };

/** Metering on a database of its own. */
export class Metering {
  readonly clock = new FakeClock(Date.now());
  readonly meters: MetersService;
  readonly queries: UsageQueries;
  readonly events: RecordedEvents;
  readonly tenants: TenantsService;
  readonly log: EventLogStore;
  private readonly tenantsStore: TenantsStore;
  private count = 0;

  private constructor(readonly test: TestDatabase) {
    const { database } = test;
    this.tenantsStore = new TenantsStore(database);
    this.tenants = new TenantsService(this.tenantsStore);
    this.meters = new MetersService(new MetersStore(database));
    this.queries = new UsageQueries(new QueriesStore(database), this.meters, this.tenants, this.clock);
    this.events = new RecordedEvents(new RecordedEventsStore(database), this.tenants);
    this.log = new EventLogStore(database);
  }

  static async start(): Promise<Metering> {
    return new Metering(await createTestDatabase());
  }

  /** On a database that is there already, and stays. */
  static in(test: TestDatabase): Metering {
    return new Metering(test);
  }

  async tenant(slug = this.name('tenant')): Promise<TenantRef> {
    const tenant = { slug, name: slug, plan: 'free', time_zone: 'UTC', metadata: {} } as const;
    const created = await this.tenantsStore.create(newId(), tenant, operator);
    if (created.outcome !== 'created') throw new Error(created.outcome);
    return { id: created.tenant.id, slug };
  }

  /** A name that nobody has. */
  name(prefix: string): string {
    this.count += 1;
    return `${prefix}${this.count}`;
  }

  meter(parts: object = {}): Promise<Meter> {
    const slug = this.name('meter');
    return this.meters.create(
      newMeter.parse({ slug, event_type: slug, aggregation: 'sum', value_property: '$.value', ...parts }),
      operator,
    );
  }

  append(events: readonly TestEvent[], atomic = false): Promise<AppendReceipt> {
    const pending = events.map(({ tenant, type = 'test', time, id = newId(), data }) => {
      const attributes = JSON.stringify({ specversion: '1.0', id, source: 'test', type, time });
      return { tenantId: tenant.id, json: `${attributes.slice(0, -1)},"data":${data}}` };
    });
    return this.log.append(pending, { atomic });
  }

  /** Every row of a query, through all of its pages. */
  async rows(
    request: Partial<UsageRequest> & { slug: string },
    reach: Reach = 'all',
    limit = 10_000,
  ): Promise<UsageRow[]> {
    const asked = { timeZone: 'UTC', subjects: [], groupBy: [], filter: {}, missing: [], ...request };
    const query = await this.queries.prepare(asked, reach, names);
    const all: UsageRow[] = [];
    let next;
    do {
      const page = await this.queries.page(query, reach, limit, next);
      all.push(...page.rows);
      next = page.next;
    } while (next !== undefined);
    return all;
  }

  /** Folds everything that was counted so far. */
  async compact(): Promise<void> {
    await this.test.sql('select public.usage_compact(100000)');
  }

  stop(): Promise<void> {
    return this.test.drop();
  }
}
