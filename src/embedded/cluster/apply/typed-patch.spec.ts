import { isObject, type JsonObject } from './json.js';
import { typeOf } from './schema.js';
import { conversionFault, typedPatchFault } from './typed-patch.js';

const about = (kind: string, apiVersion = '/v1'): string =>
  `failed to create typed patch object (ns/x; ${apiVersion}, Kind=${kind}): `;

function fault(kind: string, { metadata, ...body }: JsonObject, apiVersion = 'v1'): string | undefined {
  const own = isObject(metadata) ? metadata : {};
  const applied = { apiVersion, kind, ...body, metadata: { name: 'x', namespace: 'ns', ...own } };
  return typedPatchFault(typeOf(apiVersion, kind), applied);
}

const inContainer = (container: JsonObject): string | undefined => fault('Pod', { spec: { containers: [container] } });

describe('an applied object that fits its type', () => {
  it('has no fault', () => {
    expect(inContainer({ name: 'a', image: 'x', resources: { limits: { cpu: 1, memory: '1Gi' } } })).toBeUndefined();
    expect(fault('Service', { spec: { ports: [{ port: 80, targetPort: 'http' }] } })).toBeUndefined();
    expect(fault('Pod', { spec: null, metadata: { labels: null } })).toBeUndefined();
  });

  it('is one of an unknown kind, whatever it holds', () => {
    expect(fault('Widget', { spec: { any: [{ thing: 1 }] } }, 'example.com/v1')).toBeUndefined();
  });
});

describe('an applied object that does not fit', () => {
  it('names the object, the path and the fault', () => {
    expect(fault('CronJob', { spec: { concurrencyPolicyX: 'Allow' } }, 'batch/v1')).toBe(
      `${about('CronJob', 'batch/v1')}.spec.concurrencyPolicyX: field not declared in schema`,
    );
  });

  it('has no namespace in its name when it has none', () => {
    const applied = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' }, odd: 1 };
    expect(typedPatchFault(typeOf('v1', 'Namespace'), applied)).toBe(
      'failed to create typed patch object (/n; /v1, Kind=Namespace): .odd: field not declared in schema',
    );
  });

  it('names items by their key', () => {
    expect(inContainer({ name: 'app', imagee: 'x' })).toBe(
      `${about('Pod')}.spec.containers[name="app"].imagee: field not declared in schema`,
    );
  });

  it('names items of atomic lists by their number', () => {
    expect(fault('Pod', { spec: { tolerations: [{}, { keyy: 'x' }] } })).toBe(
      `${about('Pod')}.spec.tolerations[1].keyy: field not declared in schema`,
    );
  });

  it.each([
    [
      'a boolean for a text',
      'ConfigMap',
      { data: { y: true } },
      '.data.y: expected string, got &value.valueUnstructured{Value:true}',
    ],
    [
      'a number for a text',
      'ConfigMap',
      { data: { n: 1 } },
      '.data.n: expected string, got &value.valueUnstructured{Value:1}',
    ],
    [
      'an object for a text',
      'ConfigMap',
      { data: { o: { a: ['x'] } } },
      '.data.o: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"a":[]interface {}{"x"}}}',
    ],
    ['a list for a map', 'ConfigMap', { data: ['a', 'b'] }, '.data: expected map, got &{[a b]}'],
    ['a map for a list', 'Pod', { spec: { containers: { a: 1 } } }, '.spec.containers: expected list, got &{map[a:1]}'],
    ['a text for a struct', 'Pod', { spec: 'x' }, '.spec: expected map, got &{x}'],
    [
      'a text for a number',
      'Pod',
      { spec: { priority: 'x' } },
      '.spec.priority: expected numeric (int or float), got string',
    ],
    [
      'a boolean for a number',
      'Pod',
      { spec: { priority: true } },
      '.spec.priority: expected numeric (int or float), got bool',
    ],
    [
      'a list for a number',
      'Pod',
      { spec: { priority: [] } },
      '.spec.priority: expected numeric (int or float), got []interface {}',
    ],
    [
      'an object for a number',
      'Pod',
      { spec: { priority: {} } },
      '.spec.priority: expected numeric (int or float), got map[string]interface {}',
    ],
    [
      'a text for a boolean',
      'Pod',
      { spec: { hostNetwork: 'yes' } },
      '.spec.hostNetwork: expected boolean, got &{yes}',
    ],
    [
      'an object for a quantity',
      'ResourceQuota',
      { spec: { hard: { pods: {} } } },
      '.spec.hard.pods: expected any scalar, got &{map[]}',
    ],
  ])('%s', (_what, kind, body, expected) => {
    expect(fault(kind, body)).toBe(`${about(kind)}${expected}`);
  });

  it.each([
    [
      'two variables of one name',
      { name: 'a', env: [{ name: 'X' }, { name: 'X' }] },
      '.spec.containers[name="a"].env: duplicate entries for key [name="X"]',
    ],
    [
      'two ports of one number',
      { name: 'a', ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }] },
      '.spec.containers[name="a"].ports: duplicate entries for key [containerPort=80,protocol="TCP"]',
    ],
    [
      'a container without a name',
      { image: 'x' },
      '.spec.containers: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ],
  ])('%s', (_what, container, expected) => {
    expect(inContainer(container)).toBe(`${about('Pod')}${expected}`);
  });

  it.each([
    [
      'a missing container',
      { spec: { containers: [null] } },
      '.spec.containers: element 0: associative list with keys may not have a null element',
    ],
    [
      'a container that is a text',
      { spec: { containers: ['a'] } },
      '.spec.containers: element 0: associative list with keys may not have non-map elements',
    ],
    [
      'a missing finalizer',
      { metadata: { finalizers: [null] } },
      ".metadata.finalizers: element 0: associative list without keys has an element that's an explicit null",
    ],
    [
      'a finalizer that is an object',
      { metadata: { finalizers: [{}] } },
      ".metadata.finalizers: element 0: associative list without keys has an element that's a map type",
    ],
  ])('%s', (_what, body, expected) => {
    expect(fault('Pod', body)).toBe(`${about('Pod')}${expected}`);
  });

  it('lists several faults line by line', () => {
    expect(fault('Pod', { spec: { priority: 'x', hostNetwork: 1 } })).toBe(
      `${about('Pod')}errors:\n  .spec.priority: expected numeric (int or float), got string\n  .spec.hostNetwork: expected boolean, got &{1}`,
    );
  });
});

describe('an applied object of the right type that is none of its kind', () => {
  it.each([
    ['a fraction of a replica', { spec: { replicas: 1.5 } }, 'cannot convert float64 to int32'],
    [
      'a quantity without a number',
      { spec: { template: { spec: { overhead: { cpu: 'x' } } } } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ])('has %s', (_what, body, expected) => {
    const applied = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x', namespace: 'ns' }, ...body };
    expect(conversionFault(typeOf('apps/v1', 'Deployment'), applied)).toBe(
      `failed to convert new typed object (ns/x; apps/v1, Kind=Deployment) to object: ${expected}`,
    );
  });
});
