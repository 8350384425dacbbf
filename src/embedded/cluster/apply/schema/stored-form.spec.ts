import type { JsonObject } from '../json.js';
import { typeOf } from '../schema.js';
import { storedForm } from './stored-form.js';

const stored = (kind: string, body: JsonObject, apiVersion = 'v1'): JsonObject =>
  storedForm(typeOf(apiVersion, kind), body);
const inPod = (spec: JsonObject): unknown => stored('Pod', { spec })['spec'];

describe('the stored form of an object', () => {
  it('is the object itself when that says nothing in vain', () => {
    const pod = {
      metadata: { labels: { a: '' } },
      spec: { containers: [{ name: 'a', resources: { limits: { cpu: '1' } } }] },
    };
    expect(stored('Pod', pod)).toBe(pod);
  });

  it.each([
    ['nulls', { nodeName: null, securityContext: null, tolerations: null }, {}],
    ['empty lists and maps', { tolerations: [], nodeSelector: {}, volumes: [] }, {}],
    ['empty texts', { nodeName: '', hostname: '' }, {}],
    ['booleans and numbers that are off', { hostNetwork: false, hostPID: false }, {}],
    ['unknown fields', { odd: 1 }, {}],
  ])('has no %s', (_what, spec, expected) => {
    expect(inPod(spec)).toEqual(expected);
  });

  it.each([
    ['an empty struct', { securityContext: {} }],
    ['a pointer to zero', { terminationGracePeriodSeconds: 0, enableServiceLinks: false }],
    ['an empty list of containers', { containers: [] }],
    ['an empty directory', { volumes: [{ name: 'v', emptyDir: {} }] }],
    ['empty values of a selector', { nodeSelector: { zone: '' } }],
  ])('keeps %s', (_what, spec) => {
    expect(inPod(spec)).toEqual(spec);
  });

  it('keeps an empty storage class, which means none', () => {
    const spec = { storageClassName: '', volumeName: '' };
    expect(stored('PersistentVolumeClaim', { spec })).toEqual({ spec: { storageClassName: '' } });
  });

  it('drops the empty value of a variable, but not its name', () => {
    expect(inPod({ containers: [{ name: 'a', env: [{ name: 'X', value: '' }] }] })).toEqual({
      containers: [{ name: 'a', env: [{ name: 'X' }] }],
    });
  });

  it('keeps empty values of data, and writes a null as one', () => {
    expect(stored('ConfigMap', { data: { a: '', b: null } })).toEqual({ data: { a: '', b: '' } });
  });

  it('writes quantities in their canonical form', () => {
    const resources = { requests: { cpu: 0.25, memory: '2048Ki' }, limits: { cpu: '1000m' } };
    expect(inPod({ containers: [{ name: 'a', resources }] })).toEqual({
      containers: [{ name: 'a', resources: { requests: { cpu: '250m', memory: '2Mi' }, limits: { cpu: '1' } } }],
    });
  });

  it('is final', () => {
    const once = stored('Pod', { spec: { nodeName: '', containers: [{ name: 'a', tty: false }] } });
    expect(stored('Pod', once)).toBe(once);
  });

  it('of a custom resource keeps everything but what its metadata says in vain', () => {
    const custom = { spec: { none: null, empty: [] }, metadata: { labels: {} } };
    expect(stored('Widget', custom, 'example.com/v1')).toEqual({ spec: { none: null, empty: [] }, metadata: {} });
  });
});
