import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BlueprintSpec, blueprintSpec } from '../../../src/provisioner/blueprints/blueprint.js';
import { BlueprintsService } from '../../../src/provisioner/blueprints/blueprints.service.js';
import { ChartPaths } from '../../../src/provisioner/blueprints/chart-paths.service.js';
import { ProvisionerConfig, provisionerEnvironment } from '../../../src/provisioner/provisioner.config.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { encryptionKey, type Services, servicesOn, shop } from '../../setup/provisioner-services.js';
import { operator } from '../../setup/provisioning.js';

describe('blueprints', () => {
  let test: TestDatabase;
  let services: Services;
  const spec = (parts: object = {}): BlueprintSpec => blueprintSpec.parse({ ...shop, ...parts });

  beforeAll(async () => {
    test = await createTestDatabase();
    services = await servicesOn(test);
  });
  afterAll(() => test.drop());

  it('get a new version with each publication, also of the same', async () => {
    const { blueprints } = services;
    const versions = [];
    for (let n = 0; n < 3; n += 1)
      versions.push((await blueprints.publish(spec({ name: 'counted' }), operator)).version);
    expect(versions).toEqual([1, 2, 3]);
    expect((await blueprints.get('counted', undefined)).version).toBe(3);
    expect(await blueprints.get('counted', 2)).toMatchObject({ ...spec({ name: 'counted' }), version: 2 });
  });

  it('published by many at once get versions without gap', async () => {
    const published = await Promise.all(
      Array.from({ length: 12 }, () => services.blueprints.publish(spec({ name: 'raced' }), operator)),
    );
    expect(published.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 12 }, (_, n) => n + 1),
    );
  });

  it('leave a trail, and no event', async () => {
    const traces = await services.world.tracesOf(() =>
      services.blueprints.publish(spec({ name: 'trailed' }), operator),
    );
    expect(traces).toEqual({ audit: ['blueprint.publish'], outbox: [] });
    expect(await test.sql('select resource_id from public.audit_log order by id desc limit 1')).toEqual([
      { resource_id: 'trailed@1' },
    ]);
  });

  it('that the product brings along get a new version only when they differ from the newest', async () => {
    const { blueprints } = services;
    const document = { ...shop, name: 'brought' };
    const traces = await services.world.tracesOf(async () => {
      await blueprints.register(document);
      await Promise.all([blueprints.register(document), blueprints.register(document)]);
    });
    expect(traces.audit).toEqual(['blueprint.publish']);
    expect((await blueprints.register({ ...document, values: { replicas: 2 } })).version).toBe(2);
    expect((await blueprints.register(document)).version).toBe(3);
  });

  it('are found by name and version, or not', async () => {
    const missing = { kind: 'not_found', code: 'blueprint_not_found' };
    await expect(services.blueprints.get('nothing', undefined)).rejects.toMatchObject(missing);
    await expect(services.blueprints.get('shop', 99)).rejects.toMatchObject(missing);
    expect(await services.blueprints.find('shop', 99)).toBeUndefined();
  });

  it('are listed by name, the newest version of each, page by page', async () => {
    const names: string[] = [];
    for (let after: string | undefined; ; after = names.at(-1)) {
      const page = await services.blueprints.list(2, after);
      names.push(...page.map(({ name }) => name));
      if (page.length < 2) break;
    }
    expect(names).toEqual([...new Set(names)].sort());
    await services.blueprints.publish(spec({ name: 'listed' }), operator);
    await services.blueprints.publish(spec({ name: 'listed' }), operator);
    const listed = (await services.blueprints.list(200, undefined)).filter(({ name }) => name === 'listed');
    expect(listed).toMatchObject([{ version: 2 }]);
  });

  it('with faults are refused with all of them, and nothing is published', async () => {
    const before = await services.world.everything();
    const faulty = spec({
      name: 'faulty',
      chart: { path: 'test/fixtures/charts/none' },
      values: { tenantry: {}, secrets: { KEY: 'not for a default' } },
    });
    await expect(services.blueprints.publish(faulty, operator)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'validation_failed',
      faults: [
        { pointer: '/chart/path', message: 'there is no chart at this path' },
        { pointer: '/values/secrets/KEY', message: 'a secret cannot have a default' },
        { pointer: '/values/tenantry', message: 'is reserved' },
      ],
    });
    const schema = spec({ name: 'faulty', values_schema: { type: 'nonsense' } });
    await expect(services.blueprints.publish(schema, operator)).rejects.toMatchObject({
      faults: [{ pointer: '/values_schema' }],
    });
    const hostname = { value: '/ingress/host', template: '{region}.{instance}.test' };
    await expect(services.blueprints.publish(spec({ name: 'faulty', hostname }), operator)).rejects.toMatchObject({
      faults: [{ pointer: '/hostname/template', message: expect.stringContaining('DNS name') }],
    });
    const values = { ingress: { host: '*.test' } };
    await expect(services.blueprints.publish(spec({ name: 'faulty', values }), operator)).rejects.toMatchObject({
      faults: [{ pointer: '/values/ingress/host', message: expect.stringContaining('wildcard') }],
    });
    expect(await services.world.everything()).toEqual(before);
  });

  it.each(['', '***'])('may leave a secret open with the default %j only where it is empty', async (value) => {
    const opened = services.blueprints.publish(spec({ name: 'open', values: { secrets: { KEY: value } } }), operator);
    const outcome = await opened.then(
      () => 'published',
      () => 'refused',
    );
    expect(outcome).toBe(value === '' ? 'published' : 'refused');
  });

  describe('with charts confined to a directory', () => {
    let root: string;
    let confined: BlueprintsService;

    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'tenantry-charts-'));
      for (const place of ['charts/web', 'elsewhere']) {
        await mkdir(join(root, place), { recursive: true });
        await writeFile(join(root, place, 'Chart.yaml'), 'name: web\n');
      }
      await symlink(join(root, 'elsewhere'), join(root, 'charts', 'link'));
      await mkdir(join(root, 'charts', '..hidden'));
      await writeFile(join(root, 'charts', '..hidden', 'Chart.yaml'), 'name: web\n');
      const environment = provisionerEnvironment.parse({ TENANTRY_CHARTS_DIR: join(root, 'charts') });
      const charts = new ChartPaths(new ProvisionerConfig(environment, [encryptionKey]));
      confined = new BlueprintsService(services.world.blueprints, charts);
    });
    afterAll(() => rm(root, { recursive: true }));

    it.each<[string, string, string | undefined]>([
      ['inside, relative', 'web', undefined],
      ['inside, with dots in its name', '..hidden', undefined],
      ['outside, by dots', '../elsewhere', 'lies outside TENANTRY_CHARTS_DIR'],
      ['outside, through a link', 'link', 'lies outside TENANTRY_CHARTS_DIR'],
      ['the directory itself', '.', 'there is no chart at this path'],
      ['nowhere', 'none', 'there is no chart at this path'],
    ])('take one %s, or not', async (_what, path, message) => {
      const published = confined.publish(spec({ name: 'confined', chart: { path } }), operator);
      const faults = await published.then(
        () => undefined,
        (error: { faults?: unknown }) => error.faults,
      );
      expect(faults).toEqual(message === undefined ? undefined : [{ pointer: '/chart/path', message }]);
    });

    it.each([
      [{ repository: 'https://charts.example.com/stable', name: 'web' }, undefined],
      [{ repository: 'https://CHARTS.example.com', name: 'web' }, undefined],
      [{ oci: 'oci://Registry.example.com:5000/web' }, undefined],
      [{ repository: 'https://charts.example.com:8443', name: 'web' }, '/chart/repository'],
      [{ repository: 'https://charts.example.com.evil.test', name: 'web' }, '/chart/repository'],
      [{ repository: 'http://169.254.169.254/latest', name: 'web' }, '/chart/repository'],
      [{ oci: 'oci://registry.example.com/web' }, '/chart/oci'],
    ])('take one from a host of a list, or not: %j', async (chart, pointer) => {
      const environment = provisionerEnvironment.parse({
        TENANTRY_CHART_HOSTS: 'charts.example.com,registry.example.com:5000',
      });
      const charts = new ChartPaths(new ProvisionerConfig(environment, [encryptionKey]));
      const listed = new BlueprintsService(services.world.blueprints, charts);
      const faults = await listed
        .publish(spec({ name: 'listed', chart: { ...chart, version: '1.2.3' } }), operator)
        .then(
          () => undefined,
          (error: { faults?: unknown }) => error.faults,
        );
      const message = 'is not at a host of TENANTRY_CHART_HOSTS';
      expect(faults).toEqual(pointer === undefined ? undefined : [{ pointer, message }]);
    });

    it('take an absolute path inside, and none outside', async () => {
      const publish = (path: string): Promise<unknown> =>
        confined.publish(spec({ name: 'confined', chart: { path } }), operator);
      await expect(publish(join(root, 'charts', 'web'))).resolves.toMatchObject({ name: 'confined' });
      await expect(publish(join(root, 'elsewhere'))).rejects.toMatchObject({ code: 'validation_failed' });
    });
  });
});
