import { join } from 'node:path';
import { startTestService, type TestService } from '../setup/test-service.js';

const webApp = { path: 'helm/blueprints/web-app' };
const fixture = (name: string) => ({ path: join('test', 'fixtures', 'charts', name) });
const image = (tag: string) => ({ image: { repository: 'registry.example/app', tag } });

describe('when something goes wrong', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
    await service.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme', plan: 'professional' });
    const quick = { timeout_seconds: 2, deadline_seconds: 4 };
    await service.request('POST', '/v1/blueprints', { name: 'quick', chart: webApp, readiness: quick });
    await service.request('POST', '/v1/blueprints', { name: 'patient', chart: webApp });
    await service.request('POST', '/v1/blueprints', { name: 'never-renders', chart: fixture('never-renders') });
    await service.request('POST', '/v1/blueprints', { name: 'bad-manifest', chart: fixture('bad-manifest') });
  });

  afterAll(() => service.stop());

  async function put(name: string, blueprint: string, values: object = {}) {
    const { instance, operation } = await service.ask('PUT', `/v1/tenants/acme/instances/${name}`, {
      blueprint,
      values,
    });
    return { id: instance?.id ?? '', operation };
  }

  it('a create whose pods crash ends in error, with the last words of the log', async () => {
    const { id, operation } = await put('crashes', 'quick', image('crash'));
    const ended = await service.ended(operation);
    expect(ended).toMatchObject({
      status: 'failed',
      error: { code: 'readiness_timeout', message: expect.stringContaining('Error: ') },
    });
    expect(await service.instance(id)).toMatchObject({ status: 'error', status_reason: 'readiness_timeout' });
  });

  it('a create whose image cannot be pulled says so', async () => {
    const { operation } = await put('no-image', 'quick', image('pull-fail'));
    const { error } = await service.ended(operation);
    expect(error).toMatchObject({ code: 'readiness_timeout', message: expect.stringMatching(/pull/i) });
  });

  it('an upgrade whose pods crash goes back to the last revision, and the instance asks for that again', async () => {
    const { id, operation } = await put('goes-back', 'patient', { replicas: 2 });
    await service.ended(operation);
    const before = await service.instance(id);
    const upgrade = await service.ended(
      (await put('goes-back', 'patient', { replicas: 2, ...image('crash') })).operation,
    );
    expect(upgrade).toMatchObject({
      kind: 'upgrade',
      status: 'failed',
      error: { code: 'crash_loop', message: expect.stringContaining('Error: ') },
    });
    const after = await service.instance(id);
    expect(after).toMatchObject({
      status: 'running',
      values: before.values,
      observed: { ready_replicas: 2 },
      drift: { state: 'none' },
    });
    expect((await service.request('POST', `/v1/instances/${id}/drift/check`)).body).toMatchObject({ state: 'none' });
    expect(upgrade.steps.map((step) => step.name)).toContain('roll_back_release');
  });

  it('an upgrade that breaks a StatefulSet goes back too, although its pods do not replace themselves', async () => {
    await service.request('POST', '/v1/blueprints', {
      name: 'stateful',
      chart: fixture('stateful-app'),
      pod_security: 'baseline',
      resources_by_plan: { professional: { cpu: '4', memory: '8Gi' } },
    });
    const { id, operation } = await put('stateful', 'stateful');
    expect(await service.ended(operation)).toMatchObject({ status: 'succeeded' });
    const broken = await put('stateful', 'stateful', { database: { image: 'registry.example/app/db:crash' } });
    expect(await service.ended(broken.operation)).toMatchObject({ status: 'failed', error: { code: 'crash_loop' } });
    expect(await service.instance(id)).toMatchObject({ status: 'running', drift: { state: 'none' } });
  });

  it('an upgrade of a stopped instance leaves it stopped', async () => {
    const { id, operation } = await put('sleeps', 'patient', { replicas: 2 });
    await service.ended(operation);
    await service.ended((await service.ask('POST', `/v1/instances/${id}/stop`)).operation);
    expect(await service.ended((await put('sleeps', 'patient', { replicas: 3 })).operation)).toMatchObject({
      status: 'succeeded',
    });
    expect(await service.instance(id)).toMatchObject({ status: 'stopped', observed: { replicas: 0 } });
    await service.ended((await service.ask('POST', `/v1/instances/${id}/start`)).operation);
    expect(await service.instance(id)).toMatchObject({ status: 'running', observed: { ready_replicas: 3 } });
  });

  it('a namespace that is not ours is left untouched', async () => {
    await service.kubectl('create', 'namespace', 't-acme-foreign');
    const { operation } = await put('foreign', 'patient');
    expect(await service.ended(operation)).toMatchObject({ status: 'failed', error: { code: 'conflict' } });
    expect(
      await service.kubectl('get', 'all,secrets,resourcequotas', '--namespace', 't-acme-foreign', '--output', 'name'),
    ).toBe('');
  });

  it('an uninstall stops a create that runs, and undoes it', async () => {
    const { id, operation } = await put('cut-short', 'patient', image('never-ready'));
    await service.until('the release is there', async () => {
      const secrets = await service
        .kubectl('get', 'secrets', '--namespace', 't-acme-cut-short', '--selector', 'owner=helm', '--output', 'name')
        .catch(() => '');
      return secrets === '' ? undefined : true;
    });
    const uninstall = await service.ended((await service.ask('DELETE', `/v1/instances/${id}`)).operation);
    expect(uninstall).toMatchObject({ status: 'succeeded' });
    expect(await service.ended(operation)).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } });
    expect(await service.instance(id)).toMatchObject({ status: 'deprovisioned' });
    expect(await service.kubectl('get', 'namespaces', '--output', 'name')).not.toContain('cut-short');
  });

  it('an uninstall of something already gone is success', async () => {
    const { id, operation } = await put('gone', 'patient');
    await service.ended(operation);
    await service.kubectl('delete', 'namespace', 't-acme-gone');
    expect(await service.ended((await service.ask('DELETE', `/v1/instances/${id}`)).operation)).toMatchObject({
      status: 'succeeded',
    });
  });

  it('a finalizer that blocks an uninstall is named, and the uninstall can be asked for again', async () => {
    const { id, operation } = await put('held', 'quick');
    await service.ended(operation);
    await service.kubectl('create', 'configmap', 'holder', '--namespace', 't-acme-held');
    await service.kubectl(
      'patch',
      'configmap',
      'holder',
      '--namespace',
      't-acme-held',
      '--type=merge',
      '--patch={"metadata":{"finalizers":["example.com/hold"]}}',
    );
    const blocked = await service.ended((await service.ask('DELETE', `/v1/instances/${id}`)).operation);
    expect(blocked).toMatchObject({
      status: 'failed',
      error: { code: 'namespace_terminating', message: expect.stringContaining('example.com/hold') },
    });
    expect(await service.instance(id)).toMatchObject({ status: 'error' });
    await service.kubectl(
      'patch',
      'configmap',
      'holder',
      '--namespace',
      't-acme-held',
      '--type=json',
      '--patch=[{"op":"remove","path":"/metadata/finalizers"}]',
    );
    expect(await service.ended((await service.ask('DELETE', `/v1/instances/${id}`)).operation)).toMatchObject({
      status: 'succeeded',
    });
  });

  it('a chart that does not render, or that the cluster refuses, says why', async () => {
    const first = await put('unrendered', 'never-renders');
    expect(await service.ended(first.operation)).toMatchObject({
      status: 'failed',
      error: { code: 'render_failed', retryable: false },
    });
    const second = await put('refused', 'bad-manifest');
    expect(await service.ended(second.operation)).toMatchObject({ status: 'failed', error: { code: 'render_failed' } });
  });

  it('a cluster that goes away in the middle pauses the work, and it goes on', async () => {
    const { id, operation } = await put('paused', 'patient', image('slow-start'));
    await service.until('the release is there', async () => {
      const secrets = await service
        .kubectl('get', 'secrets', '--namespace', 't-acme-paused', '--selector', 'owner=helm', '--output', 'name')
        .catch(() => '');
      return secrets === '' ? undefined : true;
    });
    await service.cluster.pause();
    await service.until('the operation waits for the cluster', async () => {
      const { steps } = await service.operation(operation?.id ?? '');
      return steps.some((step) => step.name === 'wait_for_cluster') ? true : undefined;
    });
    await service.cluster.resume();
    expect(await service.ended(operation)).toMatchObject({ status: 'succeeded' });
    expect(await service.instance(id)).toMatchObject({ status: 'running' });
  });
});

describe('without a program', () => {
  it.each([
    ['HELM_BIN', 'helm_missing'],
    ['KUBECTL_BIN', 'kubectl_missing'],
  ])('%s pointing nowhere fails operations with %s and makes nothing', async (variable, code) => {
    const service = await startTestService({ [variable]: '/nowhere/program' });
    try {
      await service.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme' });
      await service.request('POST', '/v1/blueprints', { name: 'web-app', chart: webApp });
      const { operation } = await service.ask('PUT', '/v1/tenants/acme/instances/main', { blueprint: 'web-app' });
      expect(await service.ended(operation)).toMatchObject({
        status: 'failed',
        error: { code, next_action: expect.stringContaining(variable) },
      });
      expect(service.cluster.store.list('/namespaces').map(({ metadata }) => metadata.name)).not.toContain(
        't-acme-main',
      );
    } finally {
      await service.stop();
    }
  });
});
