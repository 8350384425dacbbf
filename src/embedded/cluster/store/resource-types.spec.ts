import { generateName } from './generate-name.js';
import { keyOf, keyOfObject, RESOURCE_TYPES, typeOfKey, typeOfKind } from './resource-types.js';

describe('the table of types', () => {
  it.each([
    ['/pods', { group: '', version: 'v1', kind: 'Pod', namespaced: true, hasGeneration: true }],
    ['/namespaces', { kind: 'Namespace', namespaced: false }],
    ['/endpoints', { kind: 'Endpoints', singular: 'endpoints' }],
    ['apps/deployments', { group: 'apps', kind: 'Deployment', shortNames: ['deploy'], categories: ['all'] }],
    ['networking.k8s.io/networkpolicies', { kind: 'NetworkPolicy', shortNames: ['netpol'] }],
    ['networking.k8s.io/ingresses', { kind: 'Ingress', hasGeneration: true }],
    ['storage.k8s.io/storageclasses', { kind: 'StorageClass', namespaced: false }],
    ['autoscaling/horizontalpodautoscalers', { version: 'v2' }],
  ])('has %s', (key, expected) => {
    expect(typeOfKey(key)).toMatchObject(expected);
  });

  it('has each type once', () => {
    expect(new Set(RESOURCE_TYPES.map(keyOf)).size).toBe(RESOURCE_TYPES.length);
  });

  it('finds a type by the group and kind of an object, in whatever version', () => {
    expect(typeOfKind('apps/v1', 'StatefulSet')?.resource).toBe('statefulsets');
    expect(typeOfKind('autoscaling/v1', 'HorizontalPodAutoscaler')?.version).toBe('v2');
    expect(typeOfKind('example.com/v1', 'Widget')).toBeUndefined();
    expect(keyOfObject({ apiVersion: 'v1', kind: 'Secret' })).toBe('/secrets');
    expect(keyOfObject({ apiVersion: 'v1', kind: 'Widget' })).toBeUndefined();
  });

  it('takes an unknown key for a fault of the caller', () => {
    expect(() => typeOfKey('/widgets')).toThrow('no such resource type: /widgets');
  });
});

describe('generateName', () => {
  it('cuts a long base so that the name stays a label', () => {
    const name = generateName('x'.repeat(100));
    expect(name).toHaveLength(63);
    expect(name.startsWith('x'.repeat(58))).toBe(true);
  });

  it('hardly ever repeats itself', () => {
    const names = new Set(Array.from({ length: 1000 }, () => generateName('a-')));
    expect(names.size).toBeGreaterThan(990);
  });
});
