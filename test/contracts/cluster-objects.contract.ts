import { configMap, eventually, namespaceObject, type UnderTest } from './cluster-under-test.js';

/** Objects in process: apply, reads, patches, conflicts, deletion. */
export function objectsContract(under: () => UnderTest): void {
  describe('objects', () => {
    let namespace: string;
    const reference = (name: string): { apiVersion: string; kind: string; namespace: string; name: string } => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace,
      name,
    });

    beforeAll(async () => {
      namespace = await under().namespace();
    });

    test('applying makes, changes, and takes back what is no longer applied', async () => {
      const { objects } = under();
      const made = await objects.apply(configMap(namespace, 'a', { x: '1', y: '2' }));
      expect(made.metadata.uid).toEqual(expect.any(String));
      const changed = await objects.apply(configMap(namespace, 'a', { x: '3' }));
      expect(changed['data']).toEqual({ x: '3' });
      expect((await objects.get(reference('a')))?.metadata.resourceVersion).toBe(changed.metadata.resourceVersion);
    });

    test('applying the same again changes nothing', async () => {
      const { objects } = under();
      const first = await objects.apply(configMap(namespace, 'same', { x: '1' }));
      const second = await objects.apply(configMap(namespace, 'same', { x: '1' }));
      expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    });

    test('a field of another manager is a conflict that names it, and is taken only by force', async () => {
      const { objects } = under();
      await objects.apply(configMap(namespace, 'shared', { x: '1' }), { fieldManager: 'somebody' });
      await expect(objects.apply(configMap(namespace, 'shared', { x: '2' }))).rejects.toMatchObject({
        kind: 'conflict',
        code: 'conflict',
        message: expect.stringContaining('somebody'),
        members: { causes: [{ field: '.data.x', message: expect.stringContaining('somebody') }] },
      });
      const taken = await objects.apply(configMap(namespace, 'shared', { x: '2' }), { force: true });
      expect(taken['data']).toEqual({ x: '2' });
      expect(taken.metadata.managedFields?.map((entry) => entry.manager)).toContain('tenantry');
    });

    test('a dry run answers what would be, and changes nothing', async () => {
      const { objects } = under();
      const tried = await objects.apply(configMap(namespace, 'dry', { x: '1' }), { dryRun: true });
      expect(tried['data']).toEqual({ x: '1' });
      expect(await objects.get(reference('dry'))).toBeUndefined();
    });

    test('an unknown field and an unknown kind are told', async () => {
      const { objects } = under();
      const odd = { ...configMap(namespace, 'odd', {}), dataX: {} };
      await expect(objects.apply(odd)).rejects.toMatchObject({ code: 'render_failed' });
      const thing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x', namespace } };
      await expect(objects.apply(thing)).rejects.toMatchObject({ code: 'render_failed' });
      await expect(objects.apply({ ...thing, apiVersion: 'v1' })).rejects.toMatchObject({ code: 'render_failed' });
    });

    test('a write with a stale resource version is a conflict', async () => {
      const { objects } = under();
      const first = await objects.apply(configMap(namespace, 'stale', { x: '1' }));
      await objects.patch(reference('stale'), { data: { x: '2' } }, { type: 'merge' });
      await expect(objects.replace(first)).rejects.toMatchObject({ code: 'conflict', members: { status: 409 } });
    });

    test('patches of each kind', async () => {
      const { objects } = under();
      await objects.apply(configMap(namespace, 'patched', { x: '1' }));
      const merged = await objects.patch(reference('patched'), { data: { y: '2' } }, { type: 'merge' });
      expect(merged['data']).toEqual({ x: '1', y: '2' });
      const replaced = await objects.patch(reference('patched'), [{ op: 'replace', path: '/data/x', value: '3' }], {
        type: 'json',
      });
      expect(replaced['data']).toEqual({ x: '3', y: '2' });
      const strategic = await objects.patch(reference('patched'), { data: { y: null } }, { type: 'strategic' });
      expect(strategic['data']).toEqual({ x: '3' });
    });

    test('lists go by label, in pages, whole or as metadata alone', async () => {
      const { objects } = under();
      for (let index = 0; index < 7; index += 1) {
        const object = configMap(namespace, `listed-${index}`, { x: 'y' });
        object.metadata.labels = { listed: index < 5 ? 'yes' : 'no' };
        await objects.apply(object);
      }
      const options = { apiVersion: 'v1', kind: 'ConfigMap', namespace, labelSelector: 'listed=yes' };
      expect((await objects.list(options)).map((object) => object.metadata.name).sort()).toEqual(
        [0, 1, 2, 3, 4].map((index) => `listed-${index}`),
      );
      const [metadata] = await objects.list({ ...options, metadataOnly: true });
      expect(metadata).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { labels: { listed: 'yes' } } });
      expect(metadata).not.toHaveProperty('data');
    });

    test('deleting starts a deletion, says when there was nothing, and spares another object of the name', async () => {
      const { objects } = under();
      const made = await objects.apply(configMap(namespace, 'gone', {}));
      await expect(
        objects.delete(reference('gone'), { uid: '00000000-0000-0000-0000-000000000000' }),
      ).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(await objects.delete(reference('gone'), { uid: made.metadata.uid })).toBe('deleted');
      expect(await objects.get(reference('gone'))).toBeUndefined();
      expect(await objects.delete(reference('gone'))).toBe('absent');
    });

    test('logs of a pod that is not there are empty', async () => {
      expect(await under().objects.logs({ namespace, pod: 'none', container: 'app', tailLines: 5 })).toBe('');
    });

    test('what a namespace holds is told by kind and name, without bodies', async () => {
      const { objects } = under();
      await objects.apply(configMap(namespace, 'held', { secret: 'hunter2' }));
      const contents = await objects.contentsOf(namespace);
      expect(contents.map((object) => `${object.kind}/${object.metadata.name}`)).toContain('ConfigMap/held');
      expect(JSON.stringify(contents)).not.toContain('"data"');
    });
  });
}

