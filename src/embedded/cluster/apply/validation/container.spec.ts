import type { JsonObject } from '../json.js';
import { faultsOf } from '../testing/faults.js';

const whole = { name: 'a', image: 'a:1' };
const pod = (spec: JsonObject): string[] => faultsOf('v1', 'Pod', { spec: { containers: [whole], ...spec } });
const container = (more: JsonObject, spec: JsonObject = {}): string[] =>
  pod({ ...spec, containers: [{ ...whole, ...more }] }).map((fault) => fault.replace('spec.containers[0]', 'c'));
const port = (more: JsonObject): string[] => container({ ports: [{ containerPort: 80, protocol: 'TCP', ...more }] });

it('a whole pod has no fault', () => {
  expect(
    pod({
      containers: [
        {
          ...whole,
          ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }],
          env: [
            { name: 'A', value: 'x' },
            { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
          ],
          envFrom: [{ configMapRef: { name: 'c' } }],
          volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 'a/b' }],
          livenessProbe: { httpGet: { path: '/', port: 'http', scheme: 'HTTP' }, successThreshold: 1 },
          resources: { limits: { cpu: '1', 'example.com/gpu': '1' }, requests: { cpu: '1' } },
          securityContext: { runAsUser: 1000, allowPrivilegeEscalation: false },
        },
      ],
      initContainers: [{ name: 'init', image: 'i:1' }],
      volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Gi' } }],
      tolerations: [{ operator: 'Exists' }, { key: 'a', effect: 'NoExecute', tolerationSeconds: 3 }],
    }),
  ).toEqual([]);
});

