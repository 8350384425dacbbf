import type { KubernetesObject } from './kubernetes-object.js';
import { lastGoodRevision, latestRelease, stateOf } from './namespace-state.js';

function release(name: string, revision: number, status: string): KubernetesObject {
  const labels = { owner: 'helm', name, status, version: String(revision) };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `sh.helm.release.v1.${name}.v${revision}`, namespace: 'ns', labels },
  };
}

const namespace: KubernetesObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } };
const deployment: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'ns' },
};

test('objects are sorted into what they are', () => {
  const state = stateOf('ns', [
    release('main', 10, 'deployed'),
    deployment,
    release('main', 9, 'superseded'),
    namespace,
  ]);
  expect(state.phase).toBe('active');
  expect(state.objects).toEqual([deployment]);
  expect(state.releases.map((found) => found.revision)).toEqual([9, 10]);
});

test('a namespace is absent, active or terminating', () => {
  const going = { ...namespace, metadata: { ...namespace.metadata, deletionTimestamp: '2026-11-20T12:00:00Z' } };
  expect(stateOf('ns', []).phase).toBe('absent');
  expect(stateOf('ns', [going]).phase).toBe('terminating');
});

describe('the revision to go back to', () => {
  const state = stateOf('ns', [
    release('main', 1, 'superseded'),
    release('main', 2, 'failed'),
    release('main', 3, 'deployed'),
    release('main', 4, 'pending-upgrade'),
    release('other', 5, 'deployed'),
  ]);

  test('is the newest that was deployed once', () => {
    expect(latestRelease(state, 'main')?.revision).toBe(4);
    expect(lastGoodRevision(state, 'main')?.revision).toBe(3);
    expect(lastGoodRevision(state, 'main', 3)?.revision).toBe(1);
  });

  test('does not exist where none ever was', () => {
    expect(lastGoodRevision(state, 'main', 1)).toBeUndefined();
    expect(lastGoodRevision(stateOf('ns', [release('main', 1, 'pending-install')]), 'main')).toBeUndefined();
    expect(latestRelease(state, 'none')).toBeUndefined();
  });
});
