import { withCondition } from '../conditions.js';
import type { Condition } from '../common-kinds.js';

/** What is left of one type in a namespace that is going away. */
export interface Remaining {
  /** `pods.`, `deployments.apps`: as the real controller prints a type */
  readonly resource: string;
  readonly count: number;
  readonly finalizers: readonly string[];
}

/** The five conditions of a namespace that is being deleted, with what holds it by name. */
export function deletionConditions(
  conditions: readonly Condition[] | undefined,
  remaining: readonly Remaining[],
  now: string,
): Condition[] {
  const verdicts: Condition[] = [
    condition(
      'NamespaceDeletionDiscoveryFailure',
      false,
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ),
    condition(
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    condition(
      'NamespaceDeletionContentFailure',
      false,
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ),
    contentRemaining(remaining),
    finalizersRemaining(remaining),
  ];
  return [...verdicts.reduce<readonly Condition[]>((all, next) => withCondition(all, next, now), conditions ?? [])];
}

function contentRemaining(remaining: readonly Remaining[]): Condition {
  const type = 'NamespaceContentRemaining';
  if (remaining.length === 0) return condition(type, false, 'ContentRemoved', 'All content successfully removed');
  const parts = remaining.map(({ resource, count }) => `${resource} has ${count} resource instances`).sort();
  return condition(type, true, 'SomeResourcesRemain', `Some resources are remaining: ${parts.join(', ')}`);
}

function finalizersRemaining(remaining: readonly Remaining[]): Condition {
  const type = 'NamespaceFinalizersRemaining';
  const counts = new Map<string, number>();
  for (const name of remaining.flatMap(({ finalizers }) => finalizers)) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (counts.size === 0) {
    return condition(type, false, 'ContentHasNoFinalizers', 'All content-preserving finalizers finished');
  }
  const parts = [...counts].map(([name, count]) => `${name} in ${count} resource instances`).sort();
  return condition(
    type,
    true,
    'SomeFinalizersRemain',
    `Some content in the namespace has finalizers remaining: ${parts.join(', ')}`,
  );
}

function condition(type: string, holds: boolean, reason: string, message: string): Condition {
  return { type, status: holds ? 'True' : 'False', reason, message };
}
