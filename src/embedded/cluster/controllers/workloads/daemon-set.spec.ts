import type { Draft } from '../cluster-view.js';
import type { DaemonSet, Node } from '../kinds.js';
import type { PodSpec } from '../pod-kinds.js';
import { podSpec, VirtualCluster } from '../testing/virtual-cluster.js';

const KEY = 'apps/daemonsets';
let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster();
});

afterEach(() => cluster.stop());

const labels = { app: 'agent' };

function daemonSet(image = 'x/agent:1', pod: Partial<PodSpec> = {}): Draft {
  const template = { metadata: { labels }, spec: podSpec(image, pod) };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent' },
    spec: { selector: { matchLabels: labels }, template },
  };
}

function withImage(image: string) {
  return (set: DaemonSet): DaemonSet => ({
    ...set,
    spec: { ...set.spec, template: { ...set.spec.template, spec: podSpec(image) } },
  });
}

function nodesOf(): string[] {
  return cluster
    .list('/pods')
    .flatMap(({ spec }) => spec.nodeName ?? [])
    .sort();
}

function taint(taints: Node['spec']['taints']) {
  return (node: Node): Node => ({ ...node, spec: { ...node.spec, ...(taints === undefined ? {} : { taints }) } });
}

describe('a DaemonSet', () => {
  it('runs one pod on every node', () => {
    cluster.add(KEY, daemonSet());
    cluster.pass(1000);
    expect(nodesOf()).toEqual(['embedded-1', 'embedded-2', 'embedded-3']);
    expect(cluster.get(KEY, 'agent').status).toEqual({
      currentNumberScheduled: 3,
      numberMisscheduled: 0,
      desiredNumberScheduled: 3,
      numberReady: 3,
      observedGeneration: 1,
      updatedNumberScheduled: 3,
      numberAvailable: 3,
    });
  });

  it('runs only where its selector and its tolerations allow', () => {
    cluster.edit('/nodes', 'embedded-1', taint([{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }]));
    cluster.add(KEY, daemonSet('x/agent:1', { nodeSelector: { 'kubernetes.io/os': 'linux' } }));
    cluster.pass(1000);
    expect(nodesOf()).toEqual(['embedded-2', 'embedded-3']);
    cluster.edit('/nodes', 'embedded-1', taint([]));
    cluster.pass(1000);
    expect(nodesOf()).toEqual(['embedded-1', 'embedded-2', 'embedded-3']);
  });

  it('stays on a node that is cordoned', () => {
    cluster.edit('/nodes', 'embedded-1', (node) => ({ ...node, spec: { ...node.spec, unschedulable: true } }));
    cluster.add(KEY, daemonSet());
    cluster.pass(1000);
    expect(nodesOf()).toEqual(['embedded-1', 'embedded-2', 'embedded-3']);
  });

  it('updates one node at a time', () => {
    cluster.add(KEY, daemonSet());
    cluster.pass(1000);
    cluster.edit(KEY, 'agent', withImage('x/agent:2'));
    const available: number[] = [];
    for (let i = 0; i < 100; i += 1) available.push(cluster.pass(10).get(KEY, 'agent').status?.numberAvailable ?? 0);
    expect(Math.min(...available)).toBe(2);
    expect(cluster.get(KEY, 'agent').status).toMatchObject({
      observedGeneration: 2,
      updatedNumberScheduled: 3,
      numberAvailable: 3,
    });
    expect(new Set(cluster.list('/pods').map(({ spec }) => spec.containers[0]?.image))).toEqual(new Set(['x/agent:2']));
  });

  it('stops an update at the first node when the new pods never are ready', () => {
    cluster.add(KEY, daemonSet());
    cluster.pass(1000);
    cluster.edit(KEY, 'agent', withImage('x/never-ready:1'));
    cluster.seconds(60);
    expect(cluster.get(KEY, 'agent').status).toMatchObject({
      updatedNumberScheduled: 1,
      numberAvailable: 2,
      numberUnavailable: 1,
    });
  });
});
