import { OnePod } from './testing/one-pod.js';
import { parseQuantity } from './numbers.js';

let cluster: OnePod;

beforeEach(() => {
  cluster = new OnePod();
});

afterEach(() => cluster.stop());

describe('the metrics of a pod', () => {
  it('are a steady share of what it requests', () => {
    cluster.run('x/app:1', {
      containers: [{ name: 'app', image: 'x/app:1', resources: { requests: { cpu: '300m', memory: '300Mi' } } }],
    });
    cluster.seconds(1);
    const [first] = cluster.controllers.podMetrics('ns');
    expect(first).toMatchObject({
      kind: 'PodMetrics',
      apiVersion: 'metrics.k8s.io/v1beta1',
      metadata: { name: 'p', namespace: 'ns' },
      window: '15s',
    });
    const usage = first?.containers[0]?.usage;
    expect(parseQuantity(usage?.cpu)).toBeGreaterThan(0.09);
    expect(parseQuantity(usage?.cpu)).toBeLessThan(0.21);
    expect(parseQuantity(usage?.memory) / 2 ** 20).toBeGreaterThan(90);
    cluster.seconds(600);
    expect(cluster.controllers.podMetrics('ns')[0]?.containers).toEqual(first?.containers);
  });

  it('are what its annotations say', () => {
    cluster.run('x/app:1', {}, { 'embedded.tenantry.io/cpu': '250m', 'embedded.tenantry.io/memory': '64Mi' });
    cluster.seconds(1);
    expect(cluster.controllers.podMetrics()[0]?.containers).toEqual([
      { name: 'app', usage: { cpu: '250000000n', memory: '65536Ki' } },
    ]);
  });

  it('are none while it does not run', () => {
    cluster.run('x/pull-fail:1');
    cluster.seconds(1);
    expect(cluster.controllers.podMetrics()).toEqual([]);
  });

  it('are asked for by namespace', () => {
    cluster.run('x/app:1');
    cluster.seconds(1);
    expect(cluster.controllers.podMetrics('other')).toEqual([]);
    expect(cluster.controllers.podMetrics('ns')).toHaveLength(1);
  });
});

describe('the metrics of a node', () => {
  it('are those of its pods and of the system', () => {
    const before = cluster.controllers.nodeMetrics();
    expect(before.map(({ metadata }) => metadata['name'])).toEqual(['embedded-1', 'embedded-2', 'embedded-3']);
    cluster.run('x/app:1', {}, { 'embedded.tenantry.io/cpu': '2', 'embedded.tenantry.io/memory': '1Gi' });
    cluster.seconds(1);
    const after = cluster.controllers.nodeMetrics();
    const grown = (i: number, of: 'cpu' | 'memory') =>
      parseQuantity(after[i]?.usage[of]) - parseQuantity(before[i]?.usage[of]);
    expect([grown(0, 'cpu'), grown(0, 'memory')]).toEqual([2, 2 ** 30]);
    expect([grown(1, 'cpu'), grown(2, 'memory')]).toEqual([0, 0]);
  });
});
