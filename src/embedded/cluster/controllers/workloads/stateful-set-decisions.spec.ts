import type { StatefulSet } from '../kinds.js';
import type { Pod } from '../pod-kinds.js';
import { meta, pod, ready, revision, statefulSet } from '../testing/objects.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { statefulActions, statefulStatus, type StatefulAction, type StatefulView } from './stateful-set-decisions.js';

const clock = new VirtualClock(Date.parse('2026-01-01T00:01:00Z'));
const [one, two] = [revision('db-1', 1), revision('db-2', 2)];
const ENDING = { deletionTimestamp: '2026-01-01T00:01:30Z' };

/** `db-0 new ready`, `db-1 old unready`, `db-2 new ready ending`: pods in words. */
function inWords(words: string): Pod {
  const [name = '', age = '', ...rest] = words.split(' ');
  const labels = { 'controller-revision-hash': age === 'new' ? 'db-2' : 'db-1' };
  const status = rest.includes('ready') ? ready() : { phase: rest.find((word) => /^[A-Z]/.test(word)) ?? 'Running' };
  return pod(name, status, { labels, ...(rest.includes('ending') ? ENDING : {}) });
}

function view(set: StatefulSet, pods: readonly string[]): StatefulView {
  return { set, pods: pods.map(inWords), current: one, update: two, clock };
}

function told(action: StatefulAction): string {
  if (action.kind === 'create') return `create ${action.ordinal} ${action.revision === two ? 'new' : 'old'}`;
  return `${action.kind} ${action.pod.metadata.name}`;
}

const parallel = { podManagementPolicy: 'Parallel' };
const partition = (number: number) => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: number } },
});
const onDelete = { updateStrategy: { type: 'OnDelete' } };

describe('what a StatefulSet of three does next', () => {
  const ok = ['db-0 new ready', 'db-1 new ready', 'db-2 new ready'];
  const old = ['db-0 old ready', 'db-1 old ready', 'db-2 old ready'];
  const rows: [string, Partial<StatefulSet['spec']>, readonly string[], string[]][] = [
    ['begins with the first', partition(0), [], ['create 0 new']],
    [
      'begins with all when in parallel',
      { ...parallel, ...partition(0) },
      [],
      ['create 0 new', 'create 1 new', 'create 2 new'],
    ],
    ['waits for a pod that is not ready', {}, ['db-0 new unready'], []],
    ['looks after the claims of a pod that is pending', {}, ['db-0 new Pending'], ['claims db-0']],
    ['goes on to the next when one is ready', partition(0), ['db-0 new ready'], ['create 1 new']],
    ['fills a gap first', partition(0), ['db-0 new ready', 'db-2 new ready'], ['create 1 new']],
    ['does nothing when all is well', {}, ok, []],
    ['replaces a pod that has failed', {}, ['db-0 new Failed', ...ok.slice(1)], ['delete db-0']],
    ['waits for a pod that ends', {}, ['db-0 new ready', 'db-1 new ready ending', 'db-2 new ready'], []],
    ['takes the highest away first', {}, [...ok, 'db-3 new ready', 'db-4 new ready'], ['delete db-4']],
    [
      'takes all away when in parallel',
      parallel,
      [...ok, 'db-3 new ready', 'db-4 new ready'],
      ['delete db-4', 'delete db-3'],
    ],
    ['takes one away at a time', {}, [...ok, 'db-3 new ready', 'db-4 new ready ending'], []],
    [
      'takes away a pod that is not ready only when it is the first such',
      {},
      [...ok, 'db-3 new unready', 'db-4 new unready'],
      [],
    ],
    ['takes away the first that is not ready', {}, [...ok, 'db-3 new ready', 'db-4 new unready'], ['delete db-4']],
    ['takes nothing away while a pod is not ready', {}, ['db-0 new unready', ...ok.slice(1), 'db-3 new ready'], []],
    ['updates the highest first', {}, old, ['delete db-2']],
    [
      'updates the next when the one above is ready',
      {},
      ['db-0 old ready', 'db-1 old ready', 'db-2 new ready'],
      ['delete db-1'],
    ],
    ['does not update the next before', {}, ['db-0 old ready', 'db-1 old ready', 'db-2 new unready'], []],
    [
      'does not replace a broken pod by a newer template',
      {},
      ['db-0 old ready', 'db-1 old ready', 'db-2 old unready'],
      [],
    ],
    ['does so when in parallel', parallel, ['db-0 old ready', 'db-1 old ready', 'db-2 old unready'], ['delete db-2']],
    ['updates down to the partition', partition(2), old, ['delete db-2']],
    ['stops at the partition', partition(2), ['db-0 old ready', 'db-1 old ready', 'db-2 new ready'], []],
    [
      'makes pods below the partition as they were',
      partition(2),
      ['db-1 old ready', 'db-2 new ready'],
      ['create 0 old'],
    ],
    ['updates nothing with OnDelete', onDelete, old, []],
    ['takes the new template with OnDelete for what is missing', onDelete, old.slice(0, 2), ['create 2 new']],
    ['scales before it updates', {}, [...old, 'db-3 old ready'], ['delete db-3']],
  ];
  it.each(rows)('%s', (_what, spec, pods, expected) => {
    expect(statefulActions(view(statefulSet(spec), pods)).map(told)).toEqual(expected);
  });

  it('does nothing while it is being deleted', () => {
    const set = { ...statefulSet(), metadata: meta('db', ENDING) };
    expect(statefulActions(view(set, []))).toEqual([]);
  });

  it('waits for minReadySeconds', () => {
    const at = new VirtualClock(Date.parse('2026-01-01T00:00:05Z'));
    const set = statefulSet({ minReadySeconds: 10 });
    expect(statefulActions({ ...view(set, ['db-0 new ready']), clock: at })).toEqual([]);
    at.advance(5000);
    expect(statefulActions({ ...view(set, ['db-0 new ready']), clock: at })).toHaveLength(1);
  });
});

