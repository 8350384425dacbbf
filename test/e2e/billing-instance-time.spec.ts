import { z } from 'zod';
import { invoice } from '../../src/billing/invoices/invoice.js';
import type { Instance } from '../../src/provisioner/instances/instance.js';
import { InstanceTime } from '../../src/usage-metrics/sources/instance-time.service.js';
import { startTestService, type TestService } from '../setup/test-service.js';

const counted = z.object({ data: z.array(z.object({ value_decimal: z.string(), group_by: z.unknown() })) });
const crashing = { image: { repository: 'registry.example/app', tag: 'crash' } };

describe('instance time on an invoice', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
    const ask = async (path: string, body: object): Promise<void> => {
      expect(await service.request('POST', path, body)).toMatchObject({ status: 201 });
    };
    await ask('/v1/tenants', { slug: 'acme', name: 'Acme' });
    const chart = { path: 'helm/blueprints/web-app' };
    await ask('/v1/blueprints', { name: 'web-app', chart });
    await ask('/v1/blueprints', {
      name: 'quick',
      chart,
      readiness: { timeout_seconds: 2, deadline_seconds: 4 },
    });
    await ask('/v1/meters', {
      slug: 'instance_seconds',
      event_type: 'tenantry.instance.state',
      aggregation: 'sum',
      value_property: '$.seconds',
      group_by: { instance: '$.instance_id' },
    });
    const terms = { price: { model: 'per_unit', unit_amount: '0.01' } };
    await ask('/v1/tenants/acme/subscriptions', {
      plan: 'enterprise',
      interval: 'month',
      currency: 'USD',
      started_at: new Date(Date.now() - 60_000).toISOString(),
      components: [
        {
          key: 'instances',
          kind: 'usage',
          meter: 'instance_seconds',
          unit: 'second',
          proration: 'none',
          versions: [{ terms }],
        },
      ],
    });
  });
  afterAll(() => service.stop());

  async function create(name: string, blueprint: string, values: object = {}): Promise<Instance> {
    const made = await service.ask('PUT', `/v1/tenants/acme/instances/${name}`, { blueprint, values });
    await service.ended(made.operation);
    return service.instance(made.instance?.id ?? '');
  }

  it('is that in which an instance was observed ready: not of one that never came up, nor while another was stopped or broken', async () => {
    const good = await create('good', 'web-app');
    const failed = await create('failed', 'quick', crashing);
    expect([good.status, failed.status]).toEqual(['running', 'error']);
    await service.ended((await service.ask('POST', `/v1/instances/${good.id}/stop`)).operation);

    const row = await service.until('the ready time of the stopped one is known', async () => {
      const [found] = await service.database.sql<{ seconds: string }>(
        `select trim_scale(sum(extract(epoch from ended_at - started_at)))::text as seconds from public.usage_instance_intervals
         where instance_id = $1 and status = 'running' having bool_and(ended_at is not null)
           and not exists (select from public.outbox where instance_id = $1 and delivered_at is null)`,
        [good.id],
      );
      return found;
    });
    await service.app.get(InstanceTime, { strict: false }).submit(new AbortController().signal);
    const { body } = await service.request('GET', '/v1/meters/instance_seconds/query?group_by=instance');
    expect(counted.parse(body).data).toEqual([{ value_decimal: row.seconds, group_by: { instance: good.id } }]);

    const { data } = z
      .object({ data: z.array(z.object({ id: z.string() })) })
      .parse((await service.request('GET', '/v1/subscriptions')).body);
    const preview = await service.request('GET', `/v1/subscriptions/${data[0]?.id}/preview`);
    const { lines } = invoice.parse(preview.body);
    expect(lines).toMatchObject([{ component: 'instances', unit: 'second', quantity: row.seconds }]);
    expect(lines[0]?.explanation).toMatchObject([{ step: 'unit', quantity: row.seconds, rate: '0.01' }]);
  });
});