/** A namespace that a finalizer holds: terminating, closed to new content, and gone once it is let go. */
export function namespaceContract(under: () => UnderTest): void {
  describe('a namespace', () => {
    test('that is held by a finalizer terminates, refuses content, is named with its blocker, and ends when let go', async () => {
      const { objects, watch } = under();
      const namespace = await under().namespace();
      const held = configMap(namespace, 'held', {});
      held.metadata.finalizers = ['example.com/hold'];
      await objects.apply(held);
      expect(await objects.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace })).toBe('deleted');

      const seen = await eventually(under(), 'the terminating namespace', async () => {
        const state = await watch.readNamespace(namespace);
        return state.phase === 'terminating' && state;
      });
      expect(seen.namespaceObject?.metadata.deletionTimestamp).toEqual(expect.any(String));
      await expect(objects.apply(configMap(namespace, 'late', {}))).rejects.toMatchObject({
        code: 'namespace_terminating',
      });
      const [blocker] = await eventually(under(), 'the blocker', async () => {
        const left = (await objects.contentsOf(namespace)).filter((object) => object.metadata.finalizers !== undefined);
        return left.length > 0 && left;
      });
      expect(blocker?.metadata).toMatchObject({ name: 'held', finalizers: ['example.com/hold'] });

      await objects.patch(
        { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'held' },
        { metadata: { finalizers: null } },
        { type: 'merge' },
      );
      await eventually(under(), 'the end of the namespace', async () => {
        return (await watch.readNamespace(namespace)).phase === 'absent';
      });
      await eventually(under(), 'the end, as the watch knows it', async () => {
        return watch.namespaceState(namespace).phase === 'absent';
      });
    });

    test('can be made again under its name', async () => {
      const { objects } = under();
      const name = await under().namespace();
      await objects.delete({ apiVersion: 'v1', kind: 'Namespace', name });
      await eventually(under(), 'the end', async () => {
        return (await objects.get({ apiVersion: 'v1', kind: 'Namespace', name })) === undefined;
      });
      expect((await objects.apply(namespaceObject(name))).metadata.deletionTimestamp).toBeUndefined();
    });
  });
}
