import { deployment, meta, replicaSet } from '../testing/objects.js';
import { newReplicaSet, nextRevision, refreshedSet, rolloutBounds, scaledSet, splitSets } from './deployment-sets.js';

describe('the bounds of a rollout', () => {
  const rows: [number, number | string | undefined, number | string | undefined, number, number][] = [
    [4, undefined, undefined, 1, 1],
    [1, undefined, undefined, 1, 0],
    [10, '25%', '25%', 3, 2],
    [3, 0, 0, 0, 1],
    [2, 1, 5, 1, 2],
    [0, '25%', '25%', 0, 0],
  ];
  it.each(rows)('of %i with surge %s and absence %s', (replicas, maxSurge, maxUnavailable, surge, unavailable) => {
    const rollingUpdate = {
      ...(maxSurge === undefined ? {} : { maxSurge }),
      ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
    };
    expect(rolloutBounds(deployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate } }))).toEqual({
      surge,
      unavailable,
    });
  });

  it('are none with Recreate', () => {
    expect(rolloutBounds(deployment({ replicas: 4, strategy: { type: 'Recreate' } }))).toEqual({
      surge: 0,
      unavailable: 0,
    });
  });
});

describe('a new ReplicaSet', () => {
  const object = {
    ...deployment({ replicas: 4, minReadySeconds: 5 }),
    metadata: meta('web', {
      annotations: {
        'meta.helm.sh/release-name': 'r',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
        'deployment.kubernetes.io/revision': '7',
      },
    }),
  };
  const draft = newReplicaSet(object, 8, 2);

  it('carries the annotations of its Deployment that are not about itself', () => {
    expect(draft.metadata.annotations).toEqual({
      'meta.helm.sh/release-name': 'r',
      'deployment.kubernetes.io/desired-replicas': '4',
      'deployment.kubernetes.io/max-replicas': '5',
      'deployment.kubernetes.io/revision': '8',
    });
  });

  it('belongs to its Deployment and selects by the hash', () => {
    const hash = draft.metadata.labels?.['pod-template-hash'];
    expect(draft.metadata).toMatchObject({
      name: `web-${hash}`,
      namespace: 'ns',
      ownerReferences: [{ kind: 'Deployment', controller: true }],
    });
    expect(draft['spec']).toMatchObject({
      replicas: 2,
      minReadySeconds: 5,
      selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } },
      template: { metadata: { labels: { app: 'web', 'pod-template-hash': hash } } },
    });
  });

  it('has another name after a collision', () => {
    expect(newReplicaSet({ ...object, status: { collisionCount: 1 } }, 8, 2).metadata.name).not.toBe(
      draft.metadata.name,
    );
  });
});

describe('the ReplicaSets of a Deployment', () => {
  const hashed = (name: string, image: string, created: string) => {
    const set = replicaSet(name, 1, 1, { creationTimestamp: created });
    const labels = { app: 'web', 'pod-template-hash': name };
    return {
      ...set,
      spec: { ...set.spec, template: { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } } },
    };
  };
  const young = hashed('young', 'x/app:1', '2026-01-01T00:00:09Z');
  const same = hashed('same', 'x/app:1', '2026-01-01T00:00:01Z');
  const other = hashed('other', 'x/app:2', '2026-01-01T00:00:05Z');

  it('are the oldest of the present template, whatever its hash, and the others', () => {
    const { current, old } = splitSets(deployment(), [young, other, same]);
    expect(current).toBe(same);
    expect(old.map(({ metadata }) => metadata.name)).toEqual(['other', 'young']);
  });

  it('may lack the present template', () => {
    expect(splitSets(deployment(), [other])).toEqual({ current: undefined, old: [other] });
  });
});

describe('revisions', () => {
  const annotated = (annotations: Record<string, string>) => replicaSet('s', 1, 1, { annotations });
  const REVISION = 'deployment.kubernetes.io/revision';
  const HISTORY = 'deployment.kubernetes.io/revision-history';

  it('count on from the newest', () => {
    expect(nextRevision([])).toBe(1);
    expect(nextRevision([annotated({ [REVISION]: '9' }), annotated({ [REVISION]: '10' })])).toBe(11);
  });

  it('are remembered when a template comes back', () => {
    const once = refreshedSet(deployment(), annotated({ [REVISION]: '1' }), 3);
    expect(once.metadata.annotations).toEqual({ [REVISION]: '3', [HISTORY]: '1' });
    expect(refreshedSet(deployment(), once, 5).metadata.annotations).toEqual({ [REVISION]: '5', [HISTORY]: '1,3' });
    expect(refreshedSet(deployment(), once, 2).metadata.annotations).toEqual({ [REVISION]: '3', [HISTORY]: '1' });
  });

  it('do not change with the size', () => {
    const scaled = scaledSet(deployment({ replicas: 6 }), annotated({ [REVISION]: '3' }), 2);
    expect(scaled.spec.replicas).toBe(2);
    expect(scaled.metadata.annotations).toMatchObject({
      [REVISION]: '3',
      'deployment.kubernetes.io/desired-replicas': '6',
    });
  });
});