describe('the status of a StatefulSet', () => {
  const rows: [string, Partial<StatefulSet['spec']>, string[], object][] = [
    [
      'of nothing',
      {},
      [],
      {
        replicas: 0,
        availableReplicas: 0,
        currentRevision: 'db-1',
        updateRevision: 'db-2',
        collisionCount: 0,
        observedGeneration: 1,
      },
    ],
    [
      'in the middle of an update',
      {},
      ['db-0 old ready', 'db-1 old ready', 'db-2 new unready'],
      {
        replicas: 3,
        readyReplicas: 2,
        availableReplicas: 2,
        currentReplicas: 2,
        updatedReplicas: 1,
        currentRevision: 'db-1',
      },
    ],
    [
      'after an update: the new revision is the current one',
      {},
      ['db-0 new ready', 'db-1 new ready', 'db-2 new ready'],
      { currentReplicas: 3, updatedReplicas: 3, currentRevision: 'db-2', updateRevision: 'db-2' },
    ],
    [
      'with OnDelete: never',
      onDelete,
      ['db-0 new ready', 'db-1 new ready', 'db-2 new ready'],
      { updatedReplicas: 3, currentRevision: 'db-1' },
    ],
    [
      'with a pod that ends',
      {},
      ['db-0 old ready', 'db-1 old ready ending'],
      { replicas: 2, readyReplicas: 2, currentReplicas: 1 },
    ],
  ];
  it.each(rows)('%s', (_what, spec, pods, expected) => {
    expect(statefulStatus(view(statefulSet(spec), pods))).toMatchObject(expected);
  });

  it('leaves out counts of zero, but not the two that must be there', () => {
    const status = statefulStatus(view(statefulSet(), []));
    expect(Object.keys(status).sort()).toEqual(
      [
        'availableReplicas',
        'collisionCount',
        'currentRevision',
        'observedGeneration',
        'replicas',
        'updateRevision',
      ].sort(),
    );
  });
});
