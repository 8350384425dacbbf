import type { Deployment } from '../kinds.js';
import { deployment, replicaSet } from '../testing/objects.js';
import { allowedSize, beyondHistory, recreateScales, rollingScales, type Scale } from './deployment-rollout.js';
import { revisionOf } from './deployment-sets.js';

function rolling(replicas: number, maxSurge: number | string, maxUnavailable: number | string): Deployment {
  return deployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } });
}

function told(scales: readonly Scale[]): Record<string, number> {
  return Object.fromEntries(scales.map(({ set, to }) => [set.metadata.name, to]));
}

describe('the size that the new ReplicaSet may take', () => {
  const rows: [string, Deployment, number | undefined, number, number][] = [
    ['all at once when there are no others', rolling(3, 1, 0), undefined, 0, 3],
    ['the surge beside the others', rolling(3, 1, 0), undefined, 3, 1],
    ['a share is rounded up', rolling(4, '30%', 0), undefined, 4, 2],
    ['what the others have left', rolling(3, 1, 1), 1, 2, 2],
    ['no more while there is no room', rolling(3, 1, 0), 1, 3, 1],
    ['never more than is asked for', rolling(3, '100%', 0), 2, 2, 3],
    ['everything with Recreate', deployment({ replicas: 3, strategy: { type: 'Recreate' } }), 0, 0, 3],
  ];
  it.each(rows)('%s', (_what, object, current, old, size) => {
    const set = current === undefined ? undefined : replicaSet('new', current);
    expect(allowedSize(object, set, [replicaSet('old', old)])).toBe(size);
  });
});

describe('a step of a rolling update', () => {
  type Size = readonly [size: number, available: number];
  const rows: [string, Deployment, Size, Record<string, Size>, Record<string, number>][] = [
    ['the new one grows first', rolling(3, 1, 0), [0, 0], { old: [3, 3] }, { new: 1 }],
    ['nothing while the new pod is not available', rolling(3, 1, 0), [1, 0], { old: [3, 3] }, {}],
    ['an old pod goes when a new one is available', rolling(3, 1, 0), [1, 1], { old: [3, 3] }, { old: 2 }],
    ['old pods go first when some may be missing', rolling(4, 0, 1), [0, 0], { old: [4, 4] }, { old: 3 }],
    [
      'unavailable old pods go before available ones',
      rolling(3, 1, 0),
      [1, 1],
      { older: [1, 1], old: [2, 1] },
      { old: 1 },
    ],
    ['unavailable old pods do not make room for available ones', rolling(2, 1, 0), [1, 0], { old: [2, 0] }, {}],
    ['all unavailable old pods go, as far as may be missing', rolling(4, 0, 2), [0, 0], { old: [4, 2] }, { old: 2 }],
    ['the older set goes first', rolling(4, 2, 0), [2, 2], { older: [2, 2], old: [2, 2] }, { older: 0 }],
    ['too large a new one shrinks', rolling(2, 1, 0), [4, 4], {}, { new: 2 }],
    ['nothing when it is done', rolling(3, 1, 0), [3, 3], { old: [0, 0] }, {}],
    ['neither surge nor absence: one may be absent', rolling(3, 0, 0), [0, 0], { old: [3, 3] }, { old: 2 }],
    ['a share that may be missing is rounded down', rolling(3, 1, '25%'), [1, 0], { old: [3, 3] }, {}],
  ];
  it.each(rows)('%s', (_what, object, current, old, expected) => {
    const sets = Object.entries(old).map(([name, [size, available]], i) =>
      replicaSet(name, size, available, { creationTimestamp: `2026-01-01T00:00:0${i}Z` }),
    );
    expect(told(rollingScales(object, replicaSet('new', ...current), sets))).toEqual(expected);
  });
});

describe('a step of Recreate', () => {
  const object = deployment({ replicas: 2, strategy: { type: 'Recreate' } });
  const rows: [string, number | undefined, number, boolean, Record<string, number>][] = [
    ['the old ones go down', undefined, 2, true, { old: 0 }],
    ['nothing while an old pod is left', 0, 0, true, {}],
    ['then the new one goes up', 0, 0, false, { new: 2 }],
    ['nothing when it is done', 2, 0, false, {}],
  ];
  it.each(rows)('%s', (_what, current, old, left, expected) => {
    const set = current === undefined ? undefined : replicaSet('new', current);
    expect(told(recreateScales(object, set, [replicaSet('old', old)], left))).toEqual(expected);
  });
});

describe('the revision history', () => {
  const of = (name: string, revision: string, size = 0) =>
    replicaSet(name, size, size, { annotations: { 'deployment.kubernetes.io/revision': revision } });
  const names = (limit: number | undefined, ...sets: ReturnType<typeof of>[]) => {
    const object = deployment(limit === undefined ? {} : { revisionHistoryLimit: limit });
    return beyondHistory(object, sets, revisionOf).map(({ metadata }) => metadata.name);
  };

  it('loses the oldest revisions beyond the limit', () => {
    expect(names(2, of('c', '10'), of('a', '2'), of('b', '3'))).toEqual(['a']);
    expect(names(0, of('a', '2'), of('b', '3'))).toEqual(['a', 'b']);
  });

  it('is ten long without a limit', () => {
    const sets = Array.from({ length: 12 }, (_none, i) => of(`s${i}`, String(i + 1)));
    expect(names(undefined, ...sets)).toEqual(['s0', 's1']);
  });

  it('keeps what still has pods or has not been looked at', () => {
    const unseen = { ...of('b', '2'), metadata: { ...of('b', '2').metadata, generation: 5 } };
    expect(names(0, of('a', '1', 1), unseen)).toEqual([]);
  });

  it('leaves alone what is being deleted', () => {
    const gone = replicaSet('a', 0, 0, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(names(0, gone)).toEqual([]);
  });
});
