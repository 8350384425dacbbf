import type { JsonObject } from '../json.js';
import { refusal } from '../testing/writing.js';
import { strategicMerge } from './strategic-merge.js';

const pod = (spec: JsonObject): JsonObject => ({ apiVersion: 'v1', kind: 'Pod', spec });
const patched = (spec: JsonObject, patch: JsonObject): unknown =>
  strategicMerge('v1', 'Pod', pod(spec), { spec: patch })['spec'];
const meta = (metadata: JsonObject, patch: JsonObject): unknown =>
  strategicMerge('v1', 'Pod', { metadata }, { metadata: patch })['metadata'];

describe('a strategic merge patch', () => {
  it('merges containers by name, as kubectl set image does', () => {
    const spec = {
      containers: [
        { name: 'a', image: '1', tty: true },
        { name: 'b', image: '1' },
      ],
    };
    expect(patched(spec, { containers: [{ name: 'a', image: '2' }] })).toEqual({
      containers: [
        { name: 'a', image: '2', tty: true },
        { name: 'b', image: '1' },
      ],
    });
  });

  it('adds the annotation of kubectl rollout restart', () => {
    const template = { metadata: { labels: { a: '1' } } };
    const annotations = { 'kubectl.kubernetes.io/restartedAt': 'now' };
    const patch = { spec: { template: { metadata: { annotations } } } };
    expect(strategicMerge('apps/v1', 'Deployment', { spec: { template } }, patch)).toEqual({
      spec: { template: { metadata: { labels: { a: '1' }, annotations } } },
    });
  });

  it('merges ports by number alone', () => {
    const spec = { containers: [{ name: 'a', ports: [{ containerPort: 80, protocol: 'TCP' }] }] };
    const patch = { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'http' }] }] };
    expect(patched(spec, patch)).toEqual({
      containers: [{ name: 'a', ports: [{ containerPort: 80, protocol: 'TCP', name: 'http' }] }],
    });
  });

  it('adds finalizers once', () => {
    expect(meta({ finalizers: ['a', 'b'] }, { finalizers: ['b', 'c'] })).toEqual({ finalizers: ['a', 'b', 'c'] });
  });

  it('replaces lists without a merge key', () => {
    expect(patched({ tolerations: [{ key: 'a' }] }, { tolerations: [{ key: 'b' }] })).toEqual({
      tolerations: [{ key: 'b' }],
    });
    const spec = { containers: [{ name: 'a', args: ['1', '2'] }] };
    expect(patched(spec, { containers: [{ name: 'a', args: ['3'] }] })).toEqual({
      containers: [{ name: 'a', args: ['3'] }],
    });
  });

  it('merges maps and removes members that are null', () => {
    expect(meta({ labels: { a: '1', b: '2' } }, { labels: { a: null, c: '3' } })).toEqual({
      labels: { b: '2', c: '3' },
    });
  });

  it('leaves nulls and directives out of what is new', () => {
    expect(patched({}, { securityContext: { runAsUser: 1, runAsGroup: null, $patch: 'merge' } })).toEqual({
      securityContext: { runAsUser: 1 },
    });
    expect(patched({}, { tolerations: [{ key: 'a', value: null }, { $patch: 'replace' }] })).toEqual({
      tolerations: [{ key: 'a' }],
    });
  });

  describe('with $patch', () => {
    const spec = {
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ],
    };

    it('delete removes an item', () => {
      expect(patched(spec, { containers: [{ name: 'a', $patch: 'delete' }] })).toEqual({
        containers: [{ name: 'b', image: '1' }],
      });
    });

    it('delete of an item that is not there adds none', () => {
      expect(patched(spec, { containers: [{ name: 'c', $patch: 'delete' }] })).toEqual(spec);
      expect(patched({}, { containers: [{ name: 'c', $patch: 'delete' }] })).toEqual({ containers: [] });
    });

    it('replace in a list replaces the list', () => {
      expect(patched(spec, { containers: [{ name: 'c' }, { $patch: 'replace' }] })).toEqual({
        containers: [{ name: 'c' }],
      });
    });

    it('replace replaces an object', () => {
      expect(meta({ labels: { a: '1' } }, { labels: { $patch: 'replace', b: '2' } })).toEqual({ labels: { b: '2' } });
    });

    it('delete empties an object', () => {
      expect(meta({ labels: { a: '1' } }, { labels: { $patch: 'delete' } })).toEqual({ labels: {} });
    });

    it('of another kind is refused', () => {
      expect(refusal(() => meta({ labels: {} }, { labels: { $patch: 'explode' } })).code).toBe(400);
    });
  });

  describe('with $retainKeys', () => {
    it('keeps only the named members, as a strategy that changes its type needs', () => {
      const document = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
      const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
      expect(strategicMerge('apps/v1', 'Deployment', document, patch)).toEqual({
        spec: { strategy: { type: 'Recreate' } },
      });
    });

    it('swaps the source of a volume', () => {
      const spec = { volumes: [{ name: 'v', emptyDir: {} }] };
      const patch = { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] };
      expect(patched(spec, patch)).toEqual({ volumes: [{ name: 'v', configMap: { name: 'c' } }] });
    });
  });

  it('with $deleteFromPrimitiveList takes values out', () => {
    expect(meta({ finalizers: ['a', 'b', 'c'] }, { '$deleteFromPrimitiveList/finalizers': ['a', 'c'] })).toEqual({
      finalizers: ['b'],
    });
  });

  describe('with $setElementOrder', () => {
    const containers = [{ name: 'a' }, { name: 'x' }, { name: 'b' }];

    it('orders the named items and leaves the others where they stood', () => {
      const patch = { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] };
      expect(patched({ containers }, patch)).toEqual({ containers: [{ name: 'x' }, { name: 'b' }, { name: 'a' }] });
    });

    it('puts a new item where it is named', () => {
      const patch = {
        '$setElementOrder/containers': [{ name: 'n' }, { name: 'a' }, { name: 'b' }],
        containers: [{ name: 'n' }],
      };
      expect(patched({ containers }, patch)).toEqual({
        containers: [{ name: 'n' }, { name: 'a' }, { name: 'x' }, { name: 'b' }],
      });
    });

    it('orders scalars', () => {
      const patch = { '$setElementOrder/finalizers': ['c', 'a'], finalizers: ['c'] };
      expect(meta({ finalizers: ['a', 'b'] }, patch)).toEqual({ finalizers: ['c', 'a', 'b'] });
    });
  });

  it('refuses an item without its merge key', () => {
    const error = refusal(() => patched({ containers: [] }, { containers: [{ image: 'a' }] }));
    expect(error.body()).toMatchObject({
      code: 400,
      message: 'map: {"image":"a"} does not contain declared merge key: name',
    });
  });

  it('replaces the selector of a disruption budget as a whole', () => {
    const document = { spec: { selector: { matchLabels: { a: '1' } } } };
    const patch = { spec: { selector: { matchLabels: { b: '2' } } } };
    expect(strategicMerge('policy/v1', 'PodDisruptionBudget', document, patch)).toEqual(patch);
  });

  it('gives the document itself back when it changes nothing', () => {
    const document = pod({ nodeName: 'a', containers: [{ name: 'a' }] });
    expect(strategicMerge('v1', 'Pod', document, { spec: { nodeName: 'a' } })).toBe(document);
  });

  it('never changes the document or the patch', () => {
    const document = pod({ containers: [{ name: 'a', env: [{ name: 'X' }] }] });
    const patch = { spec: { containers: [{ name: 'a', env: [{ name: 'Y' }] }, { name: 'b' }] } };
    const before = structuredClone([document, patch]);
    strategicMerge('v1', 'Pod', document, patch);
    expect([document, patch]).toEqual(before);
  });
});
