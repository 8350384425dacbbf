import { startTestService, type TestService } from '../setup/test-service.js';

const chart = { path: 'helm/blueprints/web-app' };

describe('drift between the database and the cluster', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
    await service.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme', plan: 'starter' });
    await service.request('POST', '/v1/blueprints', { name: 'warned', chart, values: { replicas: 2 } });
    await service.request('POST', '/v1/blueprints', {
      name: 'repaired',
      chart,
      values: { replicas: 2 },
      drift: { mode: 'repair' },
    });
  });

  afterAll(() => service.stop());

  async function running(name: string, blueprint: string): Promise<string> {
    const { instance, operation } = await service.ask('PUT', `/v1/tenants/acme/instances/${name}`, { blueprint });
    expect(await service.ended(operation)).toMatchObject({ status: 'succeeded' });
    return instance?.id ?? '';
  }

  async function drifted(id: string, reason: string) {
    return service.until(`${reason} is found`, async () => {
      const seen = await service.instance(id);
      return seen.drift.findings.some((finding) => finding.reason === reason) ? seen : undefined;
    });
  }

  it('is none after a create, on a fresh look', async () => {
    const id = await running('clean', 'warned');
    const { body } = await service.request('POST', `/v1/instances/${id}/drift/check`);
    expect(body).toMatchObject({ state: 'none', findings: [] });
  });

  it('is found when workloads are scaled to zero by hand, and repaired on request', async () => {
    const id = await running('scaled', 'warned');
    await service.kubectl('scale', 'deployment/scaled', '--replicas=0', '--namespace', 't-acme-scaled');
    expect(await drifted(id, 'replicas_changed')).toMatchObject({
      status: 'degraded',
      drift: {
        state: 'drifted',
        findings: [{ kind: 'Deployment', name: 'scaled', path: '/spec/replicas', expected: 2, actual: 0 }],
      },
    });
    await service.ended((await service.ask('POST', `/v1/instances/${id}/repair`)).operation);
    expect(await service.instance(id)).toMatchObject({
      status: 'running',
      observed: { ready_replicas: 2 },
      drift: { state: 'none', findings: [] },
    });
  });

  it('names who changed an image, and since when', async () => {
    const id = await running('image', 'warned');
    await service.kubectl(
      'set',
      'image',
      'deployment/image',
      'app=registry.example/other:2',
      '--namespace',
      't-acme-image',
    );
    const seen = await drifted(id, 'spec_changed');
    expect(seen.drift.findings).toEqual([
      expect.objectContaining({
        path: '/spec/template/spec/containers/app/image',
        actual: 'registry.example/other:2',
        changed_by: expect.stringMatching(/^kubectl-set at /),
      }),
    ]);
  });

  it('repairs by itself within seconds where the blueprint says so', async () => {
    const id = await running('self', 'repaired');
    await service.kubectl('scale', 'deployment/self', '--replicas=0', '--namespace', 't-acme-self');
    await service.until('both replicas are back', async () => {
      const replicas = await service.kubectl(
        'get',
        'deployment/self',
        '--namespace',
        't-acme-self',
        '--output',
        'jsonpath={.status.readyReplicas}',
      );
      return replicas === '2' ? true : undefined;
    });
    const seen = await service.until('the row says so', async () => {
      const now = await service.instance(id);
      return now.status === 'running' && now.drift.state === 'none' ? now : undefined;
    });
    expect(seen.observed).toMatchObject({ ready_replicas: 2 });
  });

  it('finds a release that was deleted by hand, and a repair installs it again', async () => {
    const id = await running('release', 'warned');
    await service.kubectl('delete', 'secret', '--selector', 'owner=helm', '--namespace', 't-acme-release');
    expect(await drifted(id, 'release_missing')).toMatchObject({ status: 'error' });
    await service.ended((await service.ask('POST', `/v1/instances/${id}/repair`)).operation);
    expect(await service.instance(id)).toMatchObject({ status: 'running', drift: { state: 'none' } });
  });

  it.each([
    ['release', ['delete', 'secret', '--selector', 'owner=helm', '--namespace']],
    ['namespace', ['delete', 'namespace']],
  ])('a start brings back the %s of a stopped instance that was deleted by hand', async (what, deletion) => {
    const id = await running(`no-${what}`, 'warned');
    await service.ended((await service.ask('POST', `/v1/instances/${id}/stop`)).operation);
    await service.kubectl(...deletion, `t-acme-no-${what}`);
    expect(await drifted(id, 'release_missing')).toMatchObject({ status: 'error', desired_state: 'stopped' });
    const started = await service.ended((await service.ask('POST', `/v1/instances/${id}/start`)).operation);
    expect(started).toMatchObject({ status: 'succeeded', error: null });
    expect(await service.instance(id)).toMatchObject({
      status: 'running',
      desired_state: 'running',
      observed: { ready_replicas: 2 },
      drift: { state: 'none', findings: [] },
    });
  });

  it('finds a workload that was deleted by hand', async () => {
    const id = await running('workload', 'warned');
    await service.kubectl('delete', 'deployment/workload', '--namespace', 't-acme-workload');
    expect(await drifted(id, 'workload_missing')).toMatchObject({ status: 'degraded' });
  });

  it('scans the fleet, corrects rows and reports namespaces that belong to nobody', async () => {
    await service.kubectl('create', 'namespace', 't-lost');
    await service.kubectl('label', 'namespace', 't-lost', 'tenantry.io/instance=nobody');
    const id = await running('wrong-row', 'warned');
    await service.database.sql(
      "update public.instances set status = 'error', status_reason = 'written by a test' where name = 'wrong-row'",
    );
    const { body, status } = await service.request('POST', '/v1/drift/scan');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      errors: 0,
      updates: expect.arrayContaining([
        expect.objectContaining({ instance_id: id, old_status: 'error', new_status: 'running' }),
      ]),
      orphans: [{ namespace: 't-lost', instance_id: 'nobody' }],
    });
    expect((await service.request('GET', '/v1/drift')).body).toMatchObject({ orphans: [{ namespace: 't-lost' }] });
    expect(await service.instance(id)).toMatchObject({ status: 'running' });
  });

  it('never touches a release whose row was uninstalled, and says that it is there', async () => {
    const id = await running('ghost', 'warned');
    await service.ended((await service.ask('DELETE', `/v1/instances/${id}`)).operation);
    await service.kubectl('create', 'namespace', 't-acme-ghost');
    await service.kubectl('label', 'namespace', 't-acme-ghost', `tenantry.io/instance=${id}`);
    await service.kubectl(
      'create',
      'secret',
      'generic',
      'sh.helm.release.v1.ghost.v1',
      '--namespace',
      't-acme-ghost',
      '--from-literal=release=x',
    );
    await service.kubectl(
      'label',
      'secret',
      'sh.helm.release.v1.ghost.v1',
      'owner=helm',
      'name=ghost',
      'status=deployed',
      'version=1',
      '--namespace',
      't-acme-ghost',
    );
    const { body } = await service.request('POST', `/v1/instances/${id}/drift/check`);
    expect(body).toMatchObject({ state: 'drifted', findings: [{ reason: 'orphan_release' }] });
    expect(await service.instance(id)).toMatchObject({ status: 'deprovisioned' });
  });
});
