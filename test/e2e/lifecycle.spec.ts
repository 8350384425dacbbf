import { startTestService, type TestService } from '../setup/test-service.js';

const webApp = { name: 'web-app', chart: { path: 'helm/blueprints/web-app' }, values: { replicas: 2 } };

describe('the life of an instance, with the real helm and kubectl', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
    await service.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme', plan: 'starter' });
    await service.request('POST', '/v1/blueprints', webApp);
  });

  afterAll(() => service.stop());

  it('provisions, stops, starts, restarts and uninstalls', async () => {
    const { instance, operation } = await service.ask('PUT', '/v1/tenants/acme/instances/main', {
      blueprint: 'web-app',
    });
    const id = instance?.id ?? '';
    expect(instance?.status).toBe('provisioning');
    expect((await service.ended(operation)).error).toBeNull();
    expect(await service.instance(id)).toMatchObject({
      status: 'running',
      observed: { ready_replicas: 2, replicas: 2, revision: 1 },
      drift: { state: 'none' },
    });

    const stop = await service.ended((await service.ask('POST', `/v1/instances/${id}/stop`)).operation);
    expect(stop.status).toBe('succeeded');
    expect(await service.instance(id)).toMatchObject({ status: 'stopped', desired_state: 'stopped' });
    expect(await service.kubectl('get', 'pods', '--namespace', 't-acme-main', '--output', 'name')).toBe('');

    await service.ended((await service.ask('POST', `/v1/instances/${id}/start`)).operation);
    expect(await service.instance(id)).toMatchObject({ status: 'running', observed: { ready_replicas: 2 } });

    const before = await service.kubectl('get', 'pods', '--namespace', 't-acme-main', '--output', 'name');
    await service.ended((await service.ask('POST', `/v1/instances/${id}/restart`)).operation);
    expect(await service.instance(id)).toMatchObject({
      status: 'running',
      observed: { ready_replicas: 2, replicas: 2 },
    });
    const after = await service.kubectl('get', 'pods', '--namespace', 't-acme-main', '--output', 'name');
    expect(after.split('\n').filter((pod) => before.includes(pod))).toEqual([]);

    const gone = await service.ended((await service.ask('DELETE', `/v1/instances/${id}`)).operation);
    expect(gone).toMatchObject({ status: 'succeeded', error: null });
    expect(await service.instance(id)).toMatchObject({ status: 'deprovisioned', desired_state: 'absent' });
    expect(await service.kubectl('get', 'namespaces', '--output', 'name')).not.toContain('t-acme-main');
  });

  it('uninstalls once when asked twice at once, and puts nothing meanwhile', async () => {
    const { instance, operation } = await service.ask('PUT', '/v1/tenants/acme/instances/twice', {
      blueprint: 'web-app',
    });
    await service.ended(operation);
    const path = `/v1/instances/${instance?.id}`;
    const [one, other] = await Promise.all([service.ask('DELETE', path), service.ask('DELETE', path)]);
    expect(one.operation?.id).toBe(other.operation?.id);
    const put = await service.request('PUT', '/v1/tenants/acme/instances/twice', { blueprint: 'web-app' });
    expect([put.status, put.body]).toEqual([
      409,
      expect.objectContaining({ code: 'operation_in_progress', operation_id: one.operation?.id }),
    ]);
    expect(await service.ended(one.operation)).toMatchObject({ status: 'succeeded' });
    const again = await service.ask('PUT', '/v1/tenants/acme/instances/twice', { blueprint: 'web-app' });
    expect(again.instance?.id).toBe(instance?.id);
    expect(await service.ended(again.operation)).toMatchObject({ kind: 'create', status: 'succeeded' });
  });

  it('ends an operation on the plan that it began with, and takes a new plan with the next', async () => {
    await service.request('POST', '/v1/tenants', { slug: 'grows', name: 'Grows', plan: 'free' });
    const cpu = (): Promise<string> =>
      service.kubectl(
        'get',
        'resourcequota',
        '--namespace',
        't-grows-main',
        '--output',
        'jsonpath={..spec.hard.limits\\.cpu}',
      );
    const { instance, operation } = await service.ask('PUT', '/v1/tenants/grows/instances/main', {
      blueprint: 'web-app',
      values: { image: { repository: 'registry.example/app', tag: 'slow-start' } },
    });
    await service.until('the quota is there', async () => (await cpu().catch(() => '')) || undefined);
    const changed = await service.request('PATCH', '/v1/tenants/grows', { plan: 'professional' });
    expect([changed.status, changed.body]).toEqual([200, expect.objectContaining({ plan: 'professional' })]);
    expect(await service.ended(operation)).toMatchObject({ status: 'succeeded' });
    expect(await cpu()).toBe('500m');
    await service.ended((await service.ask('POST', `/v1/instances/${instance?.id}/repair`)).operation);
    expect(await cpu()).toBe('2');
  });

  it('makes one instance and one release at revision 1 of fifty equal requests at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => service.ask('PUT', '/v1/tenants/acme/instances/many', { blueprint: 'web-app' })),
    );
    expect(new Set(answers.map(({ instance }) => instance?.id)).size).toBe(1);
    expect(new Set(answers.map(({ operation }) => operation?.id)).size).toBe(1);
    await service.ended(answers[0]?.operation);
    const releases = await service.kubectl(
      'get',
      'secrets',
      '--namespace',
      't-acme-many',
      '--selector',
      'owner=helm',
      '--output',
      'name',
    );
    expect(releases).toBe('secret/sh.helm.release.v1.many.v1');
    expect((await service.request('PUT', '/v1/tenants/acme/instances/many', { blueprint: 'web-app' })).status).toBe(
      200,
    );
  });
});
