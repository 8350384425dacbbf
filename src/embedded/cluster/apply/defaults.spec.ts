import { applyDefaults } from './defaults.js';
import { type JsonObject, objectAt, valueAt } from './json.js';

const defaulted = (apiVersion: string, kind: string, body: JsonObject): JsonObject =>
  applyDefaults(apiVersion, kind, body);
const specOf = (apiVersion: string, kind: string, spec: JsonObject): JsonObject =>
  objectAt(defaulted(apiVersion, kind, { spec }), 'spec') ?? {};

const container = { name: 'a', image: 'a:1' };
const filledContainer = {
  ...container,
  imagePullPolicy: 'IfNotPresent',
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};
const filledPodSpec = {
  containers: [filledContainer],
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
};
const template = { spec: { containers: [container] } };
const filledTemplate = { spec: filledPodSpec };

describe('the defaults of workloads', () => {
  it('of a Deployment', () => {
    expect(specOf('apps/v1', 'Deployment', { template })).toEqual({
      progressDeadlineSeconds: 600,
      replicas: 1,
      revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: filledTemplate,
    });
    expect(specOf('apps/v1', 'Deployment', { strategy: { type: 'Recreate' } })['strategy']).toEqual({
      type: 'Recreate',
    });
  });

  it('of a StatefulSet', () => {
    expect(
      specOf('apps/v1', 'StatefulSet', { template, volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: {} }] }),
    ).toEqual({
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      podManagementPolicy: 'OrderedReady',
      replicas: 1,
      revisionHistoryLimit: 10,
      template: filledTemplate,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'd' },
          spec: { resources: {}, volumeMode: 'Filesystem' },
          status: { phase: 'Pending' },
        },
      ],
    });
    const named = { updateStrategy: { type: 'RollingUpdate' } };
    expect(specOf('apps/v1', 'StatefulSet', named)['updateStrategy']).toEqual(named.updateStrategy);
  });

  it('of a DaemonSet and a ReplicaSet', () => {
    expect(specOf('apps/v1', 'DaemonSet', { template })).toEqual({
      revisionHistoryLimit: 10,
      template: filledTemplate,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    });
    expect(specOf('apps/v1', 'ReplicaSet', { template })).toEqual({ replicas: 1, template: filledTemplate });
  });

  it('of a Job', () => {
    const body = { metadata: { name: 'j' }, spec: { template: { ...template, metadata: { labels: { a: '1' } } } } };
    const job = defaulted('batch/v1', 'Job', body);
    expect(job['metadata']).toEqual({ name: 'j', labels: { a: '1' } });
    expect(job['spec']).toMatchObject({
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      completions: 1,
      manualSelector: false,
      parallelism: 1,
      podReplacementPolicy: 'TerminatingOrFailed',
      suspend: false,
    });
    expect(specOf('batch/v1', 'Job', { parallelism: 3 })['completions']).toBeUndefined();
  });

  it('of a CronJob, whose jobs get theirs only when they are made', () => {
    expect(specOf('batch/v1', 'CronJob', { jobTemplate: { spec: { template } } })).toEqual({
      concurrencyPolicy: 'Allow',
      failedJobsHistoryLimit: 1,
      jobTemplate: { spec: { template: filledTemplate } },
      successfulJobsHistoryLimit: 3,
      suspend: false,
    });
  });

  it('of a ReplicationController follow from its template', () => {
    const labels = { a: '1' };
    const controller = defaulted('v1', 'ReplicationController', { spec: { template: { metadata: { labels } } } });
    expect(controller).toMatchObject({ metadata: { labels }, spec: { replicas: 1, selector: labels } });
  });
});

describe('the defaults of a Service', () => {
  it('are these', () => {
    expect(defaulted('v1', 'Service', { spec: { ports: [{ port: 80 }, { port: 81, targetPort: 'x' }] } })).toEqual({
      spec: {
        internalTrafficPolicy: 'Cluster',
        ports: [
          { port: 80, protocol: 'TCP', targetPort: 80 },
          { port: 81, protocol: 'TCP', targetPort: 'x' },
        ],
        sessionAffinity: 'None',
        type: 'ClusterIP',
      },
      status: { loadBalancer: {} },
    });
  });

  it('of a load balancer are more', () => {
    expect(specOf('v1', 'Service', { type: 'LoadBalancer' })).toMatchObject({
      allocateLoadBalancerNodePorts: true,
      externalTrafficPolicy: 'Cluster',
      internalTrafficPolicy: 'Cluster',
    });
  });

  it('keep a client for three hours when it is to be kept', () => {
    expect(specOf('v1', 'Service', { sessionAffinity: 'ClientIP' })).toMatchObject({
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
    });
    const none = { sessionAffinity: 'None', sessionAffinityConfig: { clientIP: {} } };
    expect(specOf('v1', 'Service', none)['sessionAffinityConfig']).toBeUndefined();
  });
});

