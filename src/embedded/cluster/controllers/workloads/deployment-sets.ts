import { isDeepStrictEqual } from 'node:util';

import type { Draft } from '../cluster-view.js';
import type { Deployment, ReplicaSet } from '../kinds.js';
import { resolveShare } from '../numbers.js';
import { controllerReference } from '../ownership.js';
import type { PodTemplate } from '../pod-kinds.js';
import { templateHash } from '../template-hash.js';

export const REVISION = 'deployment.kubernetes.io/revision';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const HASH_LABEL = 'pod-template-hash';

/** A Deployment's annotations are copied to its ReplicaSets, but not these. */
const NOT_COPIED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]);

export function wanted(deployment: Deployment): number {
  return deployment.spec.replicas ?? 1;
}

export function isRolling(deployment: Deployment): boolean {
  return (deployment.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

/** How many pods a rollout may add and take away; never both zero, or it could not move. */
export function rolloutBounds(deployment: Deployment): { surge: number; unavailable: number } {
  if (!isRolling(deployment)) return { surge: 0, unavailable: 0 };
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const replicas = wanted(deployment);
  const surge = resolveShare(maxSurge, replicas, Math.ceil);
  const unavailable = resolveShare(maxUnavailable, replicas, Math.floor);
  return { surge, unavailable: Math.min(surge === 0 && unavailable === 0 ? 1 : unavailable, replicas) };
}

/** The ReplicaSets, the oldest first. */
export function byAge(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return [...sets].sort(
    (left, right) =>
      compare(left.metadata.creationTimestamp, right.metadata.creationTimestamp) ||
      compare(left.metadata.name, right.metadata.name),
  );
}

function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

/** The ReplicaSet of the Deployment's present template, if there is one, and all the others. */
export function splitSets(deployment: Deployment, sets: readonly ReplicaSet[]) {
  const ordered = byAge(sets);
  const current = ordered.find((set) => sameTemplate(set.spec.template, deployment.spec.template));
  return { current, old: ordered.filter((set) => set !== current) };
}

function sameTemplate(left: PodTemplate, right: PodTemplate): boolean {
  return isDeepStrictEqual(left.spec, right.spec) && isDeepStrictEqual(plainMetadata(left), plainMetadata(right));
}

function plainMetadata({ metadata }: PodTemplate) {
  const { [HASH_LABEL]: _hash, ...labels } = metadata?.labels ?? {};
  return { labels, annotations: metadata?.annotations ?? {} };
}

export function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

/** The revision that the ReplicaSet of the present template has or takes, being the newest. */
export function nextRevision(old: readonly ReplicaSet[]): number {
  return Math.max(0, ...old.map((set) => revisionOf(set))) + 1;
}

/** A new ReplicaSet for the present template, with so many replicas. */
export function newReplicaSet(deployment: Deployment, revision: number, replicas: number): Draft {
  const { template, selector, minReadySeconds } = deployment.spec;
  const { name, namespace } = deployment.metadata;
  const hash = templateHash(template, deployment.status?.collisionCount ?? 0);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const spec: ReplicaSet['spec'] = {
    replicas,
    ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
    selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
    template: { ...template, metadata: { ...template.metadata, labels } },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: { ...copied(deployment), ...sizeAnnotations(deployment), [REVISION]: String(revision) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec,
  };
}

/** The ReplicaSet of the present template with the Deployment's annotations and the newest revision. */
export function refreshedSet(deployment: Deployment, set: ReplicaSet, revision: number): ReplicaSet {
  const annotations = { ...set.metadata.annotations, ...copied(deployment) };
  const known = revisionOf(set);
  if (known < revision) {
    annotations[REVISION] = String(revision);
    const history = annotations[REVISION_HISTORY];
    if (known > 0) annotations[REVISION_HISTORY] = history ? `${history},${known}` : String(known);
  }
  const { minReadySeconds } = deployment.spec;
  const spec = minReadySeconds === undefined ? set.spec : { ...set.spec, minReadySeconds };
  return { ...set, metadata: { ...set.metadata, annotations }, spec };
}

/** The ReplicaSet at another size, marked with the Deployment's size for proportional scaling. */
export function scaledSet(deployment: Deployment, set: ReplicaSet, replicas: number): ReplicaSet {
  const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) };
  return { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } };
}

function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const replicas = wanted(deployment);
  const surge = isRolling(deployment) ? rolloutBounds(deployment).surge : 0;
  return { [DESIRED_REPLICAS]: String(replicas), [MAX_REPLICAS]: String(replicas + surge) };
}

function copied(deployment: Deployment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !NOT_COPIED.has(name)),
  );
}
