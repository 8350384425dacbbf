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
