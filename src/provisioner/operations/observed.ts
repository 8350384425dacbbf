import type { FailureCode } from '../../kubernetes/failure.js';
import type { Readiness } from '../../kubernetes/readiness.js';
import type { ReleaseStatus } from '../../kubernetes/release-record.js';

export type ObservedNamespace =
  | { readonly state: 'absent' }
  | { readonly state: 'ours' }
  /** It exists and does not carry the instance's label: it is never touched. */
  | { readonly state: 'foreign' }
  /** `forSeconds`: since it was deleted. */
  | { readonly state: 'terminating'; readonly blockers: string; readonly forSeconds: number };

export interface ObservedRelease {
  readonly revision: number;
  readonly status: ReleaseStatus;
  /** The operation that wrote this revision, from its label. */
  readonly operationId: string | undefined;
  /** The newest revision before this one that was deployed once. */
  readonly lastGoodRevision: number | undefined;
}

export interface ObservedWorkload {
  readonly kind: string;
  readonly name: string;
  /** What the live object asks for; for a CronJob 0 when it is suspended, else 1. */
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly images: Readonly<Record<string, string>>;
  readonly readiness: Readiness;
}

/** How a workload is named in what is remembered. */
export function workloadKey(workload: { readonly kind: string; readonly name: string }): string {
  return `${workload.kind}/${workload.name}`;
}

/** Why pods do not become ready, as they say themselves. */
export interface ObservedCause {
  readonly code: FailureCode;
  readonly message: string;
}

/** What the cluster holds of one instance, seen at one moment. */
export interface Observed {
  readonly namespace: ObservedNamespace;
  readonly release: ObservedRelease | undefined;
  /** The workloads of the release's manifest, the missing ones too. */
  readonly workloads: readonly ObservedWorkload[];
  readonly pods: number;
  readonly cause: ObservedCause | undefined;
}
