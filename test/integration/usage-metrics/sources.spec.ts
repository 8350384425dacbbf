import { z } from 'zod';
import { startTestService, type TestService } from '../../setup/test-service.js';

const usage = z.object({
  tenant_id: z.string(),
  data: z.array(z.unknown()),
  aggregated: z.record(z.string(), z.unknown()),
});
const madeKey = z.object({ key: z.string() });

describe('what the service meters of itself', () => {
  let service: TestService;
  let tenantId: string;
  let key: Record<string, string>;

  beforeAll(async () => {
    service = await startTestService();
    const tenant = z.object({ id: z.string() });
    tenantId = tenant.parse((await service.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme' })).body).id;
    const asked = { name: 'k', tenant: 'acme', scopes: ['usage:read', 'instances:read'] };
    const made = await service.request('POST', '/v1/api-keys', asked);
    key = { authorization: `Bearer ${madeKey.parse(made.body).key}` };
  });
  afterAll(() => service.stop());

  it('answers the usage of a tenant by day, to operators and to its own callers', async () => {
    await service.database.sql("select public.usage_daily_increment($1, 'messages_sent', 7)", [tenantId]);
    for (const headers of [undefined, key]) {
      const { status, body } = await service.request('GET', '/v1/tenants/acme/usage?days=2', undefined, headers);
      expect(status).toBe(200);
      expect(usage.parse(body)).toMatchObject({
        tenant_id: tenantId,
        data: [{ tenant_id: tenantId, messages_sent: 7, api_calls: null, storage_mb: null }],
        aggregated: { total_messages: 7, total_agents: 0, total_storage: 0 },
      });
    }
    const mine = await service.request('GET', '/v1/my/usage', undefined, key);
    expect(mine.body).toMatchObject({ data: [{ tenant_id: tenantId, aggregated: { total_messages: 7 } }] });
  });

  it.each(['0', '401', '-1', '1.5', 'x', ''])('refuses to answer for %p days', async (days) => {
    const { status, body } = await service.request('GET', `/v1/tenants/acme/usage?days=${days}`);
    expect([status, body]).toMatchObject([400, { errors: [{ pointer: '?days' }] }]);
  });

  it("does not tell another tenant's usage from what is not there", async () => {
    await service.request('POST', '/v1/tenants', { slug: 'other', name: 'Other' });
    for (const tenant of ['other', 'nobody'])
      expect(await service.request('GET', `/v1/tenants/${tenant}/usage`, undefined, key)).toMatchObject({
        status: 404,
        body: { code: 'tenant_not_found' },
      });
  });

  it('knows a running instance by what the outbox told', async () => {
    await service.request('POST', '/v1/blueprints', { name: 'web-app', chart: { path: 'helm/blueprints/web-app' } });
    const { operation } = await service.ask('POST', '/v1/tenants/acme/instances', { blueprint: 'web-app' });
    expect((await service.ended(operation)).status).toBe('succeeded');
    const found = await service.until('the interval is there', async () => {
      const [row] = await service.database.sql<{ ready: boolean }>(
        `select ended_at is null as ready from public.usage_instance_intervals where tenant_id = $1 and status = 'running'`,
        [tenantId],
      );
      return row;
    });
    expect(found).toEqual({ ready: true });
  });

  it('has counted the calls of the tenant, and of nobody else, when it has ended', async () => {
    for (const path of ['/v1/my/instances', '/v1/my/instances?limit=1', '/v1/tenants', '/v1/nowhere'])
      await service.request('GET', path, undefined, key);
    await service.app.close();
    const calls = await service.database.sql<{ route: string; count: string }>(
      `select tenant_id, data ->> 'route' as route, data ->> 'status_class' as class, sum((data ->> 'count')::numeric)::text as count
       from public.usage_events where type = 'tenantry.api.call' group by 1, 2, 3 order by 2, 3`,
    );
    const of = (route: string, statusClass: string, count: string): object => ({
      tenant_id: tenantId,
      route,
      class: statusClass,
      count,
    });
    expect(calls).toEqual([
      of('/v1/my/instances', '2xx', '2'),
      of('/v1/my/usage', '2xx', '1'),
      of('/v1/tenants', '4xx', '1'),
      of('/v1/tenants/:tenant/usage', '2xx', '1'),
      of('/v1/tenants/:tenant/usage', '4xx', '2'),
    ]);
  });
});
