import { Injectable } from '@nestjs/common';
import { listAt, numberAt, recordAt, textAt, valueAt } from '../../kubernetes/json-value.js';
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.js';
import { ObjectClient } from '../../kubernetes/object.client.js';
import { PodCauseClient } from '../../kubernetes/pod-cause.client.js';
import { readiness } from '../../kubernetes/readiness.js';
import { ReleaseClient } from '../../kubernetes/release.client.js';
import type { ReleaseMetadata } from '../../kubernetes/release-record.js';
import { inventoryOf, type Workload, workloadOf } from '../../kubernetes/workloads.js';
import { Clock } from '../../platform/clock.js';
import { instanceLabel, operationLabel } from './guards.js';
import type { Observed, ObservedNamespace, ObservedRelease, ObservedWorkload } from './observed.js';

/** What to look at. */
export interface Subject {
  readonly instanceId: string;
  readonly namespace: string;
  readonly release: string;
  /** The revision that was good last, or null. */
  readonly goodRevision: number | null;
  /** Since when events count as a cause. */
  readonly since: Date;
  /** The namespace was made or found by this run, and the watches see it as it was: not asked again. */
  readonly namespaceIsOurs: boolean;
  readonly wantPods: boolean;
  readonly wantCause: boolean;
}

/** A message names so many; the rest is the same story. */
const shownHolders = 10;

const keptInventories = 1_000;

const kindsThatRun = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob']);

/** Reads from the cluster what it holds of one instance. Fresh reads: decisions rest on them, watches only say when to look. */
@Injectable()
export class Observer {
  /** The workloads of a revision never change; kept for revisions that were looked at lately. */
  private readonly inventories = new Map<string, { resourceVersion: string; workloads: readonly Workload[] }>();

  constructor(
    private readonly objects: ObjectClient,
    private readonly releases: ReleaseClient,
    private readonly causes: PodCauseClient,
    private readonly clock: Clock,
  ) {}

  /** @throws TenantryError `cluster_unreachable` */
  async look(subject: Subject, signal: AbortSignal): Promise<Observed> {
    const namespace = await this.namespaceOf(subject, signal);
    if (namespace.state === 'absent' || namespace.state === 'foreign') {
      return { namespace, release: undefined, workloads: [], pods: 0, cause: undefined };
    }
    const history = await this.releases.history(subject.namespace, subject.release, signal);
    const latest = history.at(-1);
    const [workloads, pods, cause] = await Promise.all([
      latest === undefined ? [] : this.workloads(latest, signal),
      subject.wantPods ? this.countPods(subject.namespace, signal) : 0,
      subject.wantCause ? this.causes.causeIn(subject.namespace, subject.since, signal) : undefined,
    ]);
    return { namespace, release: releaseOf(history, subject.goodRevision), workloads, pods, cause };
  }

  /** The workloads of a revision's manifest, as it was written; none where there is no such revision. Costs no request after a look at it. */
  async workloadsOf(
    namespace: string,
    release: string,
    revision: number,
    signal: AbortSignal,
  ): Promise<readonly Workload[]> {
    const looked = this.inventories.get(`${namespace}/${release}/${revision}`)?.workloads;
    if (looked !== undefined) return looked;
    const history = await this.releases.history(namespace, release, signal);
    const found = history.find((candidate) => candidate.revision === revision);
    return found === undefined ? [] : this.inventory(found, signal);
  }

  private async namespaceOf(subject: Subject, signal: AbortSignal): Promise<ObservedNamespace> {
    if (subject.namespaceIsOurs) return { state: 'ours' };
    const found = await this.objects.get({ apiVersion: 'v1', kind: 'Namespace', name: subject.namespace }, signal);
    return this.withHolders(namespaceOf(found, subject.instanceId, this.clock.now()), subject, signal);
  }

  /** Names the objects whose finalizers hold a namespace: its conditions only count them. */
  private async withHolders(
    namespace: ObservedNamespace,
    subject: Subject,
    signal: AbortSignal,
  ): Promise<ObservedNamespace> {
    if (namespace.state !== 'terminating' || namespace.blockers === '') return namespace;
    const left = await this.objects.contentsOf(subject.namespace, signal);
    const holders = left.flatMap(holderOf);
    return holders.length === 0
      ? namespace
      : { ...namespace, blockers: `${namespace.blockers} (${holders.slice(0, shownHolders).join(', ')})` };
  }

