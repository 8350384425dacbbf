import type { DaemonSet } from '../kinds.js';
import type { Pod } from '../pod-kinds.js';
import { meta, node, pod, ready, revision } from '../testing/objects.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { daemonPlan, daemonStatus, nodeOf, templateForNode, type DaemonView } from './daemon-set-decisions.js';

const clock = new VirtualClock(Date.parse('2026-01-01T00:01:00Z'));
const update = {
  ...revision('agent-new', 2),
  metadata: meta('agent-new', { labels: { 'controller-revision-hash': 'new' } }),
};

function daemonSet(spec: Partial<DaemonSet['spec']> = {}, podSpec: object = {}): DaemonSet {
  const template = { spec: { containers: [{ name: 'app', image: 'x/agent:1' }], ...podSpec } };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: meta('agent', { generation: 1 }),
    spec: { selector: {}, template, ...spec },
  };
}

/** `a@n1 new ready`: a pod in words. */
function inWords(words: string): Pod {
  const [where = '', hash = '', ...rest] = words.split(' ');
  const [name = '', nodeName = ''] = where.split('@');
  const status = rest.includes('ready') ? ready() : { phase: rest.find((word) => /^[A-Z]/.test(word)) ?? 'Running' };
  const more = rest.includes('ending') ? { deletionTimestamp: '2026-01-01T00:01:30Z' } : {};
  return pod(name, status, { labels: { 'controller-revision-hash': hash }, ...more }, { nodeName });
}

function view(set: DaemonSet, pods: readonly string[], nodes = [node('n1'), node('n2'), node('n3')]): DaemonView {
  return { set, nodes, pods: pods.map(inWords), update, clock };
}

function plan(set: DaemonSet, pods: readonly string[], nodes?: DaemonView['nodes']) {
  const { create, remove } = daemonPlan(view(set, pods, nodes === undefined ? undefined : [...nodes]));
  return [...create.map((name) => `+${name}`), ...remove.map(({ metadata }) => `-${metadata.name}`)];
}

describe('what a DaemonSet does next', () => {
  const ok = ['a@n1 new ready', 'b@n2 new ready', 'c@n3 new ready'];
  const old = ['a@n1 old ready', 'b@n2 old ready', 'c@n3 old ready'];
  const two = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } } };
  const half = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '50%' } } };
  const rows: [string, Partial<DaemonSet['spec']>, readonly string[], string[]][] = [
    ['runs everywhere', {}, [], ['+n1', '+n2', '+n3']],
    ['fills what is missing', {}, ok.slice(0, 2), ['+n3']],
    ['does nothing when all is well', {}, ok, []],
    ['keeps one of two on a node', {}, [...ok, 'd@n1 new ready'], ['-d']],
    ['replaces a pod that has failed', {}, [...ok.slice(1), 'a@n1 new Failed'], ['+n1', '-a']],
    ['waits for a pod that ends', {}, [...ok.slice(1), 'a@n1 new ready ending'], []],
    ['updates one at a time', {}, old, ['-a']],
    ['updates as many as may be missing', two, old, ['-a', '-b']],
    ['a share that may be missing is rounded up', half, old, ['-a', '-b']],
    ['waits while one is missing', {}, ['a@n1 new Running', ...old.slice(1)], []],
    [
      'replaces an old pod that does not serve anyway',
      {},
      ['a@n1 old Running', 'b@n2 old ready', 'c@n3 old ready'],
      ['-a'],
    ],
    ['updates nothing with OnDelete', { updateStrategy: { type: 'OnDelete' } }, old, []],
  ];
  it.each(rows)('%s', (_what, spec, pods, expected) => {
    expect(plan(daemonSet(spec), pods)).toEqual(expected);
  });

  it('leaves nodes that its selector does not fit', () => {
    const nodes = [node('n1', {}, { gpu: 'yes' }), node('n2')];
    expect(plan(daemonSet({}, { nodeSelector: { gpu: 'yes' } }), ['b@n2 new ready'], nodes)).toEqual(['+n1', '-b']);
  });

  it('leaves nodes with a taint it does not tolerate, but stays on those in trouble', () => {
    const taint = (key: string) => ({ taints: [{ key, effect: 'NoSchedule' }] });
    const nodes = [node('n1', taint('mine')), node('n2', taint('node.kubernetes.io/disk-pressure')), node('n3')];
    expect(plan(daemonSet(), [], nodes)).toEqual(['+n2', '+n3']);
    expect(plan(daemonSet({}, { tolerations: [{ key: 'mine', operator: 'Exists' }] }), [], nodes)).toEqual([
      '+n1',
      '+n2',
      '+n3',
    ]);
  });
});

describe('a pod for one node', () => {
  it('keeps the affinity of the template and adds the node', () => {
    const zone = { key: 'zone', operator: 'In', values: ['a'] };
    const required = {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [zone] }] },
    };
    const { spec } = templateForNode({ spec: { containers: [], affinity: { nodeAffinity: required } } }, 'n2');
    expect(spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms).toEqual([
      { matchExpressions: [zone], matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n2'] }] },
    ]);
    expect(nodeOf(pod('p', {}, {}, spec))).toBe('n2');
  });
});

describe('the status of a DaemonSet', () => {
  it('counts nodes, not pods', () => {
    const nodes = [node('n1'), node('n2'), node('n3', { taints: [{ key: 'x', effect: 'NoSchedule' }] })];
    const pods = ['a@n1 new ready', 'b@n1 old ready', 'c@n2 old Running', 'd@n3 new ready'];
    expect(daemonStatus(view(daemonSet(), pods, nodes))).toEqual({
      currentNumberScheduled: 2,
      numberMisscheduled: 1,
      desiredNumberScheduled: 2,
      numberReady: 1,
      observedGeneration: 1,
      updatedNumberScheduled: 1,
      numberAvailable: 1,
      numberUnavailable: 1,
    });
  });
});
