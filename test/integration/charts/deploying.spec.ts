import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'yaml';

import { ChartHelm, REPOSITORY } from '../../charts/chart-helm.js';
import { TENANTRY_VALUES } from '../../charts/charts.js';
import { argumentsOf, stagesOf } from '../../charts/dockerfile.js';
import { serverPod, only } from '../../charts/manifest-pods.js';

let text: string;
let helm: ChartHelm;

beforeAll(async () => {
  text = await readFile(join(REPOSITORY, 'docs/deploying.md'), 'utf8');
  helm = await ChartHelm.open('v34');
});
afterAll(() => helm.close());

function yamlBlocks(): Record<string, unknown>[] {
  return [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']): Record<string, unknown> => parse(block));
}

describe('docs/deploying.md', () => {
  it('shows values that the chart takes', async () => {
    const [values = {}] = yamlBlocks();
    const { objects, stderr } = await helm.template('helm/tenantry', { values });
    expect(stderr).toBe('');
    expect(objects.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['Ingress', 'PodDisruptionBudget']));
  });

  it('shows rights that the chart takes', async () => {
    const [, values = {}] = yamlBlocks();
    const { objects } = await helm.template('helm/tenantry', { values: { ...TENANTRY_VALUES, ...values } });
    expect(only(objects, 'ClusterRole').rules?.at(-1)?.apiGroups).toEqual(['cert-manager.io']);
  });

  it('makes a Secret with every key that the pods take from one', async () => {
    const { objects } = await helm.template('helm/tenantry', { values: TENANTRY_VALUES });
    const env = serverPod(objects).spec.containers[0]?.env ?? [];
    const keys = env
      .filter(({ valueFrom }) => JSON.stringify(valueFrom)?.includes('secretKeyRef'))
      .map(({ name }) => name);
    const [, made = ''] = /<<END\n([\s\S]*?)END/.exec(text) ?? [];
    expect([...made.matchAll(/^(\w+)=/gm)].map(([, name]) => name)).toEqual(keys);
  });

  it('names the versions that the image holds', async () => {
    const stages = stagesOf(await readFile(join(REPOSITORY, 'Dockerfile'), 'utf8'));
    const given = argumentsOf(stages.find(({ name }) => name === 'programs')?.instructions ?? []);
    expect(text).toContain(`helm ${given['HELM_VERSION'] ?? ''} and kubectl ${given['KUBECTL_VERSION'] ?? ''}`);
    expect(text).toContain(`NODE_IMAGE=${stages[0]?.from ?? ''}@sha256:`);
  });

  it('names files that are there', async () => {
    const paths = [...text.matchAll(/(?:^|[\s`@])((?:helm|supabase|docs)\/[\w./-]+\w)/gm)].map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(3);
    for (const path of new Set(paths)) expect(await firstOf(glob(path, { cwd: REPOSITORY }))).toBe(path);
  });
});

async function firstOf(paths: AsyncIterable<string>): Promise<string | undefined> {
  for await (const path of paths) return path;
  return undefined;
}