  private async inventory(release: ReleaseMetadata, signal: AbortSignal): Promise<readonly Workload[]> {
    const key = `${release.namespace}/${release.name}/${release.revision}`;
    const known = this.inventories.get(key);
    // The record of a revision is replaced when helm ends, and a later release of the same name counts from 1 again.
    if (known?.resourceVersion === release.resourceVersion) return known.workloads;
    const record = await this.releases.record(release.namespace, release.name, release.revision, signal);
    const workloads = inventoryOf(record?.manifest ?? [], record?.hooks ?? [], release.namespace).workloads.filter(
      (workload) => kindsThatRun.has(workload.kind),
    );
    const oldest = this.inventories.size >= keptInventories ? this.inventories.keys().next().value : undefined;
    if (oldest !== undefined) this.inventories.delete(oldest);
    this.inventories.set(key, { resourceVersion: release.resourceVersion, workloads });
    return workloads;
  }

  private async workloads(release: ReleaseMetadata, signal: AbortSignal): Promise<ObservedWorkload[]> {
    const inventory = await this.inventory(release, signal);
    return Promise.all(
      inventory.map(async (workload) => {
        const { apiVersion, kind, name } = workload;
        const live = await this.objects.get({ apiVersion, kind, name, namespace: release.namespace }, signal);
        return observedWorkload(workload, live, this.clock.now());
      }),
    );
  }

  private async countPods(namespace: string, signal: AbortSignal): Promise<number> {
    const pods = await this.objects.list({ apiVersion: 'v1', kind: 'Pod', namespace, signal });
    return pods.filter((pod) => !hasCompleted(pod)).length;
  }
}

/** One workload of a manifest beside its live object. Pure. */
export function observedWorkload(workload: Workload, live: KubernetesObject | undefined, now: Date): ObservedWorkload {
  const { kind, name } = workload;
  const judged = readiness(live, now);
  if (live === undefined) return { kind, name, replicas: 0, readyReplicas: 0, images: {}, readiness: judged };
  const images = workloadOf(live, false).images;
  if (kind === 'CronJob') {
    const active = valueAt(live, 'spec', 'suspend') === true ? 0 : 1;
    return { kind, name, replicas: active, readyReplicas: active, images, readiness: judged };
  }
  if (kind === 'DaemonSet') {
    // It has no replicas to take away: it counts as running as long as it is there, and is left alone by a stop.
    return {
      kind,
      name,
      replicas: 0,
      readyReplicas: numberAt(live, 'status', 'numberReady') ?? 0,
      images,
      readiness: judged,
    };
  }
  const replicas = numberAt(live, 'spec', 'replicas') ?? 1;
  return {
    kind,
    name,
    replicas,
    readyReplicas: numberAt(live, 'status', 'readyReplicas') ?? 0,
    images,
    readiness: judged,
  };
}

/** What a namespace is to an instance. Pure. */
export function namespaceOf(found: KubernetesObject | undefined, instanceId: string, now: Date): ObservedNamespace {
  if (found === undefined) return { state: 'absent' };
  if (found.metadata.labels?.[instanceLabel] !== instanceId) return { state: 'foreign' };
  const { deletionTimestamp } = found.metadata;
  if (deletionTimestamp === undefined) return { state: 'ours' };
  const forSeconds = Math.max((now.getTime() - Date.parse(deletionTimestamp)) / 1_000, 0);
  return { state: 'terminating', blockers: blockersOf(found), forSeconds };
}

/** `ConfigMap kept is held by example.com/hold` for an object that finalizers keep. Pure. */
export function holderOf(object: KubernetesObject): string[] {
  const finalizers = listAt(object, 'metadata', 'finalizers').filter((name) => typeof name === 'string');
  return finalizers.length === 0 ? [] : [`${object.kind} ${object.metadata.name} is held by ${finalizers.join(', ')}`];
}

/** What holds a namespace that cannot go, in the words of its own conditions. */
function blockersOf(namespace: KubernetesObject): string {
  const telling = ['NamespaceContentRemaining', 'NamespaceFinalizersRemaining', 'NamespaceDeletionContentFailure'];
  return listAt(namespace, 'status', 'conditions')
    .filter((condition) => telling.includes(textAt(condition, 'type') ?? '') && textAt(condition, 'status') === 'True')
    .map((condition) => textAt(condition, 'message') ?? '')
    .filter((message) => message !== '')
    .join('; ');
}

/** The newest revision, and the good one before it. Pure. */
export function releaseOf(
  history: readonly ReleaseMetadata[],
  goodRevision: number | null,
): ObservedRelease | undefined {
  const latest = history.at(-1);
  if (latest === undefined) return undefined;
  const good = history.find((release) => release.revision === goodRevision && release.revision < latest.revision);
  return {
    revision: latest.revision,
    status: latest.status,
    operationId: textAt(recordAt(latest, 'labels'), operationLabel),
    lastGoodRevision: good?.revision,
  };
}

function hasCompleted(pod: KubernetesObject): boolean {
  const phase = textAt(pod, 'status', 'phase');
  return phase === 'Succeeded' || phase === 'Failed';
}
