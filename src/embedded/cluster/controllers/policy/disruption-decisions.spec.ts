import type { Condition } from '../common-kinds.js';
import type { Budget } from '../kinds.js';
import { meta } from '../testing/objects.js';
import { budgetStatus, type PodCounts } from './disruption-decisions.js';

const NOW = '2026-01-01T00:00:00Z';

function budget(spec: Budget['spec'], status?: Record<string, unknown>): Budget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: meta('b', { generation: 3 }),
    spec,
    ...(status === undefined ? {} : { status }),
  };
}

describe('how many pods may go', () => {
  const rows: [Budget['spec'], PodCounts, number][] = [
    [{ minAvailable: 2 }, { expected: 3, pods: 3, healthy: 3 }, 1],
    [{ minAvailable: 2 }, { expected: 3, pods: 3, healthy: 2 }, 0],
    [{ minAvailable: 2 }, { expected: 3, pods: 3, healthy: 1 }, 0],
    [{ minAvailable: '50%' }, { expected: 5, pods: 5, healthy: 5 }, 2],
    [{ maxUnavailable: 1 }, { expected: 3, pods: 2, healthy: 2 }, 0],
    [{ maxUnavailable: '34%' }, { expected: 3, pods: 3, healthy: 3 }, 2],
    [{ maxUnavailable: 5 }, { expected: 3, pods: 3, healthy: 3 }, 3],
    [{}, { expected: 3, pods: 3, healthy: 3 }, 2],
    [{ maxUnavailable: 1 }, { expected: 0, pods: 0, healthy: 0 }, 0],
  ];
  it.each(rows)('%j of %j', (spec, counts, allowed) => {
    expect(budgetStatus(budget(spec), counts, NOW)).toMatchObject({
      disruptionsAllowed: allowed,
      observedGeneration: 3,
    });
  });
});

describe('the condition of a budget', () => {
  it('keeps its time while it says the same', () => {
    const full = { expected: 3, pods: 3, healthy: 3 };
    const before = budgetStatus(budget({ maxUnavailable: 1 }), full, NOW);
    const conditions = (status: Record<string, unknown>) => status['conditions'] as Condition[];
    const later = budgetStatus(budget({ maxUnavailable: 1 }, before), full, '2026-01-01T00:00:09Z');
    expect(conditions(later)).toEqual(conditions(before));
    const fewer = budgetStatus(budget({ maxUnavailable: 1 }, before), { ...full, healthy: 2 }, '2026-01-01T00:00:09Z');
    expect(conditions(fewer)).toMatchObject([
      { status: 'False', reason: 'InsufficientPods', lastTransitionTime: '2026-01-01T00:00:09Z' },
    ]);
  });
});
