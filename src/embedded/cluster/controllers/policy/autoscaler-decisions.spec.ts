import type { Autoscaler } from '../kinds.js';
import { meta, pod } from '../testing/objects.js';
import { desiredReplicas, readMetrics, scalingConditions, type Reading } from './autoscaler-decisions.js';

const NOW = '2026-01-01T00:00:00Z';

function scaler(spec: Partial<Autoscaler['spec']> = {}, asked?: string): Autoscaler {
  const annotations = asked === undefined ? {} : { 'embedded.tenantry.io/desired-replicas': asked };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: meta('h', { annotations }),
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 2, maxReplicas: 5, ...spec },
  };
}

function asking(name: string, ...requests: Record<string, string>[]) {
  return pod(
    name,
    {},
    {},
    { containers: requests.map((one, i) => ({ name: `c${i}`, image: 'x', resources: { requests: one } })) },
  );
}

function resource(name: string, target: object) {
  return { type: 'Resource', resource: { name, target } };
}

describe('how many replicas there should be', () => {
  const rows: [string, number, string | undefined, number, string][] = [
    ['as many as there are', 3, undefined, 3, 'none'],
    ['at least the minimum', 1, undefined, 2, 'low'],
    ['at most the maximum', 9, undefined, 5, 'high'],
    ['as many as are asked for', 3, '4', 4, 'none'],
    ['asked for too few', 3, '0', 2, 'low'],
    ['asked for too many', 3, '50', 5, 'high'],
    ['asked for nonsense', 3, 'many', 3, 'none'],
  ];
  it.each(rows)('%s', (_what, replicas, asked, desired, limit) => {
    expect(desiredReplicas(scaler({}, asked), replicas)).toEqual({ desired, limit });
  });

  it('at least one without a minimum', () => {
    const { minReplicas: _none, ...spec } = scaler().spec;
    expect(desiredReplicas({ ...scaler({}, '0'), spec }, 1)).toEqual({ desired: 1, limit: 'low' });
  });
});

describe('what is measured', () => {
  const cpu = resource('cpu', { type: 'Utilization', averageUtilization: 50 });
  const memory = resource('memory', { type: 'Utilization', averageUtilization: 80 });
  const value = resource('memory', { type: 'AverageValue', averageValue: '100Mi' });

  it('is on target, of what is requested', () => {
    const pods = [asking('a', { cpu: '100m' }, { cpu: '300m' }), asking('b', { cpu: '200m' })];
    expect(readMetrics(scaler({ metrics: [cpu] }), pods)).toEqual({
      kind: 'read',
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 50, averageValue: '150m' } } },
      ],
    });
  });

  it('may be several things', () => {
    const reading = readMetrics(scaler({ metrics: [memory, value] }), [asking('a', { memory: '100Mi' })]);
    expect(reading).toMatchObject({
      metrics: [
        { resource: { current: { averageUtilization: 80, averageValue: '83886080' } } },
        { resource: { current: { averageValue: '100Mi' } } },
      ],
    });
  });

  const failures: [string, Autoscaler['spec']['metrics'], ReturnType<typeof asking>[], string][] = [
    [
      'without pods',
      [cpu],
      [],
      'failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
    ],
    [
      'without a request',
      [cpu],
      [asking('a', { cpu: '1' }, {})],
      'failed to get cpu utilization: missing request for cpu in container c1 of Pod a',
    ],
    [
      'of one of two',
      [cpu, memory],
      [asking('a', { cpu: '1' })],
      'failed to get memory utilization: missing request for memory in container c0 of Pod a',
    ],
    [
      'as a value, without pods',
      [value],
      [],
      'failed to get memory resource: unable to get metrics for resource memory: no metrics returned from resource metrics API',
    ],
  ];
  it.each(failures)('cannot be %s', (_when, metrics, pods, message) => {
    expect(readMetrics(scaler(metrics === undefined ? {} : { metrics }), pods)).toEqual({ kind: 'failed', message });
  });
});

describe('the conditions of an autoscaler', () => {
  const read: Reading = { kind: 'read', metrics: [] };
  const failed: Reading = { kind: 'failed', message: 'why' };
  const rows: [string, Parameters<typeof scalingConditions>[1], string[]][] = [
    [
      'at rest',
      { before: 3, desired: 3, limit: 'none', reading: read },
      [
        'AbleToScale True ReadyForNewScale',
        'ScalingActive True ValidMetricFound',
        'ScalingLimited False DesiredWithinRange',
      ],
    ],
    [
      'that scales',
      { before: 3, desired: 4, limit: 'none', reading: read },
      [
        'AbleToScale True SucceededRescale',
        'ScalingActive True ValidMetricFound',
        'ScalingLimited False DesiredWithinRange',
      ],
    ],
    [
      'at its minimum',
      { before: 1, desired: 2, limit: 'low', reading: read },
      [
        'AbleToScale True SucceededRescale',
        'ScalingActive True ValidMetricFound',
        'ScalingLimited True TooFewReplicas',
      ],
    ],
    [
      'at its maximum',
      { before: 5, desired: 5, limit: 'high', reading: read },
      [
        'AbleToScale True ReadyForNewScale',
        'ScalingActive True ValidMetricFound',
        'ScalingLimited True TooManyReplicas',
      ],
    ],
    [
      'without metrics',
      { before: 3, desired: 3, limit: 'none', reading: failed },
      ['AbleToScale True ReadyForNewScale', 'ScalingActive False FailedGetResourceMetric'],
    ],
    [
      'of nothing',
      { before: 0, desired: 0, limit: 'none', reading: read },
      ['AbleToScale True ReadyForNewScale', 'ScalingActive False ScalingDisabled'],
    ],
  ];
  it.each(rows)('%s', (_which, scaling, expected) => {
    expect(
      scalingConditions([], scaling, NOW).map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    ).toEqual(expected);
  });

  it('forget what no longer is told', () => {
    const before = scalingConditions([], { before: 3, desired: 3, limit: 'none', reading: read }, NOW);
    const after = scalingConditions(before, { before: 0, desired: 0, limit: 'none', reading: read }, NOW);
    expect(after.map(({ type }) => type)).toEqual(['AbleToScale', 'ScalingActive']);
  });
});
