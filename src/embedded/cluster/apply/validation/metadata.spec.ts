import { faultsOf } from '../testing/faults.js';
import { refusal } from '../testing/writing.js';
import { validateObject } from '../validate.js';
import { selects } from './metadata.js';

const inMetadata = (metadata: Record<string, unknown>, kind = 'ConfigMap', apiVersion = 'v1'): string[] =>
  faultsOf(apiVersion, kind, { metadata: { name: 'x', ...metadata } });

describe('metadata', () => {
  it('is refused with every fault at once', () => {
    const labels = { 'a b': '1', c: '!' };
    const object = { metadata: { name: 'X', labels }, data: { '/': '' } };
    const { message, details } = refusal(() => validateObject('v1', 'ConfigMap', object));
    expect(
      message.startsWith(
        'ConfigMap "X" is invalid: [metadata.name: Invalid value: "X": a lowercase RFC 1123 subdomain',
      ),
    ).toBe(true);
    expect(details?.causes?.map(({ field, reason }) => [field, reason])).toEqual([
      ['metadata.name', 'FieldValueInvalid'],
      ['metadata.labels', 'FieldValueInvalid'],
      ['metadata.labels', 'FieldValueInvalid'],
      ['data[/]', 'FieldValueInvalid'],
    ]);
  });

  it('needs a name', () => {
    expect(inMetadata({ name: '' })).toEqual(['metadata.name: Required value: name or generateName is required']);
  });

  it.each([
    ['a dot in the name of a namespace', 'Namespace', 'v1', 'a.b'],
    ['a digit that starts the name of a Service', 'Service', 'v1', '1a'],
    ['a slash in the name of a Role', 'Role', 'rbac.authorization.k8s.io/v1', 'a/b'],
    ['a dot in the name of a StatefulSet', 'StatefulSet', 'apps/v1', 'a.b'],
    ['a capital', 'Pod', 'v1', 'A'],
  ])('refuses %s', (_what, kind, apiVersion, name) => {
    expect(inMetadata({ name }, kind, apiVersion).filter((fault) => fault.startsWith('metadata.name'))).toHaveLength(1);
  });

  it.each([
    ['Role', 'rbac.authorization.k8s.io/v1', 'system:Reader'],
    ['ConfigMap', 'v1', 'a.b.c'],
  ])('allows a %s of %s to be named %s', (kind, apiVersion, name) => {
    expect(inMetadata({ name }, kind, apiVersion)).toEqual([]);
  });

  it('allows a prefix to end with a dash', () => {
    expect(inMetadata({ generateName: 'web-' })).toEqual([]);
    expect(inMetadata({ generateName: 'Web-' })).toHaveLength(1);
  });

  it('refuses annotations that are too much together', () => {
    expect(inMetadata({ annotations: { a: 'x'.repeat(300_000) } })).toEqual([
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ]);
  });

  it('allows annotations with capitals in their prefix', () => {
    expect(inMetadata({ annotations: { 'Example.com/x': 'anything / at all' } })).toEqual([]);
  });

  it('refuses a finalizer that is no qualified name', () => {
    expect(inMetadata({ finalizers: ['a b'] })[0]).toContain(
      'metadata.finalizers: Invalid value: "a b": name part must',
    );
  });

  it('refuses an owner without identity, and a second controller', () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true };
    expect(inMetadata({ ownerReferences: [{ ...owner, apiVersion: '', uid: '' }] })).toEqual([
      'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ]);
    expect(inMetadata({ ownerReferences: [owner, { ...owner, name: 'q' }] })[0]).toContain(
      'Only one reference can have Controller set to true. Found "true" in references for Pod/p and Pod/q',
    );
  });
});

describe('a selector', () => {
  const labels = { app: 'a', tier: 'web' };

  it.each([
    [{}, true],
    [{ matchLabels: { app: 'a' } }, true],
    [{ matchLabels: { app: 'b' } }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['b'] }] }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a'] }] }, false],
    [{ matchExpressions: [{ key: 'none', operator: 'NotIn', values: ['a'] }] }, true],
    [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, true],
    [{ matchExpressions: [{ key: 'none', operator: 'Exists' }] }, false],
    [{ matchExpressions: [{ key: 'none', operator: 'DoesNotExist' }] }, true],
  ])('%j selects: %s', (selector, expected) => {
    expect(selects(selector, labels)).toBe(expected);
  });

  it.each([
    [
      { key: 'a', operator: 'In' },
      "spec.podSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
    [
      { key: 'a', operator: 'Exists', values: ['x'] },
      "spec.podSelector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    ],
    [
      { key: 'a', operator: 'Like' },
      'spec.podSelector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
    ],
  ])('refuses the term %j', (term, expected) => {
    const spec = { podSelector: { matchExpressions: [term] } };
    expect(faultsOf('networking.k8s.io/v1', 'NetworkPolicy', { spec })).toEqual([expected]);
  });
});
