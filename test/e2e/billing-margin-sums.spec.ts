import { z } from 'zod';
import { newId } from '../../src/platform/ids.js';
import { EventLogStore } from '../../src/usage-metrics/events/event-log.store.js';
import { dayFromToday } from '../setup/costs.js';
import { Invoices, parameters } from '../setup/invoices.js';
import { startTestService, type TestService } from '../setup/test-service.js';

const [day, next, third] = [dayFromToday(-4), dayFromToday(-3), dayFromToday(-2)] as const;
const at = (time: string, of: string = day): string => `${of}T${time}Z`;

const tenantMargin = z.object({
  tenant_id: z.string(),
  currency: z.string(),
  revenue: z.string(),
  llm_cost: z.string(),
  llm_computed: z.string(),
  cluster_cost: z.string(),
  margin: z.string().nullable(),
  margin_percent: z.string().nullable(),
});
const idle = z.object({ bought: z.string(), charged: z.string(), idle: z.string(), overcommitted: z.string() });
const ofTenant = z.object({ currencies: z.array(tenantMargin), costs: z.record(z.string(), z.string()) });
const ofAll = z.object({ data: z.array(tenantMargin), idle: z.array(idle), costs: z.record(z.string(), z.string()) });

/** An event. */
interface Told {
  readonly subject: string;
  readonly [member: string]: unknown;
}

/**
 * Two tenants and two days, by hand. An hour of the cluster is bought at 4 × 0.04 + 16 × 0.005 + 100 × 0.0001 = 0.25, from noon of the first day on at
 * 4 × 0.06 + 0.09 = 0.33.
 */
