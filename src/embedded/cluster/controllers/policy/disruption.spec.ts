import type { Budget } from '../kinds.js';
import { barePod, deployment, podSpec, VirtualCluster } from '../testing/virtual-cluster.js';

const KEY = 'policy/poddisruptionbudgets';
let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster();
});

afterEach(() => cluster.stop());

function budget(spec: Budget['spec']): void {
  const whole = { selector: { matchLabels: { app: 'web' } }, ...spec };
  cluster.add(KEY, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b' }, spec: whole });
}

function status() {
  return cluster.get(KEY, 'b').status;
}

describe('a disruption budget over four replicas', () => {
  const rows: [Budget['spec'], number, number, number][] = [
    [{ minAvailable: 1 }, 1, 3, 4],
    [{ minAvailable: 4 }, 4, 0, 4],
    [{ minAvailable: '50%' }, 2, 2, 4],
    [{ minAvailable: '30%' }, 2, 2, 4],
    [{ maxUnavailable: 1 }, 3, 1, 4],
    [{ maxUnavailable: '25%' }, 3, 1, 4],
    [{ maxUnavailable: 0 }, 4, 0, 4],
  ];
  it.each(rows)('%j wants %i healthy and allows %i', (spec, desiredHealthy, disruptionsAllowed, expectedPods) => {
    cluster.add('apps/deployments', deployment('web', { replicas: 4 }));
    budget(spec);
    cluster.seconds(1);
    expect(status()).toMatchObject({
      currentHealthy: 4,
      desiredHealthy,
      disruptionsAllowed,
      expectedPods,
      observedGeneration: 1,
    });
    const reason = disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods';
    expect(status()?.['conditions']).toMatchObject([{ type: 'DisruptionAllowed', reason }]);
  });

  it('allows less while a pod is missing', () => {
    cluster.add('apps/deployments', deployment('web', { replicas: 4 }));
    budget({ maxUnavailable: 1 });
    cluster.seconds(1);
    cluster.remove('/pods', cluster.list('/pods')[0]?.metadata.name ?? '');
    cluster.pass(10);
    expect(status()).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 0 });
    cluster.seconds(1);
    expect(status()).toMatchObject({ currentHealthy: 4, disruptionsAllowed: 1 });
  });
});

describe('a disruption budget', () => {
  it('over no pods allows nothing', () => {
    budget({ maxUnavailable: 1 });
    cluster.seconds(1);
    expect(status()).toMatchObject({ currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 });
  });

  it('counts bare pods for themselves', () => {
    for (const name of ['a', 'b']) cluster.add('/pods', barePod(name, podSpec('x/app:1'), { labels: { app: 'web' } }));
    budget({ maxUnavailable: 1 });
    cluster.seconds(1);
    expect(status()).toMatchObject({ currentHealthy: 2, desiredHealthy: 1, disruptionsAllowed: 1, expectedPods: 2 });
  });
});
