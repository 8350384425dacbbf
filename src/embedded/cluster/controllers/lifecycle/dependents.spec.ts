import type { KubeObject } from '../../store/kube-object.js';
import { meta } from '../testing/objects.js';
import { Dependents } from './dependents.js';

function object(name: string, ...owners: string[]): KubeObject {
  const ownerReferences = owners.map((owner) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: owner,
    uid: `uid-of-${owner}`,
  }));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta(name, { ownerReferences }) };
}

const KEY = '/configmaps';

describe('dependents', () => {
  it('are known by their owners, which need not exist', () => {
    const all = new Dependents();
    all.see({ type: 'ADDED', key: KEY, object: object('b', 'a') });
    expect(all.of(object('a'))).toEqual([{ key: KEY, namespace: 'ns', name: 'b' }]);
    expect([all.exists('uid-of-a'), all.exists('uid-of-b')]).toEqual([false, true]);
  });

  it('change their owners', () => {
    const all = new Dependents();
    const before = object('c', 'a');
    all.see({ type: 'ADDED', key: KEY, object: before });
    all.see({ type: 'MODIFIED', key: KEY, object: object('c', 'b'), previous: before });
    expect([all.of(object('a')).length, all.of(object('b')).length]).toEqual([0, 1]);
  });

  it('are forgotten with everything that was known of them', () => {
    const all = new Dependents();
    const gone = object('c', 'a', 'b');
    all.see({ type: 'ADDED', key: KEY, object: gone });
    all.see({ type: 'DELETED', key: KEY, object: gone, previous: gone });
    expect([all.of(object('a')), all.of(object('b')), all.exists('uid-of-c')]).toEqual([[], [], false]);
  });

  it('are told as they were, whatever happens to them meanwhile', () => {
    const all = new Dependents();
    const one = object('b', 'a');
    all.see({ type: 'ADDED', key: KEY, object: one });
    const seen = all.of(object('a'));
    all.see({ type: 'DELETED', key: KEY, object: one, previous: one });
    expect(seen).toHaveLength(1);
  });
});
