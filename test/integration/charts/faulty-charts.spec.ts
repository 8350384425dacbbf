import { ChartHelm } from '../../charts/chart-helm.js';
import { RESERVED } from '../../charts/charts.js';
import { deploymentPod, only, podTemplateOf } from '../../charts/manifest-pods.js';

const CHARTS = 'test/fixtures/charts';

describe.each(['v34', 'v32'] as const)('charts that fail, under the helm of the registry layer %s', (layer) => {
  let helm: ChartHelm;

  beforeAll(async () => {
    helm = await ChartHelm.open(layer);
  });
  afterAll(() => helm.close());

  it('never-renders stops with the place of the fault and renders nothing', async () => {
    const answer = await helm.template(`${CHARTS}/never-renders`);
    expect(answer.exitCode).toBe(1);
    expect(answer.stdout).toBe('');
    expect(answer.stderr).toContain('never-renders/templates/configmap.yaml:6:20');
    expect(answer.stderr).toContain('nil pointer evaluating interface {}.region');
  });

  it('never-renders fails lint too', async () => {
    expect((await helm.lint(`${CHARTS}/never-renders`)).exitCode).toBe(1);
  });

  it('bad-manifest renders: only the API server knows that a CronJob has no retries', async () => {
    const { objects } = await helm.template(`${CHARTS}/bad-manifest`);
    expect(only(objects, 'CronJob', 'acme-report').spec).toMatchObject({ jobTemplate: { spec: { retries: 3 } } });
  });

  it.each([
    ['crashes', 'registry.example/app/crash:1'],
    ['slow', 'registry.example/app/slow-start:1'],
  ])('%s has the image that makes it so, until another is given', async (chart, image) => {
    const values = { tenantry: RESERVED };
    const { objects } = await helm.template(`${CHARTS}/${chart}`, { values });
    expect(deploymentPod(objects).spec.containers[0]?.image).toBe(image);
    const good = await helm.template(`${CHARTS}/${chart}`, {
      values: { ...values, image: 'registry.example/app/web:2' },
    });
    expect(deploymentPod(good.objects).spec.containers[0]?.image).toBe('registry.example/app/web:2');
  });
});

describe('the chart with one of every kind', () => {
  let helm: ChartHelm;

  beforeAll(async () => {
    helm = await ChartHelm.open('v34');
  });
  afterAll(() => helm.close());

  it('holds the kinds that a chart may hold', async () => {
    const { objects } = await helm.template(`${CHARTS}/stateful-app`);
    expect(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort()).toEqual([
      'ConfigMap/acme',
      'CronJob/acme-backup',
      'Deployment/acme',
      'HorizontalPodAutoscaler/acme',
      'Ingress/acme',
      'Job/acme-migrate',
      'LimitRange/acme',
      'NetworkPolicy/acme-default-deny',
      'Pod/acme-smoke-test',
      'PodDisruptionBudget/acme',
      'ResourceQuota/acme',
      'Role/acme',
      'RoleBinding/acme',
      'Secret/acme',
      'Service/acme',
      'Service/acme-db',
      'ServiceAccount/acme',
      'StatefulSet/acme-db',
    ]);
  });

  it('runs its migration before every install and upgrade, and takes it away when it succeeded', async () => {
    const { objects } = await helm.template(`${CHARTS}/stateful-app`);
    expect(only(objects, 'Job').metadata.annotations).toEqual({
      'helm.sh/hook': 'pre-install,pre-upgrade',
      'helm.sh/hook-weight': '0',
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
    });
  });

  it.each([
    [{ migration: { enabled: false } }, ['Job']],
    [{ backup: { enabled: false } }, ['CronJob']],
    [{ smokeTest: { enabled: false } }, ['Pod']],
    [{ ingress: { enabled: false } }, ['Ingress']],
    [{ autoscaling: { enabled: false } }, ['HorizontalPodAutoscaler']],
    [{ guards: { enabled: false } }, ['LimitRange', 'NetworkPolicy', 'ResourceQuota']],
  ])('with %j leaves out %j', async (values, without) => {
    const all = await helm.template(`${CHARTS}/stateful-app`);
    const some = await helm.template(`${CHARTS}/stateful-app`, { values });
    const kept = new Set(some.objects.map(({ kind }) => kind));
    expect([...new Set(all.objects.map(({ kind }) => kind))].filter((kind) => !kept.has(kind)).sort()).toEqual(without);
  });

  it('labels every object, pod and claim with the instance', async () => {
    const { objects } = await helm.template(`${CHARTS}/stateful-app`, { values: { tenantry: RESERVED } });
    const claims = only(objects, 'StatefulSet').spec?.volumeClaimTemplates ?? [];
    const labels = [
      ...objects.map(({ metadata }) => metadata.labels),
      ...objects.flatMap((object) => podTemplateOf(object) ?? []).map(({ metadata }) => metadata?.labels),
      ...claims.map(({ metadata }) => metadata.labels),
    ];
    expect(labels).toHaveLength(objects.length + 5 + 1);
    for (const one of labels) expect(one).toMatchObject({ 'tenantry.io/instance': RESERVED.instanceId });
  });

  it.each([
    ['/database/storage', { database: { storage: 'much' } }],
    ['/backup/schedule', { backup: { schedule: 'daily' } }],
    ['/replicas', { replicas: 21 }],
    ['', { unknown: true }],
  ])('refuses %s', async (pointer, values) => {
    const answer = await helm.template(`${CHARTS}/stateful-app`, { values });
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toContain(`at '${pointer}'`);
  });
});
