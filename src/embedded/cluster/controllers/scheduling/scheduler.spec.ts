import { conditionOf } from '../conditions.js';
import type { Node } from '../kinds.js';
import type { PodSpec } from '../pod-kinds.js';
import { barePod, podSpec, VirtualCluster } from '../testing/virtual-cluster.js';

let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster({ capacity: { cpu: '2', memory: '4Gi', pods: '5' } });
});

afterEach(() => cluster.stop());

function add(name: string, spec: Partial<PodSpec> = {}): void {
  cluster.add('/pods', barePod(name, podSpec('x/app:1', spec), { labels: { app: 'a' } }));
}

function asking(cpu: string, memory = '0'): Partial<PodSpec> {
  return { containers: [{ name: 'app', image: 'x/app:1', resources: { requests: { cpu, memory } } }] };
}

function nodeOf(name: string): string | undefined {
  return cluster.get('/pods', name).spec.nodeName;
}

function why(name: string): string | undefined {
  const condition = conditionOf(cluster.get('/pods', name).status?.conditions, 'PodScheduled');
  return condition?.status === 'False' && condition.reason === 'Unschedulable' ? condition.message : undefined;
}

function withNode(spec: Node['spec']) {
  return (node: Node): Node => ({ ...node, spec: { ...node.spec, ...spec } });
}

const FULL = '3 No preemption victims found for incoming pod';
const USELESS = '3 Preemption is not helpful for scheduling';

describe('placing pods', () => {
  it('spreads them over the nodes', () => {
    for (const name of ['a', 'b', 'c', 'd']) {
      add(name);
      cluster.pass(10);
    }
    expect(['a', 'b', 'c', 'd'].map(nodeOf)).toEqual(['embedded-1', 'embedded-2', 'embedded-3', 'embedded-1']);
    expect(cluster.eventsOf('b')[0]).toBe('Scheduled: Successfully assigned ns/b to embedded-2');
  });

  it('leaves those with a node, and those of another scheduler, alone', () => {
    add('a', { nodeName: 'embedded-3' });
    add('b', { schedulerName: 'other' });
    cluster.seconds(1);
    expect([nodeOf('a'), nodeOf('b')]).toEqual(['embedded-3', undefined]);
    expect(cluster.get('/pods', 'b').status?.conditions).toBeUndefined();
  });

  it('waits for scheduling gates', () => {
    add('a', { schedulingGates: [{ name: 'example.com/gate' }] });
    cluster.seconds(1);
    expect(conditionOf(cluster.get('/pods', 'a').status?.conditions, 'PodScheduled')).toMatchObject({
      status: 'False',
      reason: 'SchedulingGated',
    });
    cluster.edit('/pods', 'a', (pod) => ({ ...pod, spec: { ...pod.spec, schedulingGates: [] } }));
    cluster.seconds(1);
    expect(nodeOf('a')).toBe('embedded-1');
  });
});

describe('a pod that fits nowhere says why', () => {
  const rows: [string, Partial<PodSpec>, string][] = [
    [
      'too little cpu',
      asking('3'),
      `0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: ${FULL}.`,
    ],
    [
      'too little of both',
      asking('3', '5Gi'),
      `0/3 nodes are available: 3 Insufficient cpu, 3 Insufficient memory. preemption: 0/3 nodes are available: ${FULL}.`,
    ],
    [
      'a node selector that no node has',
      { nodeSelector: { disk: 'fast' } },
      `0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: ${USELESS}.`,
    ],
    [
      'a claim that does not exist',
      { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] },
      `0/3 nodes are available: persistentvolumeclaim "data" not found. preemption: 0/3 nodes are available: ${USELESS}.`,
    ],
  ];
  it.each(rows)('%s', (_what, spec, message) => {
    add('a', spec);
    cluster.seconds(1);
    expect(why('a')).toBe(message);
    expect(cluster.get('/pods', 'a').status?.phase).toBe('Pending');
    expect(cluster.eventsOf('a')).toEqual([`FailedScheduling: ${message}`]);
  });

  it('nodes that are cordoned or tainted', () => {
    cluster.edit('/nodes', 'embedded-1', withNode({ unschedulable: true }));
    cluster.edit('/nodes', 'embedded-2', withNode({ taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] }));
    add('big', asking('3'));
    cluster.seconds(1);
    expect(why('big')).toBe(
      '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {gpu: yes}, 1 node(s) were unschedulable. ' +
        'preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.',
    );
  });

  it('as many pods as the nodes may have', () => {
    for (let i = 0; i < 16; i += 1) add(`p${i}`);
    cluster.seconds(1);
    expect(why('p15')).toMatch(/^0\/3 nodes are available: 3 Too many pods\./);
  });

  it('others that it will not stand beside', () => {
    const term = { labelSelector: { matchLabels: { app: 'a' } }, topologyKey: 'kubernetes.io/hostname' };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    for (const name of ['a', 'b', 'c', 'd']) add(name, { affinity });
    cluster.seconds(1);
    expect(new Set(['a', 'b', 'c'].map(nodeOf)).size).toBe(3);
    expect(why('d')).toMatch(/3 node\(s\) didn't match pod anti-affinity rules/);
  });
});

describe('a pod that waits is placed', () => {
  it('when another one leaves room', () => {
    for (const name of ['a', 'b', 'c']) add(name, asking('1500m'));
    add('d', asking('1'));
    cluster.seconds(1);
    expect(why('d')).toMatch(/3 Insufficient cpu/);
    cluster.remove('/pods', 'b');
    cluster.seconds(1);
    expect(nodeOf('d')).toBe('embedded-2');
  });

  it('when another one is finished, which reserves nothing', () => {
    for (const name of ['a', 'b', 'c']) add(name, { ...asking('1500m'), restartPolicy: 'Never' });
    add('d', asking('1'));
    cluster.seconds(1);
    expect(nodeOf('d')).toBe('embedded-1');
  });

  it('when a node is uncordoned', () => {
    for (const name of ['embedded-1', 'embedded-2', 'embedded-3'])
      cluster.edit('/nodes', name, withNode({ unschedulable: true }));
    add('a');
    cluster.seconds(1);
    expect(why('a')).toMatch(/3 node\(s\) were unschedulable/);
    cluster.edit('/nodes', 'embedded-2', withNode({ unschedulable: false }));
    cluster.seconds(1);
    expect(nodeOf('a')).toBe('embedded-2');
  });

  it('when its claim appears', () => {
    add('a', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] });
    cluster.seconds(1);
    const spec = { resources: { requests: { storage: '1Gi' } } };
    cluster.add('/persistentvolumeclaims', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec,
    });
    cluster.seconds(1);
    expect(nodeOf('a')).toBe('embedded-1');
  });
});
