import type { JsonObject } from '../json.js';
import { faultsOf } from '../testing/faults.js';

const big = 'x'.repeat(1024 * 1024 + 1);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('a ConfigMap', () => {
  const configMap = (body: JsonObject): string[] => faultsOf('v1', 'ConfigMap', body);

  it('holds well named data', () => {
    expect(configMap({ data: { 'a.txt': '' }, binaryData: { b: 'AA==' } })).toEqual([]);
    expect(configMap({ data: { 'a/b': '' } })[0]).toContain('data[a/b]: Invalid value: "a/b": a valid config key must');
    expect(configMap({ binaryData: { '..': '' } })).toEqual([
      'binaryData[..]: Invalid value: "..": must not be \'..\'',
    ]);
  });

  it('holds each key once, and a mebibyte together', () => {
    expect(configMap({ data: { a: '' }, binaryData: { a: '' } })).toEqual([
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ]);
    expect(configMap({ data: { a: big } })).toEqual(['[]: Too long: may not be more than 1048576 bytes']);
  });
});

describe('a Secret', () => {
  const secret = (type: string, data: JsonObject, metadata: JsonObject = { name: 'x' }): string[] =>
    faultsOf('v1', 'Secret', { type, data, metadata });

  it.each([
    ['Opaque', {}],
    ['helm.sh/release.v1', { release: 'AA==' }],
    ['kubernetes.io/tls', { 'tls.crt': '', 'tls.key': '' }],
    ['kubernetes.io/dockerconfigjson', { '.dockerconfigjson': 'e30=' }],
    ['kubernetes.io/basic-auth', { username: 'AA==' }],
  ])('of type %s is whole with %j', (type, data) => {
    expect(secret(type, data)).toEqual([]);
  });

  it.each([
    ['', {}, ['type: Required value']],
    ['kubernetes.io/tls', { 'tls.crt': '' }, ['data[tls.key]: Required value']],
    ['kubernetes.io/dockerconfigjson', {}, ['data[.dockerconfigjson]: Required value']],
    ['kubernetes.io/ssh-auth', {}, ['data[ssh-privatekey]: Required value']],
    ['kubernetes.io/basic-auth', {}, ['data[username]: Required value', 'data[password]: Required value']],
    [
      'kubernetes.io/service-account-token',
      {},
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
    ['Opaque', { a: base64(big) }, ['data: Too long: may not be more than 1048576 bytes']],
  ])('of type %j is refused', (type, data, expected) => {
    expect(secret(type, data)).toEqual(expected);
  });

  it('of a service account names it', () => {
    const annotations = { 'kubernetes.io/service-account.name': 'a' };
    expect(secret('kubernetes.io/service-account-token', {}, { name: 'x', annotations })).toEqual([]);
  });
});

describe('a ResourceQuota', () => {
  const quota = (hard: JsonObject): string[] => faultsOf('v1', 'ResourceQuota', { spec: { hard } });

  it('limits what can be counted', () => {
    expect(
      quota({ pods: '10', 'requests.cpu': '500m', 'limits.memory': '1Gi', 'count/deployments.apps': '5' }),
    ).toEqual([]);
  });

  it.each([
    [{ pods: '-1' }, ['spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0']],
    [{ pods: '1500m' }, ['spec.hard[pods]: Invalid value: "1500m": must be an integer']],
    [
      { tea: '1' },
      [
        'spec.hard[tea]: Invalid value: "tea": must be a standard resource type or fully qualified',
        'spec.hard[tea]: Invalid value: "tea": must be a standard resource for quota',
      ],
    ],
  ])('refuses %j', (hard, expected) => {
    expect(quota(hard)).toEqual(expected);
  });
});

describe('a LimitRange', () => {
  const range = (...limits: JsonObject[]): string[] => faultsOf('v1', 'LimitRange', { spec: { limits } });
  const at = 'spec.limits[0]';

  it('goes from the least to the most', () => {
    expect(
      range({
        type: 'Container',
        min: { cpu: '1' },
        defaultRequest: { cpu: '1' },
        default: { cpu: '2' },
        max: { cpu: '3' },
      }),
    ).toEqual([]);
  });

  it.each([
    [{ type: 'Tea' }, `${at}.type: Invalid value: "Tea": must be a standard limit type or fully qualified`],
    [
      { type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } },
      `${at}.min[cpu]: Invalid value: "2": min value 2 is greater than max value 1`,
    ],
    [
      { type: 'Container', default: { cpu: '2' }, max: { cpu: '1' } },
      `${at}.default[cpu]: Invalid value: "2": default value 2 is greater than max value 1`,
    ],
    [
      { type: 'Container', defaultRequest: { cpu: '2' }, default: { cpu: '1' } },
      `${at}.defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default value 1`,
    ],
    [
      { type: 'Container', min: { cpu: '2' }, default: { cpu: '1' } },
      `${at}.default[cpu]: Invalid value: "1": default value 1 is less than min value 2`,
    ],
  ])('refuses %j', (limit, expected) => {
    expect(range(limit)).toEqual([expected]);
  });

  it('says each type once', () => {
    expect(range({ type: 'Pod' }, { type: 'Pod' })).toEqual(['spec.limits[1].type: Duplicate value: "Pod"']);
  });
});
