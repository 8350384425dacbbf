import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Ajv, type AnySchemaObject } from 'ajv';
import { parse } from 'yaml';

import { ChartHelm, REPOSITORY } from '../../charts/chart-helm.js';
import { blueprintSpec } from '../../../src/provisioner/blueprints/blueprint.js';
import { RESERVED } from '../../charts/charts.js';
import { deploymentPod, only, type Manifest } from '../../charts/manifest-pods.js';

const CHART = 'helm/blueprints/web-app';
let helm: ChartHelm;
let helm3: ChartHelm;

beforeAll(async () => {
  [helm, helm3] = await Promise.all([ChartHelm.open('v34'), ChartHelm.open('v32')]);
});
afterAll(() => Promise.all([helm.close(), helm3.close()]));

async function rendered(values: Record<string, unknown> = {}, release = 'acme'): Promise<Manifest[]> {
  const answer = await helm.template(CHART, { values, release });
  expect(answer.stderr).toBe('');
  return answer.objects;
}

function annotationsOf(objects: readonly Manifest[]): Record<string, string> {
  return deploymentPod(objects).metadata?.annotations ?? {};
}

describe('what the web-app chart makes', () => {
  it('makes four objects, and an Ingress only for a host', async () => {
    const kinds = ['ServiceAccount', 'ConfigMap', 'Service', 'Deployment'];
    expect((await rendered()).map(({ kind }) => kind)).toEqual(kinds);
    const objects = await rendered({ host: 'shop.example.com' });
    expect(objects.map(({ kind }) => kind)).toEqual([...kinds, 'Ingress']);
    expect(only(objects, 'Ingress').spec).toMatchObject({ rules: [{ host: 'shop.example.com' }] });
  });

  it('puts the label of the instance on every object and on its pods, and no label without one', async () => {
    const objects = await rendered({ host: 'shop.example.com', tenantry: RESERVED });
    const labels = [...objects.map(({ metadata }) => metadata), deploymentPod(objects).metadata].map(
      (at) => at?.labels,
    );
    expect(new Set(labels.map((at) => at?.['tenantry.io/instance']))).toEqual(new Set([RESERVED.instanceId]));
    expect(JSON.stringify(await rendered())).not.toContain('tenantry.io/instance');
  });

  it('selects its pods by labels that no upgrade changes', async () => {
    const selector = { 'app.kubernetes.io/name': 'web-app', 'app.kubernetes.io/instance': 'acme' };
    const objects = await rendered({ tenantry: RESERVED });
    expect(only(objects, 'Deployment').spec?.['selector']).toEqual({ matchLabels: selector });
    expect(only(objects, 'Service').spec?.['selector']).toEqual(selector);
    expect(Object.keys(deploymentPod(objects).metadata?.labels ?? {})).not.toContain('helm.sh/chart');
  });

  it('gives the pod the environment, with what Tenantry says of the instance last', async () => {
    const objects = await rendered({ env: { A: '1', PORT: 'mine' }, tenantry: RESERVED });
    expect(only(objects, 'ConfigMap').data).toEqual({
      A: '1',
      PORT: '9898',
      TENANTRY_INSTANCE: RESERVED.instanceId,
      TENANTRY_TENANT: 'acme',
      TENANTRY_PLAN: 'starter',
    });
    expect(deploymentPod(objects).spec.containers[0]?.envFrom).toEqual([
      { configMapRef: { name: 'acme' } },
      { secretRef: { name: RESERVED.secrets.name } },
    ]);
  });

  it('rolls the pods when a setting or a secret changes, and not otherwise', async () => {
    const base = annotationsOf(await rendered({ env: { A: '1', B: '2' }, tenantry: RESERVED }));
    expect(base['checksum/secrets']).toBe(RESERVED.secrets.hash);
    expect(annotationsOf(await rendered({ env: { B: '2', A: '1' }, tenantry: RESERVED }))).toEqual(base);
    expect(annotationsOf(await rendered({ env: { A: '1', B: '3' }, tenantry: RESERVED }))).not.toEqual(base);
    const changed = { ...RESERVED, secrets: { ...RESERVED.secrets, hash: 'another' } };
    expect(annotationsOf(await rendered({ env: { A: '1', B: '2' }, tenantry: changed }))).toEqual({
      ...base,
      'checksum/secrets': 'another',
    });
  });

  it.each([
    ['secrets are null', { ...RESERVED, secrets: null }],
    ['secrets are absent', { instanceId: 'i', tenant: 'acme', plan: 'free' }],
    ['the reserved key is null', null],
  ])('names no secret when %s', async (_, tenantry) => {
    const objects = await rendered({ tenantry });
    expect(deploymentPod(objects).spec.containers[0]?.envFrom).toEqual([{ configMapRef: { name: 'acme' } }]);
    expect(annotationsOf(objects)).not.toHaveProperty('checksum/secrets');
  });

  it('pulls with the secret of the tenant when there is one', async () => {
    const objects = await rendered({ tenantry: { ...RESERVED, imagePullSecret: 'acme-registry' } });
    expect(deploymentPod(objects).spec.imagePullSecrets).toEqual([{ name: 'acme-registry' }]);
    expect(deploymentPod(await rendered()).spec).not.toHaveProperty('imagePullSecrets');
  });

  it.each([
    ['acme', 'acme'],
    ['1st', 'app-1st'],
    ['a.b', 'a-b'],
  ])('names the objects of release %s %s, which a Service may be called', async (release, name) => {
    const objects = await rendered({}, release);
    expect(new Set(objects.map(({ metadata }) => metadata.name))).toEqual(new Set([name]));
  });

  it('renders no replicas, for an instance that is stopped by its values', async () => {
    expect(only(await rendered({ replicas: 0 }), 'Deployment').spec?.['replicas']).toBe(0);
  });
});

