import type { KubernetesObject } from './kubernetes-object.js';
import { isPending, releaseMetadata, type ReleaseMetadata } from './release-record.js';

type NamespacePhase = 'absent' | 'active' | 'terminating';

/** What is known of one namespace at one moment. */
export interface NamespaceState {
  readonly namespace: string;
  /** From a watch, `absent` only says that no namespace of that name carries an instance label. */
  readonly phase: NamespacePhase;
  readonly namespaceObject: KubernetesObject | undefined;
  /** Workloads and volume claims of helm's, without pod templates' bodies and field managers (`trim-object.ts`). */
  readonly objects: readonly KubernetesObject[];
  /** Every revision of every release, oldest first. */
  readonly releases: readonly ReleaseMetadata[];
}

/** A direct read: the truth as of its moment, with what is not watched. */
export interface NamespaceSnapshot extends NamespaceState {
  readonly readAt: Date;
  /** All pods, helm's or not, whole. */
  readonly pods: readonly KubernetesObject[];
  /** Every volume claim, helm's or not: those of StatefulSets carry no helm label. */
  readonly claims: readonly KubernetesObject[];
}

/** Sorts what a cache or a read holds of one namespace into its state. */
export function stateOf(namespace: string, objects: readonly KubernetesObject[]): NamespaceState {
  const namespaceObject = objects.find((object) => object.kind === 'Namespace');
  const releases = objects
    .filter((object) => object.kind === 'Secret')
    .map(releaseMetadata)
    .filter((metadata) => metadata !== undefined)
    .sort((a, b) => a.name.localeCompare(b.name) || a.revision - b.revision);
  return {
    namespace,
    phase: phaseOf(namespaceObject),
    namespaceObject,
    objects: objects.filter((object) => object.kind !== 'Namespace' && object.kind !== 'Secret'),
    releases,
  };
}

/** The newest revision of a release. */
export function latestRelease(state: NamespaceState, release: string): ReleaseMetadata | undefined {
  return state.releases.findLast((metadata) => metadata.name === release);
}

/** The newest revision that can be gone back to: one that was deployed once and that helm still keeps. */
export function lastGoodRevision(state: NamespaceState, release: string, before?: number): ReleaseMetadata | undefined {
  return state.releases.findLast(
    (metadata) =>
      metadata.name === release &&
      !isPending(metadata.status) &&
      (metadata.status === 'deployed' || metadata.status === 'superseded') &&
      (before === undefined || metadata.revision < before),
  );
}

function phaseOf(object: KubernetesObject | undefined): NamespacePhase {
  if (object === undefined) return 'absent';
  return object.metadata.deletionTimestamp === undefined ? 'active' : 'terminating';
}