describe('the defaults of other kinds', () => {
  it.each([
    [
      'NetworkPolicy',
      'networking.k8s.io/v1',
      { ingress: [{ ports: [{ port: 1 }] }] },
      { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 1, protocol: 'TCP' }] }] },
    ],
    [
      'NetworkPolicy',
      'networking.k8s.io/v1',
      { podSelector: {}, egress: [{}] },
      { podSelector: {}, policyTypes: ['Ingress', 'Egress'], egress: [{}] },
    ],
    ['HorizontalPodAutoscaler', 'autoscaling/v1', {}, { minReplicas: 1 }],
    [
      'LimitRange',
      'v1',
      { limits: [{ type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' } }, { type: 'Pod' }] },
      {
        limits: [
          {
            type: 'Container',
            max: { cpu: '2' },
            min: { memory: '1Mi' },
            default: { cpu: '2' },
            defaultRequest: { cpu: '2', memory: '1Mi' },
          },
          { type: 'Pod' },
        ],
      },
    ],
  ])('of a %s in %s', (kind, apiVersion, spec, expected) => {
    expect(specOf(apiVersion, kind, spec)).toEqual(expected);
  });

  it('of an autoscaler', () => {
    expect(
      specOf('autoscaling/v2', 'HorizontalPodAutoscaler', { behavior: { scaleDown: { selectPolicy: 'Min' } } }),
    ).toEqual({
      minReplicas: 1,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
      behavior: {
        scaleDown: { selectPolicy: 'Min', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
        scaleUp: {
          selectPolicy: 'Max',
          stabilizationWindowSeconds: 0,
          policies: [
            { type: 'Pods', value: 4, periodSeconds: 15 },
            { type: 'Percent', value: 100, periodSeconds: 15 },
          ],
        },
      },
    });
  });

  it('of a namespace name it in a label', () => {
    expect(defaulted('v1', 'Namespace', { metadata: { name: 'n' } })).toEqual({
      metadata: { name: 'n', labels: { 'kubernetes.io/metadata.name': 'n' } },
      status: { phase: 'Active' },
    });
  });

  it('of a claim', () => {
    expect(defaulted('v1', 'PersistentVolumeClaim', { spec: {} })).toEqual({
      spec: { resources: {}, volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    });
  });

  it('of a binding', () => {
    const group = 'rbac.authorization.k8s.io';
    const body = {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 's' },
      ],
    };
    expect(defaulted(`${group}/v1`, 'RoleBinding', body)).toEqual({
      roleRef: { kind: 'Role', name: 'r', apiGroup: group },
      subjects: [
        { kind: 'User', name: 'u', apiGroup: group },
        { kind: 'ServiceAccount', name: 's' },
      ],
    });
  });

  it('of a secret are its type, and data for its texts', () => {
    expect(defaulted('v1', 'Secret', { stringData: { a: 'x' } })).toEqual({ type: 'Opaque', data: { a: 'eA==' } });
  });

  it('of a kind without any are none', () => {
    const body = { spec: {} };
    expect(defaulted('v1', 'Widget', body)).toBe(body);
  });
});

describe('defaulting again', () => {
  it.each([
    ['apps/v1', 'Deployment', { spec: { template } }],
    ['apps/v1', 'StatefulSet', { spec: { template, volumeClaimTemplates: [{ spec: {} }] } }],
    ['batch/v1', 'Job', { metadata: { labels: { a: '1' } }, spec: { template } }],
    ['batch/v1', 'CronJob', { spec: { jobTemplate: { spec: { template } } } }],
    [
      'v1',
      'Pod',
      {
        spec: {
          serviceAccountName: 'a',
          containers: [{ ...container, resources: { limits: { cpu: '1' } } }],
          volumes: [{ name: 'v' }],
        },
      },
    ],
    ['v1', 'Service', { spec: { ports: [{ port: 1 }] } }],
    ['v1', 'LimitRange', { spec: { limits: [{ type: 'Container', max: { cpu: '1' } }] } }],
    ['v1', 'Namespace', { metadata: { name: 'n' } }],
    ['v1', 'Secret', { stringData: { a: 'x' } }],
    ['autoscaling/v2', 'HorizontalPodAutoscaler', { spec: { behavior: {} } }],
    ['networking.k8s.io/v1', 'NetworkPolicy', { spec: { egress: [{}] } }],
  ])('gives the very same %s %s back', (apiVersion, kind, body) => {
    const once = defaulted(apiVersion, kind, body);
    expect(defaulted(apiVersion, kind, once)).toBe(once);
    expect(valueAt(body, 'spec')).toEqual(valueAt(structuredClone(body), 'spec'));
  });
});
