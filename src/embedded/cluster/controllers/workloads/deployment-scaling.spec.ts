import { deployment, replicaSet } from '../testing/objects.js';
import { isScaling, scalingScales } from './deployment-scaling.js';
import { DESIRED_REPLICAS, MAX_REPLICAS } from './deployment-sets.js';
import type { Scale } from './deployment-rollout.js';

/** A ReplicaSet made when the Deployment had that size and might have that many pods. */
function set(name: string, size: number, desired: number, max: number, available = size) {
  const annotations = { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(max) };
  return replicaSet(name, size, available, { annotations, creationTimestamp: `2026-01-01T00:00:0${name.length}Z` });
}

function told(scales: readonly Scale[]): Record<string, number> {
  return Object.fromEntries(scales.map(({ set: { metadata }, to }) => [metadata.name, to]));
}

describe('a Deployment was scaled', () => {
  it('when its size is not the one its running ReplicaSets were made for', () => {
    expect(isScaling(deployment({ replicas: 3 }), [set('a', 2, 2, 3)])).toBe(true);
    expect(isScaling(deployment({ replicas: 2 }), [set('a', 2, 2, 3)])).toBe(false);
    expect(isScaling(deployment({ replicas: 3 }), [set('a', 0, 2, 3)])).toBe(false);
    expect(isScaling(deployment({ replicas: 3 }), [replicaSet('a', 2)])).toBe(false);
  });
});

describe('scaling', () => {
  it('changes the only ReplicaSet that has pods', () => {
    expect(told(scalingScales(deployment({ replicas: 5 }), set('new', 0, 2, 3), [set('old', 2, 2, 3)]))).toEqual({
      old: 5,
    });
  });

  it('changes the present one, or else the newest, when none has pods', () => {
    const revisions = ['1', '2'].map((revision) =>
      replicaSet(`r${revision}`, 0, 0, { annotations: { 'deployment.kubernetes.io/revision': revision } }),
    );
    expect(told(scalingScales(deployment({ replicas: 2 }), set('new', 0, 0, 0), revisions))).toEqual({ new: 2 });
    expect(told(scalingScales(deployment({ replicas: 2 }), undefined, revisions))).toEqual({ r2: 2 });
    expect(told(scalingScales(deployment({ replicas: 2 }), undefined, []))).toEqual({});
  });

  it('takes the old ones away when the new one has all it wants', () => {
    const object = deployment({ replicas: 3 });
    expect(told(scalingScales(object, set('new', 3, 3, 4), [set('old', 1, 3, 4)]))).toEqual({ old: 0 });
  });

  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
  const rows: [string, number, Record<string, number>, Record<string, number>][] = [
    ['up', 15, { old: 8, new: 5 }, { old: 11, new: 7 }],
    ['down', 5, { old: 8, new: 5 }, { old: 5, new: 3 }],
    ['to zero', 0, { old: 8, new: 5 }, { old: 0, new: 0 }],
  ];
  it.each(rows)('in the middle of a rollout is shared out in proportion: %s', (_way, replicas, before, after) => {
    const object = deployment({ replicas, strategy });
    const sets = Object.fromEntries(Object.entries(before).map(([name, size]) => [name, set(name, size, 10, 13)]));
    const { old, new: current } = sets;
    expect(told(scalingScales(object, current, old === undefined ? [] : [old]))).toEqual(after);
  });

  it('waits with Recreate until the rollout is over', () => {
    const object = deployment({ replicas: 4, strategy: { type: 'Recreate' } });
    expect(scalingScales(object, set('new', 1, 2, 2), [set('old', 1, 2, 2)])).toEqual([]);
  });
});
