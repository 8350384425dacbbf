import type { KubernetesObject } from '../../kubernetes/kubernetes-object.js';
import { stuckPods } from './stuck-pods.js';

const statefulSet: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db', uid: 'set-1' },
  spec: {},
  status: { updateRevision: 'db-good' },
};

function pod(revision: string, ready: boolean, changes: object = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'db-0',
      labels: { 'controller-revision-hash': revision },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'set-1' }],
      ...changes,
    },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

describe('pods that keep a StatefulSet from its new revision', () => {
  it('are those of an older one that are not ready', () => {
    const broken = pod('db-bad', false);
    expect(stuckPods(statefulSet, [broken, pod('db-bad', true), pod('db-good', false)])).toEqual([broken]);
  });

  it.each([
    ['a pod that is being deleted', statefulSet, pod('db-bad', false, { deletionTimestamp: '2026-11-20T00:00:00Z' })],
    ['a pod of another owner', statefulSet, pod('db-bad', false, { ownerReferences: [] })],
    [
      'a set whose pods a person replaces',
      { ...statefulSet, spec: { updateStrategy: { type: 'OnDelete' } } },
      pod('db-bad', false),
    ],
    ['a set that no controller has seen', { ...statefulSet, status: {} }, pod('db-bad', false)],
  ])('are never %s', (_, set, candidate) => {
    expect(stuckPods(set, [candidate])).toEqual([]);
  });
});
