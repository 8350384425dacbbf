import * as fc from 'fast-check';

import type { Template } from '../../../src/kubernetes/helm.client.js';
import type { FailureCode } from '../../../src/kubernetes/failure.js';
import { textAt } from '../../../src/kubernetes/json-value.js';
import { LAYERS, realPrograms, WEB_CHART, type RealPrograms } from './real-programs.js';

const template: Template = { release: 'main', namespace: 'ns', chart: { path: WEB_CHART }, values: {} };

describe.each(LAYERS)('%s without a cluster', (_name, layer) => {
  let real: RealPrograms;

  beforeAll(() => {
    real = realPrograms(layer);
  });

  afterAll(() => real.close());

  async function echoed(echo: unknown): Promise<unknown> {
    const rendered = await real.helm.template({ ...template, values: { echo } });
    if (!rendered.ok) throw new Error(rendered.failure.message);
    const config = rendered.objects.find((object) => object.kind === 'ConfigMap');
    return JSON.parse(textAt(config, 'data', 'echo') ?? 'null');
  }

  test('renders objects', async () => {
    const rendered = await real.helm.template({ ...template, values: { replicas: 3, database: true } });
    expect(rendered).toMatchObject({ ok: true });
    const kinds = rendered.ok ? rendered.objects.map((object) => `${object.kind}/${object.metadata.name}`) : [];
    expect(kinds.sort()).toEqual(['ConfigMap/main', 'Deployment/main', 'Service/main', 'StatefulSet/main-db']);
  });

  test('takes values through as they are, whatever they hold', async () => {
    const nasty = {
      lines: 'a\nb: injected\n---\nkind: Secret',
      folded: 'a\u0085b\u2028c\u2029d\ufeffe',
      quotes: '"}\\", "b": "x',
      anchors: '*a &b !!binary <<',
      template: '{{ .Release.Name }}',
      emoji: '👍',
      numbers: [0, -1, 1.5, 123456789, 0.1],
      texts: ['yes', 'null', '1e3', '0644', '2026-11-20', '~', ''],
      nested: { deep: [{ a: null, b: true }] },
    };
    expect(await echoed(nasty)).toEqual({ ...nasty, nested: { deep: [{ b: true, a: null }] } });
  });

  test('takes control characters through, or refuses them, and never changes them', async () => {
    const rendered = await real.helm.template({ ...template, values: { echo: 'a\u0000\u0007\u007f\u009fb' } });
    // Helm 3 writes the values down as YAML to check them against a schema, and cannot read that again.
    const [config] = rendered.ok ? rendered.objects.filter((object) => object.kind === 'ConfigMap') : [];
    const came = rendered.ok ? textAt(config, 'data', 'echo') : rendered.failure.code;
    expect(came).toBe(layer === 'v34' ? JSON.stringify('a\u0000\u0007\u007f\u009fb') : 'values_invalid');
  });

  test('takes any text through as it is', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((value) => value.isWellFormed());
    const many = fc.sample(fc.array(text, { minLength: 50, maxLength: 50 }), { numRuns: 4, seed: 20261120 });
    for (const echo of many) expect(await echoed(echo)).toEqual(echo);
  });

  test.each<readonly [string, FailureCode, Partial<Template>]>([
    ['a value of a wrong type', 'values_invalid', { values: { replicas: 'x' } }],
    ['a value that the schema’s pattern refuses', 'values_invalid', { values: { image: 'BAD hunter2' } }],
    ['a required value that is missing', 'render_failed', { values: { broken: 'required' } }],
    ['a path through nothing', 'render_failed', { values: { broken: 'nil' } }],
    ['a template that renders no YAML', 'render_failed', { values: { broken: 'yaml' } }],
    ['a template that fails', 'render_failed', { values: { broken: 'function' } }],
    ['a chart that is not there', 'chart_not_found', { chart: { path: '/nowhere/chart' } }],
    ['a directory that is no chart', 'chart_not_found', { chart: { path: `${WEB_CHART}/templates` } }],
    ['a registry that is away', 'chart_not_found', { chart: { oci: 'oci://127.0.0.1:1/web' } }],
    [
      'a registry that is away, asked for a version',
      'chart_not_found',
      { chart: { oci: 'oci://127.0.0.1:1/web', version: '1.0.0' } },
    ],
    ['a repository that is away', 'chart_not_found', { chart: { repository: 'http://127.0.0.1:1', name: 'web' } }],
  ])('%s is %s', async (_what, code, change) => {
    const rendered = await real.helm.template({ ...template, ...change });
    expect(rendered).toMatchObject({ ok: false, failure: { code } });
    expect(JSON.stringify(rendered)).not.toContain('hunter2');
  });

  test('no cluster is cluster_unreachable', async () => {
    const { values, chart } = template;
    const install = { release: 'main', namespace: 'ns', chart, values, labels: {}, timeoutSeconds: 5 };
    expect(await real.helm.upgradeInstall(install)).toMatchObject({
      ok: false,
      failure: { code: 'cluster_unreachable', retryable: true },
    });
    expect(await real.kubectl.getAll('ns')).toMatchObject({ ok: false, failure: { code: 'cluster_unreachable' } });
  });
});
