import type { ControllerClock } from '../controller-clock.js';
import type { ControllerRevision, StatefulSet, StatefulSetStatus } from '../kinds.js';
import { isTerminating } from '../ownership.js';
import type { Pod } from '../pod-kinds.js';
import { isAvailable, isFinished, isReady, ordinalOf } from '../pods.js';
import { withoutZeros } from './replica-set-decisions.js';

export const REVISION_LABEL = 'controller-revision-hash';

export type StatefulAction =
  | { kind: 'create'; ordinal: number; revision: ControllerRevision }
  | { kind: 'delete'; pod: Pod }
  /** the claims of a pod that waits are made again when they are missing */
  | { kind: 'claims'; pod: Pod };

export interface StatefulView {
  readonly set: StatefulSet;
  readonly pods: readonly Pod[];
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly clock: ControllerClock;
}

/**
 * What to do next. In order, unless the set manages its pods in parallel: each pod waits for the one before, scaling
 * goes before updating, and updates go from the highest ordinal down. A broken pod blocks, as it does in reality.
 */
export function statefulActions(view: StatefulView): StatefulAction[] {
  const { set } = view;
  if (isTerminating(set)) return [];
  const { replicas, condemned } = partition(view);
  const ordered = set.spec.podManagementPolicy !== 'Parallel';
  const actions: StatefulAction[] = [];
  for (const [i, pod] of replicas.entries()) {
    const { action, blocks } = forReplica(view, pod, startOf(set) + i);
    if (action !== undefined) actions.push(action);
    if (ordered && blocks) return actions;
  }
  const down = scaleDown(view, condemned, ordered);
  if (down.actions.length > 0 || down.blocks) return [...actions, ...down.actions];
  return [...actions, ...rollingUpdate(view, replicas)];
}

function startOf({ spec }: StatefulSet): number {
  return spec.ordinals?.start ?? 0;
}

/** The pods by ordinal, and those beyond the wanted number, the highest first. */
export function partition({ set, pods }: StatefulView): { replicas: (Pod | undefined)[]; condemned: Pod[] } {
  const start = startOf(set);
  const count = set.spec.replicas ?? 1;
  const replicas = Array.from({ length: count }, (_none, i) => pods.find((pod) => ordinalOf(pod) === start + i));
  const condemned = pods.filter((pod) => ordinalOf(pod) >= 0 && !replicas.includes(pod));
  return { replicas, condemned: condemned.sort((left, right) => ordinalOf(right) - ordinalOf(left)) };
}

function forReplica(
  view: StatefulView,
  pod: Pod | undefined,
  ordinal: number,
): { action?: StatefulAction; blocks: boolean } {
  if (pod === undefined)
    return { action: { kind: 'create', ordinal, revision: revisionFor(view, ordinal) }, blocks: true };
  if (isFinished(pod)) return isTerminating(pod) ? { blocks: true } : { action: { kind: 'delete', pod }, blocks: true };
  const blocks = isUnavailable(pod, view);
  return pod.status?.phase === 'Pending' ? { action: { kind: 'claims', pod }, blocks } : { blocks };
}

/** Below the partition, and while an update has not reached them, pods come back as they were. */
function revisionFor({ set, current, update }: StatefulView, ordinal: number): ControllerRevision {
  const { type = 'RollingUpdate', rollingUpdate: limits } = set.spec.updateStrategy ?? {};
  if (type !== 'RollingUpdate') return update;
  const kept = limits === undefined ? (set.status?.currentReplicas ?? 0) : (limits.partition ?? 0);
  return ordinal < startOf(set) + kept ? current : update;
}

function scaleDown(
  view: StatefulView,
  condemned: readonly Pod[],
  ordered: boolean,
): { actions: StatefulAction[]; blocks: boolean } {
  if (!ordered) {
    const going = condemned.filter((pod) => !isTerminating(pod));
    return { actions: going.map((pod) => ({ kind: 'delete', pod })), blocks: false };
  }
  const [next] = condemned;
  if (next === undefined) return { actions: [], blocks: false };
  const firstUnavailable = condemned.findLast((pod) => isUnavailable(pod, view));
  const waits = isTerminating(next) || (isUnavailable(next, view) && next !== firstUnavailable);
  return { actions: waits ? [] : [{ kind: 'delete', pod: next }], blocks: true };
}

function rollingUpdate(view: StatefulView, replicas: readonly (Pod | undefined)[]): StatefulAction[] {
  const { set, update } = view;
  if (set.spec.updateStrategy?.type === 'OnDelete') return [];
  const lowest = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  for (let i = replicas.length - 1; i >= lowest; i -= 1) {
    const pod = replicas[i];
    if (pod === undefined) return [];
    if (revisionOf(pod) !== update.metadata.name && !isTerminating(pod)) return [{ kind: 'delete', pod }];
    if (isUnavailable(pod, view)) return [];
  }
  return [];
}

function isUnavailable(pod: Pod, { set, clock }: StatefulView): boolean {
  return isTerminating(pod) || pod.status?.phase !== 'Running' || !isAvailable(pod, set.spec.minReadySeconds, clock);
}

export function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[REVISION_LABEL];
}

/** The status of the set; a finished update makes the update revision the current one. */
export function statefulStatus({ set, pods, current, update, clock }: StatefulView): StatefulSetStatus {
  const running = pods.filter((pod) => pod.status?.phase === 'Running' && isReady(pod));
  const staying = pods.filter((pod) => !isTerminating(pod));
  const ofRevision = ({ metadata }: ControllerRevision): number =>
    staying.filter((pod) => revisionOf(pod) === metadata.name).length;
  const status: StatefulSetStatus = {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    readyReplicas: running.length,
    currentReplicas: ofRevision(current),
    updatedReplicas: ofRevision(update),
    currentRevision: current.metadata.name,
    updateRevision: update.metadata.name,
    collisionCount: set.status?.collisionCount ?? 0,
    availableReplicas: running.filter((pod) => isAvailable(pod, set.spec.minReadySeconds, clock)).length,
  };
  const rolling = (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
  const counts = [status.updatedReplicas, status.readyReplicas, status.replicas];
  const complete = rolling && counts.every((count) => count === (set.spec.replicas ?? 1));
  const final = complete
    ? { ...status, currentReplicas: status.updatedReplicas ?? 0, currentRevision: update.metadata.name }
    : status;
  return withoutZeros(final, ['readyReplicas', 'currentReplicas', 'updatedReplicas']);
}
