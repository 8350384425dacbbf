import type { ControllerClock } from '../controller-clock.js';
import type { ControllerRevision, DaemonSet, DaemonSetStatus, Node } from '../kinds.js';
import { resolveShare } from '../numbers.js';
import { isTerminating } from '../ownership.js';
import type { NodeTerm, Pod, PodTemplate, Toleration } from '../pod-kinds.js';
import { isAvailable, isFinished, isReady } from '../pods.js';
import { fitsNode, tolerates } from '../scheduling/fit.js';
import { withoutZeros } from './replica-set-decisions.js';
import { REVISION_LABEL } from './stateful-set-decisions.js';

/** A DaemonSet's pods stay on nodes in trouble. */
const TOLERATIONS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];

export interface DaemonView {
  readonly set: DaemonSet;
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly update: ControllerRevision;
  readonly clock: ControllerClock;
}

/** Nodes that need a pod, and pods to take away. */
export interface DaemonPlan {
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
}

/** One pod on each node that takes it; during an update only so many nodes are without at a time. */
export function daemonPlan(view: DaemonView): DaemonPlan {
  const { set, nodes, pods } = view;
  if (isTerminating(set)) return { create: [], remove: [] };
  const eligible = nodes.filter((node) => shouldRun(set.spec.template, node));
  const create: string[] = [];
  const remove: Pod[] = pods.filter((pod) => isFinished(pod) && !isTerminating(pod));
  for (const node of nodes) {
    const here = pods.filter((pod) => nodeOf(pod) === node.metadata.name && !isFinished(pod));
    const wanted = eligible.includes(node);
    if (wanted && here.length === 0) create.push(node.metadata.name);
    const staying = here.filter((pod) => !isTerminating(pod)).sort(oldestFirst);
    remove.push(...staying.slice(wanted ? 1 : 0));
  }
  return { create, remove: [...remove, ...replaced(view, eligible, remove)] };
}

function replaced(view: DaemonView, eligible: readonly Node[], going: readonly Pod[]): Pod[] {
  const { set, pods, update, clock } = view;
  if (set.spec.updateStrategy?.type === 'OnDelete') return [];
  const { maxUnavailable = 1 } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const serving = new Set(pods.filter((pod) => isServing(pod, set, clock)).map((pod) => nodeOf(pod)));
  const without = eligible.filter((node) => !serving.has(node.metadata.name)).length;
  let budget = Math.max(1, resolveShare(maxUnavailable, eligible.length, Math.ceil)) - without;
  const old = pods.filter(
    (pod) => !going.includes(pod) && !isTerminating(pod) && !isFinished(pod) && hashOf(pod) !== hashOfRevision(update),
  );
  return old.filter((pod) => {
    if (!isServing(pod, set, clock)) return true;
    budget -= 1;
    return budget >= 0;
  });
}

function isServing(pod: Pod, { spec }: DaemonSet, clock: ControllerClock): boolean {
  return !isTerminating(pod) && isAvailable(pod, spec.minReadySeconds, clock);
}

function oldestFirst(left: Pod, right: Pod): number {
  return left.metadata.creationTimestamp < right.metadata.creationTimestamp ? -1 : 1;
}

function shouldRun(template: PodTemplate, node: Node): boolean {
  const tolerations = [...(template.spec.tolerations ?? []), ...TOLERATIONS];
  const taints = (node.spec.taints ?? []).filter(({ effect }) => effect !== 'PreferNoSchedule');
  const { name, uid, resourceVersion, creationTimestamp } = node.metadata;
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, uid, resourceVersion, creationTimestamp },
    spec: template.spec,
  };
  return fitsNode(pod, node) && taints.every((taint) => tolerates(tolerations, taint));
}

/** The node that a pod runs on or is meant for. */
export function nodeOf({ spec }: Pod): string | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return spec.nodeName ?? terms?.[0]?.matchFields?.[0]?.values?.[0];
}

/** The template of the pod meant for one node. */
export function templateForNode(template: PodTemplate, node: string): PodTemplate {
  const field = { key: 'metadata.name', operator: 'In', values: [node] };
  const { nodeAffinity } = template.spec.affinity ?? {};
  const terms = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [{}];
  const nodeSelectorTerms: NodeTerm[] = terms.map((term) => ({ ...term, matchFields: [field] }));
  const affinity = {
    ...template.spec.affinity,
    nodeAffinity: { ...nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  };
  return {
    ...template,
    spec: { ...template.spec, affinity, tolerations: [...(template.spec.tolerations ?? []), ...TOLERATIONS] },
  };
}

function hashOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[REVISION_LABEL];
}

export function hashOfRevision(revision: ControllerRevision): string {
  return revision.metadata.labels?.[REVISION_LABEL] ?? '';
}

export function daemonStatus({ set, nodes, pods, update, clock }: DaemonView): DaemonSetStatus {
  const living = pods.filter((pod) => !isTerminating(pod) && !isFinished(pod));
  const count = (of: (pod: Pod) => boolean, here: boolean): number =>
    nodes.filter(
      (node) =>
        shouldRun(set.spec.template, node) === here &&
        living.some((pod) => nodeOf(pod) === node.metadata.name && of(pod)),
    ).length;
  const desired = nodes.filter((node) => shouldRun(set.spec.template, node)).length;
  const available = count((pod) => isAvailable(pod, set.spec.minReadySeconds, clock), true);
  const status: DaemonSetStatus = {
    currentNumberScheduled: count(() => true, true),
    numberMisscheduled: count(() => true, false),
    desiredNumberScheduled: desired,
    numberReady: count((pod) => isReady(pod), true),
    observedGeneration: set.metadata.generation ?? 1,
    updatedNumberScheduled: count((pod) => hashOf(pod) === hashOfRevision(update), true),
    numberAvailable: available,
    numberUnavailable: desired - available,
  };
  return withoutZeros(status, ['updatedNumberScheduled', 'numberAvailable', 'numberUnavailable']);
}
