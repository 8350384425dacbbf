import { gunzipSync } from 'node:zlib';
import { startTestService, type TestService } from '../setup/test-service.js';

const canary = 'canary-5f0c1b7e';

describe('a secret value', () => {
  let service: TestService;
  let id: string;

  beforeAll(async () => {
    service = await startTestService();
    await service.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme', plan: 'starter' });
    const { default: blueprint } = await import('../../helm/blueprints/web-app/blueprint.json', {
      with: { type: 'json' },
    });
    await service.request('POST', '/v1/blueprints', blueprint);
    const { instance, operation } = await service.ask('PUT', '/v1/tenants/acme/instances/main', {
      blueprint: 'web-app',
      values: { secrets: { API_TOKEN: canary } },
    });
    id = instance?.id ?? '';
    await service.ended(operation);
  });

  afterAll(() => service.stop());

  it('reaches the pods through a Secret of ours', async () => {
    const stored = await service.kubectl(
      'get',
      'secret/tenantry-values',
      '--namespace',
      't-acme-main',
      '--output',
      'jsonpath={.data.API_TOKEN}',
    );
    expect(Buffer.from(stored, 'base64').toString()).toBe(canary);
    expect(await service.kubectl('get', 'deployment/main', '--namespace', 't-acme-main', '--output', 'yaml')).toContain(
      'name: tenantry-values',
    );
  });

  it('is in no answer', async () => {
    expect((await service.instance(id)).values).toEqual({ secrets: { API_TOKEN: '***' } });
    for (const path of [
      `/v1/instances/${id}`,
      '/v1/instances',
      '/v1/operations',
      `/v1/instances/${id}/drift`,
      '/v1/admin/status',
      '/metrics',
    ]) {
      const answer = await fetch(`${service.url}${path}`, {
        headers: { authorization: `Bearer test-operator-key-0123456789-abcdefghij` },
      });
      expect(await answer.text()).not.toContain(canary);
    }
  });

  it('is nowhere in the database in clear', async () => {
    const tables = await service.database.sql<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    );
    for (const { name } of tables) {
      const rows = await service.database.sql(`select * from public.${name}`);
      expect(JSON.stringify(rows)).not.toContain(canary);
    }
  });

  it('is not in the release', async () => {
    const stored = await service.kubectl(
      'get',
      'secret/sh.helm.release.v1.main.v1',
      '--namespace',
      't-acme-main',
      '--output',
      'jsonpath={.data.release}',
    );
    const record = gunzipSync(Buffer.from(Buffer.from(stored, 'base64').toString(), 'base64')).toString();
    expect(record).toContain('tenantry-values');
    expect(record).not.toContain(canary);
  });

  it('stays when it comes back masked, and rolls the pods when it changes', async () => {
    const same = await service.request('PUT', '/v1/tenants/acme/instances/main', {
      blueprint: 'web-app',
      values: { secrets: { API_TOKEN: '***' } },
    });
    expect(same.status).toBe(200);
    const before = await service.kubectl('get', 'pods', '--namespace', 't-acme-main', '--output', 'name');
    const changed = await service.ask('PUT', '/v1/tenants/acme/instances/main', {
      blueprint: 'web-app',
      values: { secrets: { API_TOKEN: `${canary}-2` } },
    });
    expect(await service.ended(changed.operation)).toMatchObject({ kind: 'upgrade', status: 'succeeded' });
    expect(await service.kubectl('get', 'pods', '--namespace', 't-acme-main', '--output', 'name')).not.toBe(before);
  });
});
