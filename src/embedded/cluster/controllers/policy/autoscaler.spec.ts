import { conditionOf } from '../conditions.js';
import type { Autoscaler } from '../kinds.js';
import { deployment, VirtualCluster } from '../testing/virtual-cluster.js';

const KEY = 'autoscaling/horizontalpodautoscalers';
let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster();
});

afterEach(() => cluster.stop());

function target(size: number, requests: Record<string, string> = { cpu: '100m' }): void {
  const containers = [{ name: 'app', image: 'x/app:1', resources: { requests } }];
  cluster.add('apps/deployments', deployment('web', { replicas: size }, 'x/app:1', { containers }));
}

function scaler(spec: Partial<Autoscaler['spec']> = {}): void {
  const resource = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } };
  const whole = {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 1,
    maxReplicas: 5,
    metrics: [{ type: 'Resource', resource }],
    ...spec,
  };
  cluster.add(KEY, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h' },
    spec: whole,
  });
}

function replicas(): number | undefined {
  return cluster.get('apps/deployments', 'web').spec.replicas;
}

function verdict(type: string): string {
  const found = conditionOf(cluster.get(KEY, 'h').status?.conditions, type);
  return `${found?.status} ${found?.reason}: ${found?.message}`;
}

describe('an autoscaler', () => {
  it('reports a steady load and leaves the size alone', () => {
    target(2);
    scaler();
    cluster.seconds(600);
    expect(replicas()).toBe(2);
    expect(cluster.get(KEY, 'h').status).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 2,
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 70, averageValue: '70m' } } },
      ],
    });
    expect(verdict('AbleToScale')).toBe('True ReadyForNewScale: recommended size matches current size');
    expect(verdict('ScalingActive')).toMatch(/^True ValidMetricFound: /);
    expect(verdict('ScalingLimited')).toBe(
      'False DesiredWithinRange: the desired count is within the acceptable range',
    );
  });

  const bounds: [string, number, Partial<Autoscaler['spec']>, number, string][] = [
    [
      'up to its minimum',
      1,
      { minReplicas: 3 },
      3,
      'New size: 3; reason: Current number of replicas below Spec.MinReplicas',
    ],
    [
      'down to its maximum',
      8,
      { maxReplicas: 4 },
      4,
      'New size: 4; reason: Current number of replicas above Spec.MaxReplicas',
    ],
  ];
  it.each(bounds)('brings its target %s', (_how, before, spec, after, event) => {
    target(before);
    scaler(spec);
    cluster.seconds(1);
    expect(replicas()).toBe(after);
    expect(cluster.get(KEY, 'h').status).toMatchObject({
      currentReplicas: after,
      lastScaleTime: '2026-01-01T00:00:00Z',
    });
    expect(cluster.eventsOf('h')).toContain(`SuccessfulRescale: ${event}`);
  });

  it('scales to what its annotation asks, within the bounds', () => {
    target(2);
    scaler();
    cluster.seconds(1);
    const ask = (count: string) =>
      cluster.edit(KEY, 'h', (object) => ({
        ...object,
        metadata: { ...object.metadata, annotations: { 'embedded.tenantry.io/desired-replicas': count } },
      }));
    ask('4');
    cluster.seconds(1);
    expect(replicas()).toBe(4);
    ask('9');
    cluster.seconds(1);
    expect(replicas()).toBe(5);
    expect(verdict('ScalingLimited')).toMatch(/^True TooManyReplicas/);
  });

  it('gives the size to kube-controller-manager, so that a later apply conflicts', () => {
    target(1);
    scaler({ minReplicas: 2 });
    cluster.edit('apps/deployments', 'web', (object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        managedFields: [
          {
            manager: 'helm',
            operation: 'Apply',
            apiVersion: 'apps/v1',
            fieldsType: 'FieldsV1',
            fieldsV1: { 'f:spec': { 'f:replicas': {} } },
          },
        ],
      },
    }));
    cluster.seconds(1);
    const { managedFields = [] } = cluster.get('apps/deployments', 'web').metadata;
    expect(managedFields).toContainEqual(
      expect.objectContaining({
        manager: 'kube-controller-manager',
        subresource: 'scale',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      }),
    );
  });

  it('rests while its target is at zero', () => {
    target(0);
    scaler({ minReplicas: 2 });
    cluster.seconds(1);
    expect(replicas()).toBe(0);
    expect(verdict('ScalingActive')).toBe(
      'False ScalingDisabled: scaling is disabled since the replica count of the target is zero',
    );
  });

  it('cannot reckon a share of a request that is not made', () => {
    target(2, {});
    scaler();
    cluster.seconds(1);
    const [pod] = cluster.list('/pods');
    const message = `failed to get cpu utilization: missing request for cpu in container app of Pod ${pod?.metadata.name}`;
    expect(verdict('ScalingActive')).toBe(
      `False FailedGetResourceMetric: the HPA was unable to compute the replica count: ${message}`,
    );
    expect(cluster.eventsOf('h')).toContain(`FailedGetResourceMetric: ${message}`);
  });

  it('misses a target that is not there', () => {
    scaler();
    cluster.seconds(1);
    expect(verdict('AbleToScale')).toBe(
      'False FailedGetScale: the HPA controller was unable to get the target\'s current scale: deployments.apps "web" not found',
    );
    target(1);
    cluster.seconds(1);
    expect(verdict('AbleToScale')).toMatch(/^True ReadyForNewScale/);
  });
});
