import { deletionConditions, type Remaining } from './namespace-deletion.js';

const NOW = '2026-01-01T00:00:00Z';

function told(remaining: readonly Remaining[]): Record<string, string> {
  const conditions = deletionConditions([], remaining, NOW);
  return Object.fromEntries(
    conditions.map(({ type, status, reason, message }) => [type, `${status} ${reason}: ${message}`]),
  );
}

describe('the conditions of a namespace that is going away', () => {
  it('name what is left, by type and in order', () => {
    const remaining = [
      { resource: 'pods.', count: 2, finalizers: [] },
      { resource: 'deployments.apps', count: 1, finalizers: ['foregroundDeletion'] },
    ];
    expect(told(remaining)).toMatchObject({
      NamespaceContentRemaining:
        'True SomeResourcesRemain: Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances',
      NamespaceFinalizersRemaining:
        'True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: foregroundDeletion in 1 resource instances',
    });
  });

  it('count finalizers over all types', () => {
    const remaining = [
      { resource: 'configmaps.', count: 2, finalizers: ['b.example/x', 'a.example/y'] },
      { resource: 'secrets.', count: 1, finalizers: ['b.example/x'] },
    ];
    expect(told(remaining)['NamespaceFinalizersRemaining']).toContain(
      'a.example/y in 1 resource instances, b.example/x in 2 resource instances',
    );
  });

  it('say that nothing is left', () => {
    expect(told([])).toEqual({
      NamespaceDeletionDiscoveryFailure: 'False ResourcesDiscovered: All resources successfully discovered',
      NamespaceDeletionGroupVersionParsingFailure:
        'False ParsedGroupVersions: All legacy kube types successfully parsed',
      NamespaceDeletionContentFailure:
        'False ContentDeleted: All content successfully deleted, may be waiting on finalization',
      NamespaceContentRemaining: 'False ContentRemoved: All content successfully removed',
      NamespaceFinalizersRemaining: 'False ContentHasNoFinalizers: All content-preserving finalizers finished',
    });
  });

  it('keep their times, and other conditions', () => {
    const other = { type: 'Other', status: 'True' as const, lastTransitionTime: NOW };
    const before = deletionConditions([other], [], NOW);
    const after = deletionConditions(before, [{ resource: 'pods.', count: 1, finalizers: [] }], '2026-01-01T00:00:09Z');
    const times = Object.fromEntries(after.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]));
    expect(times).toMatchObject({
      Other: NOW,
      NamespaceContentRemaining: '2026-01-01T00:00:09Z',
      NamespaceFinalizersRemaining: NOW,
    });
  });
});
