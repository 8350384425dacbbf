import type { Node } from '../kinds.js';
import { parseQuantity } from '../numbers.js';
import type { Container, NodeTerm, Pod, Toleration } from '../pod-kinds.js';
import { isSidecar } from '../pods.js';
import { hasAll, satisfies, selects } from '../selectors.js';

/** Cores, bytes and pods. */
export interface Room {
  cpu: number;
  memory: number;
  pods: number;
}

/** A node with what is taken of it and who runs there. */
export interface Candidate {
  readonly node: Node;
  readonly taken: Readonly<Room>;
  readonly pods: () => Iterable<Pod>;
}

/** What a pod reserves: its containers together, or its largest init container when that is more. */
export function requestsOf(pod: Pod): Room {
  const init = pod.spec.initContainers ?? [];
  const of = (name: 'cpu' | 'memory'): number => {
    const sidecars = sum(init.filter(isSidecar), name);
    const largest = Math.max(0, ...init.map((container) => requestOf(container, name)));
    return Math.max(sum(pod.spec.containers, name) + sidecars, largest);
  };
  return { cpu: of('cpu'), memory: of('memory'), pods: 1 };
}

function sum(containers: readonly Container[], name: 'cpu' | 'memory'): number {
  return containers.reduce((total, container) => total + requestOf(container, name), 0);
}

function requestOf({ resources }: Container, name: string): number {
  return parseQuantity(resources?.requests?.[name] ?? resources?.limits?.[name]);
}

export interface Misfit {
  reason: string;
  /** whether taking other pods away could help */
  preemptible: boolean;
}

/** Why the node cannot take the pod, in the scheduler's words; nothing when it can. */
export function misfits(pod: Pod, { node, taken, pods }: Candidate): Misfit[] {
  const fixed = fixedMisfit(pod, node);
  if (fixed !== undefined) return [{ reason: fixed, preemptible: false }];
  const wanted = requestsOf(pod);
  const short = lacking(wanted, taken, node).map((reason) => ({ reason, preemptible: true }));
  if (short.length > 0) return short;
  if (!repels(pod, pods)) return [];
  return [{ reason: "node(s) didn't match pod anti-affinity rules", preemptible: true }];
}

function fixedMisfit(pod: Pod, node: Node): string | undefined {
  const tolerations = pod.spec.tolerations ?? [];
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  if (node.spec.unschedulable === true && !tolerates(tolerations, cordon)) return 'node(s) were unschedulable';
  const taint = (node.spec.taints ?? []).find(
    (one) => one.effect !== 'PreferNoSchedule' && !tolerates(tolerations, one),
  );
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  return fitsNode(pod, node) ? undefined : "node(s) didn't match Pod's node affinity/selector";
}

/** Whether the pod's node selector and required node affinity accept the node. */
export function fitsNode(pod: Pod, node: Node): boolean {
  if (!hasAll(pod.spec.nodeSelector, node.metadata.labels)) return false;
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => fitsTerm(term, node));
}

function fitsTerm({ matchExpressions = [], matchFields = [] }: NodeTerm, node: Node): boolean {
  const byLabel = matchExpressions.every(({ key, operator, values = [] }) =>
    satisfies(node.metadata.labels?.[key], operator, values),
  );
  const byField = matchFields.every(({ operator, values = [] }) => satisfies(node.metadata.name, operator, values));
  return byLabel && byField && matchExpressions.length + matchFields.length > 0;
}

/** Whether one of the tolerations puts up with the taint. */
export function tolerates(
  tolerations: readonly Toleration[],
  taint: { key: string; value?: string; effect: string },
): boolean {
  return tolerations.some(({ key, operator = 'Equal', value = '', effect }) => {
    if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
    if (key === undefined || key === '') return operator === 'Exists';
    return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
  });
}

function lacking(wanted: Room, taken: Readonly<Room>, node: Node): string[] {
  const has = node.status?.allocatable ?? {};
  const reasons: string[] = [];
  if (taken.pods + 1 > parseQuantity(has['pods'])) reasons.push('Too many pods');
  if (wanted.cpu > 0 && taken.cpu + wanted.cpu > parseQuantity(has['cpu'])) reasons.push('Insufficient cpu');
  if (wanted.memory > 0 && taken.memory + wanted.memory > parseQuantity(has['memory']))
    reasons.push('Insufficient memory');
  return reasons;
}

function repels(pod: Pod, others: () => Iterable<Pod>): boolean {
  const terms = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (terms.length === 0) return false;
  for (const other of others()) {
    if (other.metadata.namespace !== pod.metadata.namespace) continue;
    if (terms.some(({ labelSelector }) => selects(labelSelector, other.metadata.labels))) return true;
  }
  return false;
}

/** The message of a pod that fits nowhere, as the real scheduler words it. */
export function unschedulableMessage(perNode: readonly (readonly Misfit[])[]): string {
  const reasons = counted(perNode.flatMap((misfitsOfNode) => misfitsOfNode.map(({ reason }) => reason)));
  const preemption = counted(
    perNode.map((ofNode) =>
      ofNode.every(({ preemptible }) => preemptible)
        ? 'No preemption victims found for incoming pod'
        : 'Preemption is not helpful for scheduling',
    ),
  );
  const none = `0/${perNode.length} nodes are available`;
  return `${none}: ${reasons}. preemption: ${none}: ${preemption}.`;
}

/** The message of a pod that no node could take, whatever its room. */
export function hopelessMessage(nodes: number, reason: string): string {
  const none = `0/${nodes} nodes are available`;
  return `${none}: ${reason}. preemption: ${none}: ${nodes} Preemption is not helpful for scheduling.`;
}

function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
