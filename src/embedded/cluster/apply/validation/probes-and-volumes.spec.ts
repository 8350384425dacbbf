import type { JsonObject } from '../json.js';
import { faultsOf } from '../testing/faults.js';

const whole = { name: 'a', image: 'a:1' };
const pod = (spec: JsonObject): string[] => faultsOf('v1', 'Pod', { spec: { containers: [whole], ...spec } });
const container = (more: JsonObject): string[] =>
  pod({ containers: [{ ...whole, ...more }] }).map((fault) => fault.replace('spec.containers[0]', 'c'));
const volume = (source: JsonObject): string[] =>
  pod({ volumes: [{ name: 'v', ...source }] }).map((fault) => fault.replace('spec.volumes[0]', 'v'));

describe('probes', () => {
  const exec = { exec: { command: ['x'] } };

  it.each([
    [{ livenessProbe: {} }, 'c.livenessProbe: Required value: must specify a handler type'],
    [
      { livenessProbe: { ...exec, tcpSocket: { port: 1 } } },
      'c.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type',
    ],
    [{ livenessProbe: { exec: {} } }, 'c.livenessProbe.exec.command: Required value'],
    [{ livenessProbe: { httpGet: { port: 1, scheme: 'HTTP' } } }, 'c.livenessProbe.httpGet.path: Required value'],
    [
      { livenessProbe: { httpGet: { path: '/', port: 0, scheme: 'HTTP' } } },
      'c.livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [
      { livenessProbe: { httpGet: { path: '/', port: 1, scheme: 'FTP' } } },
      'c.livenessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"',
    ],
    [
      { livenessProbe: { grpc: {} } },
      'c.livenessProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [
      { livenessProbe: { ...exec, successThreshold: 2 } },
      'c.livenessProbe.successThreshold: Invalid value: 2: must be 1',
    ],
    [
      { readinessProbe: { ...exec, periodSeconds: -1 } },
      'c.readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [{ lifecycle: { preStop: {} } }, 'c.lifecycle.preStop: Required value: must specify a handler type'],
  ])('refuse %j', (more, expected) => {
    expect(container(more)).toEqual([expected]);
  });

  it('may need two successes to be ready, and may sleep before the end', () => {
    expect(
      container({
        readinessProbe: { ...exec, successThreshold: 2 },
        lifecycle: { preStop: { sleep: { seconds: 1 } } },
      }),
    ).toEqual([]);
  });
});

describe('resources', () => {
  it.each([
    [
      { requests: { cpu: '2' }, limits: { cpu: '1' } },
      ['c.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
    [
      { limits: { memory: '-1' } },
      ['c.resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0'],
    ],
    [
      { limits: { disk: '1' } },
      [
        'c.resources.limits[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
        'c.resources.limits[disk]: Invalid value: "disk": must be a standard resource for containers',
      ],
    ],
  ])('refuse %j', (resources, expected) => {
    expect(container({ resources })).toEqual(expected);
  });
});

describe('volumes', () => {
  it.each([
    [{}, 'v: Required value: must specify a volume type'],
    [{ emptyDir: {}, hostPath: { path: '/' } }, 'v.hostPath: Forbidden: may not specify more than 1 volume type'],
    [
      { emptyDir: { sizeLimit: '-1' } },
      'v.emptyDir.sizeLimit: Invalid value: "-1": must be greater than or equal to 0',
    ],
    [{ secret: {} }, 'v.secret.secretName: Required value'],
    [{ configMap: {} }, 'v.configMap.name: Required value'],
    [{ configMap: { name: 'c', items: [{ key: 'k' }] } }, 'v.configMap.items[0].path: Required value'],
    [{ configMap: { name: 'c', items: [{ path: 'p' }] } }, 'v.configMap.items[0].key: Required value'],
    [
      { secret: { secretName: 's', defaultMode: 0o1000 } },
      'v.secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
    ],
    [{ persistentVolumeClaim: {} }, 'v.persistentVolumeClaim.claimName: Required value'],
    [{ hostPath: {} }, 'v.hostPath.path: Required value'],
    [{ hostPath: { path: '/a/../b' } }, 'v.hostPath.path: Invalid value: "/a/../b": must not contain \'..\''],
    [{ nfs: { server: 's' } }, 'v.nfs.path: Required value'],
    [{ projected: { sources: [{ secret: {} }] } }, 'v.projected.sources[0].secret.name: Required value'],
    [
      { projected: { sources: [{ serviceAccountToken: {} }] } },
      'v.projected.sources[0].serviceAccountToken.path: Required value',
    ],
    [
      { downwardAPI: { items: [{ path: '/abs' }] } },
      'v.downwardAPI.items[0].path: Invalid value: "/abs": must be a relative path',
    ],
  ])('refuse %j', (source, expected) => {
    expect(volume(source)).toEqual([expected]);
  });

  it('have names of their own', () => {
    const one = { name: 'v', emptyDir: {} };
    expect(pod({ volumes: [one, one] })).toEqual(['spec.volumes[1].name: Duplicate value: "v"']);
    expect(pod({ volumes: [{ emptyDir: {} }] })).toEqual(['spec.volumes[0].name: Required value']);
  });
});