describe('what the web-app chart refuses', () => {
  it.each<[string, Record<string, unknown>]>([
    ['/replicas', { replicas: '2' }],
    ['/replicas', { replicas: -1 }],
    ['/image/repository', { image: { repository: 'UPPER case' } }],
    ['/image/repository', { image: { repository: 'a\n      hostNetwork: true' } }],
    ['/image/tag', { image: { tag: '{{ .Release.Name }}' } }],
    ['/env/A', { env: { A: 1 } }],
    ['/env', { env: { 'A B': 'x' } }],
    ['/env/TENANTRY_PLAN', { env: { TENANTRY_PLAN: 'enterprise' } }],
    ['/host', { host: 'shop.example.com/path' }],
    ['/host', { host: '*.example.com' }],
    ['/resources/limits/cpu', { resources: { limits: { cpu: 'much' } } }],
    ['/resources', { resources: { claims: [] } }],
    ['/port', { port: 80 }],
    ['/probes/livenessPath', { probes: { livenessPath: 'healthz' } }],
    ['/runAsUser', { runAsUser: 0 }],
    ['/secrets', { secrets: { TOKEN: 'in clear' } }],
    ['/tenantry/secrets', { tenantry: { secrets: { name: 'a' } } }],
    ['/tenantry', { tenantry: { cluster: 'x' } }],
    ['', { securityContext: { privileged: true } }],
  ])('names %s for %j', async (pointer, values) => {
    const four = await helm.template(CHART, { values });
    expect(four.exitCode).toBe(1);
    expect(four.stderr).toContain(`at '${pointer}'`);
    const three = await helm3.template(CHART, { values });
    expect(three.exitCode).toBe(1);
    expect(three.stderr).toContain(`- ${pointer === '' ? '(root)' : pointer.slice(1).replaceAll('/', '.')}: `);
  });

  it('does not repeat a secret that was passed by mistake', async () => {
    const answer = await helm.template(CHART, { values: { secrets: { TOKEN: 'hunter2' } } });
    expect(answer.stderr + answer.stdout).not.toContain('hunter2');
  });
});

interface Blueprint {
  readonly chart: { readonly path: string };
  readonly values: Record<string, unknown>;
  readonly values_schema: AnySchemaObject & { readonly properties: Record<string, AnySchemaObject> };
}

describe.each([`${CHART}/blueprint.json`, 'test/fixtures/charts/stateful-app/blueprint.json'])('%s', (path) => {
  let blueprint: Blueprint;
  let chartSchema: Blueprint['values_schema'];

  beforeAll(async () => {
    blueprint = await json<Blueprint>(path);
    chartSchema = await json(`${blueprint.chart.path}/values.schema.json`);
  });

  it('has a schema without warnings, and defaults that it allows', () => {
    const validate = new Ajv({ strict: true, allErrors: true }).compile(blueprint.values_schema);
    expect([validate(blueprint.values), validate.errors]).toEqual([true, null]);
  });

  it('is a body that POST /v1/blueprints takes, and nothing in it is lost', () => {
    expect(blueprintSpec.parse(blueprint)).toMatchObject(blueprint);
  });

  it('renders with its defaults and the reserved key', async () => {
    const answer = await helm.template(blueprint.chart.path, { values: { ...blueprint.values, tenantry: RESERVED } });
    expect(answer.stderr).toBe('');
  });

  it('lets a tenant set nothing the chart does not know', () => {
    const known = Object.keys(chartSchema.properties);
    expect(known).toEqual(expect.arrayContaining(Object.keys(blueprint.values_schema.properties)));
    expect(known).toContain('tenantry');
    expect(blueprint.values_schema.properties).not.toHaveProperty('tenantry');
  });

  it('marks every secret to be taken out, and refuses one that is no string', () => {
    expect(blueprint.values_schema.properties['secrets']?.['additionalProperties']).toMatchObject({
      type: 'string',
      writeOnly: true,
    });
    const validate = new Ajv().compile(blueprint.values_schema);
    expect(validate({ secrets: { TOKEN: 'x' } })).toBe(true);
    expect(validate({ secrets: { TOKEN: 1 } })).toBe(false);
  });
});

describe('the web-app blueprint beside its chart', () => {
  it('has the defaults of the chart', async () => {
    const blueprint = await json<Blueprint>(`${CHART}/blueprint.json`);
    const defaults: unknown = parse(await readFile(join(REPOSITORY, CHART, 'values.yaml'), 'utf8'));
    expect(defaults).toMatchObject(blueprint.values);
  });

  it('bounds replicas for tenants, and everything else as the chart does', async () => {
    const blueprint = await json<Blueprint>(`${CHART}/blueprint.json`);
    const chart = await json<Blueprint['values_schema']>(`${CHART}/values.schema.json`);
    const { replicas, secrets: _, ...same } = blueprint.values_schema.properties;
    expect(replicas).toMatchObject({ minimum: 1, maximum: 10 });
    expect(chart.properties).toMatchObject(same);
  });
});

async function json<T>(path: string): Promise<T> {
  const parsed: T = JSON.parse(await readFile(join(REPOSITORY, path), 'utf8'));
  return parsed;
}
