import { typeOfKey } from '../store/resource-types.js';
import { groupVersionOf, SERVED_TYPES, servedGroups, servedType } from './served-types.js';

describe('what is served', () => {
  it('is each path once', () => {
    const paths = SERVED_TYPES.map(({ type }) => `${groupVersionOf(type)}/${type.resource}`);
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('is kept under a key that the store knows, or computed', () => {
    for (const { key, verbs } of SERVED_TYPES) {
      if (key === undefined) expect(verbs).not.toContain('update');
      else expect(typeOfKey(key)).toBeDefined();
    }
  });

  it.each([
    ['autoscaling/v1', 'horizontalpodautoscalers', 'autoscaling/horizontalpodautoscalers'],
    ['autoscaling/v2', 'horizontalpodautoscalers', 'autoscaling/horizontalpodautoscalers'],
    ['events.k8s.io/v1', 'events', '/events'],
    ['v1', 'events', '/events'],
    ['metrics.k8s.io/v1beta1', 'pods', undefined],
    ['authorization.k8s.io/v1', 'selfsubjectaccessreviews', undefined],
  ])('%s %s is kept under %s', (groupVersion, resource, key) => {
    expect(servedType(groupVersion, resource)).toBeDefined();
    expect(servedType(groupVersion, resource)?.key).toBe(key);
  });

  it('is converted where a version is not the stored one', () => {
    const converted = SERVED_TYPES.filter(({ convert }) => convert !== undefined);
    expect(converted.map(({ type }) => `${groupVersionOf(type)} ${type.kind}`)).toEqual([
      'events.k8s.io/v1 Event',
      'autoscaling/v1 HorizontalPodAutoscaler',
    ]);
  });

  it('has the preferred version of a group first', () => {
    expect([...(servedGroups().get('autoscaling')?.keys() ?? [])]).toEqual(['v2', 'v1']);
    expect([...(servedGroups().get('')?.keys() ?? [])]).toEqual(['v1']);
  });
});