describe('margins of a running service add up', () => {
  let service: TestService;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    service = await startTestService();
    for (const slug of ['acme', 'beta']) {
      const tenant = await made('POST', '/v1/tenants', { slug, name: slug });
      ids[slug] = z.object({ id: z.string() }).parse(tenant).id;
    }
    const rate = { currency: 'USD', memory_gib_hour: '0.005', storage_gib_hour: '0.0001', memory_gib: '16' };
    for (const [time, cpu_core_hour] of [
      ['00:00:00', '0.04'],
      ['12:00:00', '0.06'],
    ] as const) {
      const body = { ...rate, cpu_core_hour, cpu_cores: '4', storage_gib: '100', effective_from: at(time) };
      await made('PUT', '/v1/billing/cost-rates', body);
    }
    const price = { provider: 'acme', model: 'large', currency: 'USD', input: '3', output: '15' };
    const prices = [{ ...price, cache_read: '0.30', cache_write: '3.75', effective_from: at('00:00:00') }];
    await made('POST', '/v1/llm-prices', { prices });
    await measure(samples());
    await service.request('POST', '/v1/usage/events', calls());
    await invoiced('acme', '62.00', day, dayFromToday(27));
    await invoiced('beta', '0.10', day, next);
    await makeCosts();
  }, 120_000);
  afterAll(() => service.stop());

  async function made(method: string, path: string, body: unknown): Promise<unknown> {
    const answered = await service.request(method, path, body);
    if (answered.status !== 201) throw new Error(JSON.stringify(answered.body));
    return answered.body;
  }

  const event = (subject: string, type: string, time: string, data: object, source = 'test'): Told => {
    return { specversion: '1.0', id: newId(), source, type, subject, time, data };
  };
  const sample = (subject: string, instance: string, time: string, data: object): Told => {
    const told = { instance_id: instance, ...data };
    return event(subject, 'tenantry.instance.resources', time, told, `tenantry/instances/${instance}`);
  };

  function samples(): Told[] {
    const gone = newId();
    const minute = (n: number): string => at(`10:${`${n}`.padStart(2, '0')}:00`);
    // A core and 2 GiB are asked for, half a core and 3 GiB used, for 30 minutes; 20 seconds later the instance is deleted.
    const asked = { cpu_request_core_seconds: '60', cpu_use_core_seconds: '30' };
    const used = { memory_request_gib_seconds: '120', memory_use_gib_seconds: '180' };
    const whole = Array.from({ length: 30 }, (_, n) => sample('acme', gone, minute(n), { ...asked, ...used }));
    const rest = { cpu_request_core_seconds: '20', memory_use_gib_seconds: '60' };
    const other = newId();
    const busy = { cpu_request_core_seconds: '60', cpu_use_core_seconds: '120', volume_gib_seconds: '600' };
    return [
      ...whole,
      sample('acme', gone, minute(30), rest),
      // Over noon, and over midnight.
      ...['11:59:00', '12:00:00', '23:59:00'].map((time) => sample('beta', other, at(time), busy)),
      sample('beta', other, at('00:00:00', next), busy),
    ];
  }

  function calls(): Told[] {
    const call = { provider: 'acme', model: 'large', cached: 'within_input', input_tokens: 1_000_000 };
    return [
      // 600,000 × 3 + 400,000 × 0.30 millionths: 1.92.
      event('acme', 'tenantry.llm.call', at('10:00:00'), { ...call, cache_read_tokens: 400_000 }),
      event('acme', 'tenantry.llm.call', at('11:00:00'), { ...call, cost: '0.5' }),
      event('beta', 'tenantry.llm.call', at('11:00:00', next), { ...call, model: 'unknown' }),
    ];
  }

  /** As Tenantry does it by itself: nobody may send samples over the API. */
  async function measure(events: readonly Told[]): Promise<number> {
    const log = new EventLogStore(service.database.database);
    const rows = events.map((each) => ({ tenantId: ids[each.subject] ?? '', json: JSON.stringify(each) }));
    const { accepted, rejected } = await log.append(rows, { atomic: true });
    if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
    return accepted;
  }

  async function invoiced(slug: string, amount: string, from: string, to: string): Promise<void> {
    const invoices = new Invoices(service.database, ids[slug] ?? '');
    const id = await invoices.draft({ lines: [{ amount }] });
    await service.database.sql(
      'update public.billing_invoice_lines set starts_at = $2, ends_at = $3 where invoice_id = $1',
      parameters([id, from, to]),
    );
    await invoices.finalize(id);
  }

  async function makeCosts(): Promise<void> {
    await service.database.sql('select public.billing_costs_scan()');
    await service.database.sql('select public.billing_costs_make_due(100)');
  }

  async function margins(of: string, from: string, to: string): Promise<z.infer<typeof ofTenant>> {
    return ofTenant.parse((await service.request('GET', `/v1/tenants/${of}/margin?from=${from}&to=${to}`)).body);
  }

  async function fleet(from: string, to: string): Promise<z.infer<typeof ofAll>> {
    return ofAll.parse((await service.request('GET', `/v1/billing/margin?from=${from}&to=${to}`)).body);
  }

  // In units of 10^-12, in which every cost is kept.
  const units = (decimal: string): bigint => {
    const [whole = '', fraction = ''] = decimal.replace('-', '').split('.');
    return BigInt(`${decimal.startsWith('-') ? '-' : ''}${whole}${fraction.padEnd(12, '0')}`);
  };
  const sum = (decimals: readonly string[]): bigint => decimals.reduce((all, decimal) => all + units(decimal), 0n);

  it('by hand', async () => {
    // CPU: 30 × 60 + 20 = 1,820 core seconds × 0.04; memory: 30 × 180 + 60 = 5,460 × 0.005; together 100.1 / 3,600.
    // Of the line of 31 days a day is 2.00. Margin: 2 − 2.42 − 0.027805555556.
    expect((await margins('acme', day, next)).currencies).toEqual([
      {
        tenant_id: ids['acme'],
        currency: 'USD',
        revenue: '2',
        llm_cost: '2.42',
        llm_computed: '4.92',
        cluster_cost: '0.027805555556',
        margin: '-0.447805555556',
        margin_percent: '-22.39',
      },
    ]);
    // 120 core seconds × (0.04 + 0.06 + 0.06) + 3 × 600 × 0.0001 = 19.38; / 3,600. The minute after midnight is of the next day.
    expect((await margins('beta', day, next)).currencies).toMatchObject([
      { revenue: '0.1', llm_cost: '0', cluster_cost: '0.005383333333', margin: '0.094616666667' },
    ]);
    expect(await margins('beta', next, third)).toMatchObject({
      // (120 × 0.06 + 600 × 0.0001) / 3,600
      currencies: [{ revenue: '0', cluster_cost: '0.002016666667', margin: '-0.002016666667', margin_percent: null }],
      costs: { llm_calls: '1', llm_unpriced: '1', samples: '1', samples_unpriced: '0' },
    });
    // 12 × 0.25 + 12 × 0.33
    const first = await fleet(day, next);
    expect(first.idle).toMatchObject([{ bought: '6.96', charged: '0.033188888889', idle: '6.926811111111' }]);
    expect(first.costs).toEqual({ llm_calls: '2', llm_unpriced: '0', samples: '34', samples_unpriced: '0' });
  });

  it('over tenants, over days, and with what is idle', async () => {
    const [whole, ...parts] = [await fleet(day, third), await fleet(day, next), await fleet(next, third)];
    expect(whole.idle).toHaveLength(1);
    for (const cluster of whole.idle) {
      expect(sum(whole.data.map((row) => row.cluster_cost))).toBe(units(cluster.charged));
      expect(units(cluster.bought) + units(cluster.overcommitted)).toBe(units(cluster.charged) + units(cluster.idle));
    }
    for (const row of whole.data) {
      expect(units(row.margin ?? '')).toBe(units(row.revenue) - units(row.llm_cost) - units(row.cluster_cost));
      for (const column of ['revenue', 'llm_cost', 'cluster_cost'] as const) {
        const rows = parts.flatMap(({ data }) => data).filter((part) => part.tenant_id === row.tenant_id);
        expect(sum(rows.map((part) => part[column]))).toBe(units(row[column]));
      }
      const [alone] = (await margins(row.tenant_id, day, third)).currencies;
      expect(alone).toEqual(row);
    }
    expect(parts.flatMap((part) => part.idle.map((of) => of.bought)).map(units)).toEqual([
      units('6.96'),
      units('7.92'),
    ]);
  });

  it('the same when costs are made again, and once for what was sent twice', async () => {
    const before = await fleet(day, third);
    const late = sample('beta', newId(), at('15:00:00'), { cpu_request_core_seconds: '3600' });
    expect([await measure([late]), await measure([late])]).toEqual([1, 0]);
    await makeCosts();
    await makeCosts();
    const after = await fleet(day, third);
    const [was, is] = [before, after].map(({ idle: [of] }) => of);
    expect(units(is?.charged ?? '') - units(was?.charged ?? '')).toBe(units('0.06'));
    expect(units(was?.idle ?? '') - units(is?.idle ?? '')).toBe(units('0.06'));
    expect(after.data.find((row) => row.tenant_id === ids['acme'])).toEqual(
      before.data.find((row) => row.tenant_id === ids['acme']),
    );
  });
});
