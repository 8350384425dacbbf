import { z } from 'zod';
import { Dunning } from '../../src/billing/dunning/dunning.service.js';
import { Suspensions } from '../../src/provisioner/suspensions/suspensions.service.js';
import { type Debtor, Owing } from '../setup/owing.js';
import { startTestService, type TestService } from '../setup/test-service.js';

const never = new AbortController().signal;
const webApp = { name: 'web-app', chart: { path: 'helm/blueprints/web-app' }, values: { replicas: 1 } };
const made = z.object({ id: z.string(), key: z.string() });

describe('who does not pay is stopped, and started when it is paid, with the real helm and kubectl', () => {
  let service: TestService;
  let owing: Owing;
  let debtor: Debtor;

  beforeAll(async () => {
    service = await startTestService({ TENANTRY_DUNNING_DAYS: '14' });
    owing = new Owing(service.database);
    // As of now, for the service goes by its own clock.
    await owing.clock.advance(Date.now() - owing.clock.now().getTime());
    debtor = await owing.debtor();
    await service.request('POST', '/v1/blueprints', webApp);
  });
  afterAll(() => service.stop());

  const provision = async (name: string): Promise<string> => {
    const path = `/v1/tenants/${debtor.tenantId}/instances/${name}`;
    const { instance, operation } = await service.ask('PUT', path, { blueprint: 'web-app' });
    expect((await service.ended(operation)).status).toBe('succeeded');
    return instance?.id ?? '';
  };
  const namespace = async (id: string): Promise<string> => (await service.instance(id)).namespace;
  const kubectl = async (id: string, ...args: string[]): Promise<string> =>
    service.kubectl(...args, '--namespace', await namespace(id));
  const replicas = (id: string): Promise<string> =>
    kubectl(id, 'get', 'deployments', '--output', 'jsonpath={.items[*].spec.replicas}');
  const becomes = (id: string, status: string): Promise<unknown> =>
    service.until(`the instance is ${status}`, async () =>
      (await service.instance(id)).status === status ? true : undefined,
    );
  /** Puts what happened some days into the past, as if it had been so long ago. */
  const passDays = async (days: number): Promise<void> => {
    await service.database.sql(
      `update public.billing_subscriptions set past_due_since = past_due_since - $2::integer * interval '1 day' where id = $1`,
      [debtor.subscriptionId, days],
    );
    await service.app.get(Dunning).run(never);
  };

  it('goes from overdue to stopped to paid to running', async () => {
    const [shop, kept] = [await provision('shop'), await provision('kept')];
    await service.ended((await service.ask('POST', `/v1/instances/${kept}/stop`)).operation);
    await kubectl(shop, 'create', 'configmap', 'data-of-the-tenant', '--from-literal=a=b');

    const invoice = await owing.invoice(debtor, '10.00', 0);
    await service.app.get(Dunning).run(never);
    expect(await owing.status(debtor)).toBe('past_due');
    expect((await service.instance(shop)).status).toBe('running');

    await passDays(13);
    expect(await owing.status(debtor)).toBe('past_due');
    await passDays(1);
    expect(await owing.status(debtor)).toBe('suspended');
    await becomes(shop, 'stopped');
    expect(await replicas(shop)).toBe('0');
    expect(await kubectl(shop, 'get', 'pods', '--output', 'name')).toBe('');
    // Stopped, not deleted: the release is there, and what stood beside it.
    expect(await kubectl(shop, 'get', 'secrets', '--output', 'name')).toContain('sh.helm.release.v1.shop');
    expect(await kubectl(shop, 'get', 'configmaps', '--output', 'name')).toContain('data-of-the-tenant');

    const wanted = { name: 'own', tenant: debtor.tenantId, scopes: ['instances:write', 'instances:read'] };
    const { key } = made.parse((await service.request('POST', '/v1/api-keys', wanted)).body);
    const asTenant = { authorization: `Bearer ${key}` };
    for (const [method, path, body] of [
      ['POST', `/v1/instances/${shop}/start`, undefined],
      ['PUT', `/v1/tenants/${debtor.tenantId}/instances/another`, { blueprint: 'web-app' }],
    ] as const) {
      expect(await service.request(method, path, body, asTenant)).toMatchObject({
        status: 402,
        body: { code: 'subscription_suspended', reason: 'payment_overdue' },
      });
    }

    await owing.paid(invoice, '10.00');
    await service.until('the subscription is active', async () =>
      (await owing.status(debtor)) === 'active' ? true : undefined,
    );
    await becomes(shop, 'running');
    expect(await replicas(shop)).toBe('1');
    expect(await kubectl(shop, 'get', 'configmaps', '--output', 'name')).toContain('data-of-the-tenant');
    await service.app.get(Suspensions).converge(never);
    expect((await service.instance(kept)).status).toBe('stopped');
  });

  it('is resumed by an operator, whatever is owed', async () => {
    const shop = await provision('other');
    await owing.invoice(debtor, '20.00', 0);
    await service.app.get(Dunning).run(never);
    await passDays(14);
    await becomes(shop, 'stopped');
    expect(await service.request('POST', `/v1/subscriptions/${debtor.subscriptionId}/resume`)).toMatchObject({
      status: 200,
      body: { id: debtor.subscriptionId, status: 'active' },
    });
    await becomes(shop, 'running');
    expect(await service.request('POST', `/v1/subscriptions/${debtor.subscriptionId}/resume`)).toMatchObject({
      status: 409,
      body: { code: 'subscription_not_suspended' },
    });
  });
});