describe('containers', () => {
  it('are required', () => {
    expect(faultsOf('v1', 'Pod', { spec: {} })).toEqual(['spec.containers: Required value']);
  });

  it.each([
    ['a name', { name: '' }, 'c.name: Required value'],
    ['an image', { image: '' }, 'c.image: Required value'],
  ])('need %s', (_what, more, expected) => {
    expect(container(more)).toEqual([expected]);
  });

  it('share no name, not even with init containers', () => {
    expect(pod({ containers: [whole, whole] })).toEqual(['spec.containers[1].name: Duplicate value: "a"']);
    expect(pod({ initContainers: [whole] })).toEqual(['spec.initContainers[0].name: Duplicate value: "a"']);
  });

  it.each([
    ['a name in capitals', { name: 'App' }, 'c.name: Invalid value: "App": a lowercase RFC 1123 label must consist of'],
    [
      'an image with spaces around it',
      { image: ' a' },
      'c.image: Invalid value: " a": must not have leading or trailing whitespace',
    ],
    [
      'another pull policy',
      { imagePullPolicy: 'Sometimes' },
      'c.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
    ],
    [
      'another user',
      { securityContext: { runAsUser: -1 } },
      'c.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
    ],
    [
      'privilege without escalation',
      { securityContext: { privileged: true, allowPrivilegeEscalation: false } },
      'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ],
    [
      'an admin without escalation',
      { securityContext: { capabilities: { add: ['SYS_ADMIN'] }, allowPrivilegeEscalation: false } },
      'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
    ],
  ])('refuse %s', (_what, more, expected) => {
    expect(container(more)).toEqual([expect.stringContaining(expected)]);
  });

  it('that only initialise are not probed', () => {
    const init = { name: 'i', image: 'i', readinessProbe: { exec: { command: ['x'] } } };
    expect(pod({ initContainers: [init] })).toEqual([
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ]);
    expect(pod({ initContainers: [{ ...init, restartPolicy: 'Always' }] })).toEqual([]);
  });
});

describe('ports', () => {
  it.each([
    [{ containerPort: 0 }, 'c.ports[0].containerPort: Required value'],
    [
      { containerPort: 70_000 },
      'c.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [{ hostPort: -1 }, 'c.ports[0].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive'],
    [{ protocol: 'HTTP' }, 'c.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"'],
    [
      { name: 'HTTP' },
      'c.ports[0].name: Invalid value: "HTTP": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    ],
  ])('refuse %j', (more, expected) => {
    expect(port(more)).toContain(expected);
  });

  it('share no name', () => {
    const one = { name: 'p', containerPort: 1, protocol: 'TCP' };
    expect(container({ ports: [one, { ...one, containerPort: 2 }] })).toEqual([
      'c.ports[1].name: Duplicate value: "p"',
    ]);
  });
});

describe('variables', () => {
  it.each([
    [{ value: 'x' }, 'c.env[0].name: Required value'],
    [
      { name: 'A=B' },
      'c.env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
    ],
    [
      { name: 'A', valueFrom: {} },
      'c.env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
    ],
    [
      { name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'y' } } },
      'c.env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
    [
      { name: 'A', valueFrom: { fieldRef: { fieldPath: 'y' }, secretKeyRef: { name: 's', key: 'k' } } },
      'c.env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time',
    ],
    [{ name: 'A', valueFrom: { fieldRef: {} } }, 'c.env[0].valueFrom.fieldRef.fieldPath: Required value'],
    [
      { name: 'A', valueFrom: { resourceFieldRef: {} } },
      'c.env[0].valueFrom.resourceFieldRef.resource: Required value',
    ],
    [{ name: 'A', valueFrom: { secretKeyRef: { key: 'k' } } }, 'c.env[0].valueFrom.secretKeyRef.name: Required value'],
    [
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'c' } } },
      'c.env[0].valueFrom.configMapKeyRef.key: Required value',
    ],
  ])('refuse %j', (variable, expected) => {
    expect(container({ env: [variable] })).toEqual([expected]);
  });

  it.each([
    [{}, 'c.envFrom[0]: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'],
    [{ secretRef: {} }, 'c.envFrom[0].secretRef.name: Required value'],
    [
      { configMapRef: { name: 'c' }, secretRef: { name: 's' } },
      'c.envFrom[0]: Invalid value: "": may not have more than one field specified at a time',
    ],
    [{ prefix: '=', secretRef: { name: 's' } }, expect.stringContaining('c.envFrom[0].prefix: Invalid value: "="')],
  ])('refuse the source %j', (source, expected) => {
    expect(container({ envFrom: [source] })).toEqual([expected]);
  });
});

describe('mounts', () => {
  const spec = { volumes: [{ name: 'v', emptyDir: {} }] };
  const mount = (...mounts: JsonObject[]): string[] => container({ volumeMounts: mounts }, spec);

  it('name a volume that there is', () => {
    expect(mount({ name: 'data', mountPath: '/d' })).toEqual(['c.volumeMounts[0].name: Not found: "data"']);
    expect(mount({ mountPath: '/d' })).toEqual([
      'c.volumeMounts[0].name: Required value',
      'c.volumeMounts[0].name: Not found: ""',
    ]);
  });

  it.each([
    [{}, 'c.volumeMounts[0].mountPath: Required value'],
    [{ mountPath: '/a', subPath: '/b' }, 'c.volumeMounts[0].subPath: Invalid value: "/b": must be a relative path'],
    [
      { mountPath: '/a', subPath: 'a/../b' },
      'c.volumeMounts[0].subPath: Invalid value: "a/../b": must not contain \'..\'',
    ],
    [
      { mountPath: '/a', subPath: 'a', subPathExpr: 'b' },
      'c.volumeMounts[0].subPathExpr: Invalid value: "b": subPathExpr and subPath are mutually exclusive',
    ],
  ])('refuse %j', (more, expected) => {
    expect(mount({ name: 'v', ...more })).toEqual([expected]);
  });

  it('share no path', () => {
    expect(mount({ name: 'v', mountPath: '/a' }, { name: 'v', mountPath: '/a' })).toEqual([
      'c.volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
    ]);
  });
});
