import { applyDefaults } from '../defaults.js';
import { isObject, type JsonObject, listAt, objectAt } from '../json.js';

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

function podSpec(spec: JsonObject): JsonObject {
  return specOf('v1', 'Pod', {
    ...spec,
    containers: listAt(spec, 'containers').length > 0 ? spec['containers'] : [container],
  });
}

function filled(more: JsonObject): JsonObject {
  const [first] = listAt(podSpec({ containers: [{ ...container, ...more }] }), 'containers');
  return isObject(first) ? first : {};
}

describe('the defaults of a pod', () => {
  it('are these', () => {
    expect(podSpec({})).toEqual({ ...filledPodSpec, enableServiceLinks: true });
  });

  it.each([
    ['a:1', 'IfNotPresent'],
    ['a:latest', 'Always'],
    ['a', 'Always'],
    ['registry:5000/a', 'Always'],
    ['registry:5000/a:1', 'IfNotPresent'],
    ['a@sha256:0123', 'IfNotPresent'],
    ['a:latest@sha256:0123', 'Always'],
  ])('pull %s %s', (image, policy) => {
    expect(filled({ image })['imagePullPolicy']).toBe(policy);
  });

  it('pull an image without a name always, until it is refused', () => {
    expect(filled({ image: undefined })['imagePullPolicy']).toBe('Always');
  });

  it('of ports are TCP', () => {
    expect(filled({ ports: [{ containerPort: 1 }, { containerPort: 2, protocol: 'UDP' }] })['ports']).toEqual([
      { containerPort: 1, protocol: 'TCP' },
      { containerPort: 2, protocol: 'UDP' },
    ]);
  });

  it('of probes and hooks are these', () => {
    const probe = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
    expect(
      filled({
        livenessProbe: { httpGet: { port: 80 } },
        readinessProbe: { grpc: { port: 1 }, periodSeconds: 5 },
        startupProbe: { exec: { command: ['x'] } },
        lifecycle: { preStop: { httpGet: { port: 1, path: '/bye' } } },
      }),
    ).toMatchObject({
      livenessProbe: { ...probe, httpGet: { port: 80, path: '/', scheme: 'HTTP' } },
      readinessProbe: { ...probe, periodSeconds: 5, grpc: { port: 1, service: '' } },
      startupProbe: { ...probe, exec: { command: ['x'] } },
      lifecycle: { preStop: { httpGet: { port: 1, path: '/bye', scheme: 'HTTP' } } },
    });
  });

  it('of variables name the version of a field and the divisor of a resource', () => {
    const env = [
      { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
    ];
    expect(filled({ env })['env']).toEqual([
      { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name', apiVersion: 'v1' } } },
      { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '0' } } },
    ]);
  });

  it('request what is limited', () => {
    const resources = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } };
    expect(filled({ resources })['resources']).toEqual({ ...resources, requests: { cpu: '500m', memory: '1Gi' } });
  });

  it('on the network of its node open the same ports there', () => {
    const spec = podSpec({ hostNetwork: true, containers: [{ ...container, ports: [{ containerPort: 80 }] }] });
    expect(spec).toMatchObject({ containers: [{ ports: [{ containerPort: 80, hostPort: 80 }] }] });
  });

  it('of init containers are those of containers', () => {
    expect(podSpec({ initContainers: [container] })['initContainers']).toEqual([filledContainer]);
  });

  it('name the service account twice, the newer name winning', () => {
    expect(podSpec({ serviceAccountName: 'a' })).toMatchObject({ serviceAccountName: 'a', serviceAccount: 'a' });
    expect(podSpec({ serviceAccount: 'b' })).toMatchObject({ serviceAccountName: 'b', serviceAccount: 'b' });
    expect(podSpec({ serviceAccountName: 'a', serviceAccount: 'b' })).toMatchObject({ serviceAccount: 'a' });
  });
});

describe('the defaults of volumes', () => {
  it.each([
    ['nothing', {}, { emptyDir: {} }],
    ['a secret', { secret: { secretName: 's' } }, { secret: { secretName: 's', defaultMode: 420 } }],
    ['a config map', { configMap: { name: 'c' } }, { configMap: { name: 'c', defaultMode: 420 } }],
    ['a host path', { hostPath: { path: '/' } }, { hostPath: { path: '/', type: '' } }],
    [
      'a projection',
      {
        projected: {
          sources: [
            { serviceAccountToken: { path: 't' } },
            { downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'x' } }] } },
          ],
        },
      },
      {
        projected: {
          defaultMode: 420,
          sources: [
            { serviceAccountToken: { path: 't', expirationSeconds: 3600 } },
            { downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'x', apiVersion: 'v1' } }] } },
          ],
        },
      },
    ],
  ])('with %s are these', (_what, source, expected) => {
    expect(podSpec({ volumes: [{ name: 'v', ...source }] })['volumes']).toEqual([{ name: 'v', ...expected }]);
  });
});
