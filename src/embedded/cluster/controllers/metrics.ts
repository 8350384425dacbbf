import { isSidecar } from './pods.js';
import { parseQuantity } from './numbers.js';
import type { Node } from './kinds.js';
import type { Container, Pod } from './pod-kinds.js';

const CPU_ANNOTATION = 'embedded.tenantry.io/cpu';
const MEMORY_ANNOTATION = 'embedded.tenantry.io/memory';

/** Cores and bytes. */
export interface Usage {
  readonly cpu: number;
  readonly memory: number;
}

interface Measured {
  readonly metadata: Record<string, unknown>;
  /** RFC 3339 */
  readonly timestamp: string;
  readonly window: string;
}

export interface PodMetrics extends Measured {
  readonly kind: 'PodMetrics';
  readonly apiVersion: 'metrics.k8s.io/v1beta1';
  readonly containers: readonly { name: string; usage: { cpu: string; memory: string } }[];
}

export interface NodeMetrics extends Measured {
  readonly kind: 'NodeMetrics';
  readonly apiVersion: 'metrics.k8s.io/v1beta1';
  readonly usage: { cpu: string; memory: string };
}

const IDLE: Usage = { cpu: 0.012, memory: 72 * 2 ** 20 };
const SYSTEM: Usage = { cpu: 0.25, memory: 1.5 * 2 ** 30 };

/**
 * What a container is pretended to use: always the same for the same container, between a third and two thirds of what
 * it requests, or what the pod's annotations say.
 */
function usageOf(pod: Pod, container: Container): Usage {
  const steady = 0.33 + (hash(`${pod.metadata.uid} ${container.name}`) % 1000) / 3000;
  const { requests, limits } = container.resources ?? {};
  const asked = (name: 'cpu' | 'memory'): number => parseQuantity(requests?.[name] ?? limits?.[name]);
  const told = (annotation: string): number => parseQuantity(pod.metadata.annotations?.[annotation]);
  return {
    cpu: told(CPU_ANNOTATION) || asked('cpu') * steady || IDLE.cpu * (0.5 + steady),
    memory: told(MEMORY_ANNOTATION) || asked('memory') * steady || IDLE.memory * (0.5 + steady),
  };
}

/** The containers that run now, with what they use; undefined for a pod that has no metrics. */
export function podMetrics(pod: Pod, now: string): PodMetrics | undefined {
  const running = runningContainers(pod);
  if (pod.status?.phase !== 'Running' || running.length === 0) return undefined;
  const { name, namespace, labels, creationTimestamp } = pod.metadata;
  return {
    kind: 'PodMetrics',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels }), creationTimestamp },
    timestamp: now,
    window: '15s',
    containers: running.map((container) => ({ name: container.name, usage: printed(usageOf(pod, container)) })),
  };
}

/** What a node's pods use together, and the system under them. */
export function nodeMetrics(node: Node, pods: Iterable<Pod>, now: string): NodeMetrics {
  let { cpu, memory } = SYSTEM;
  for (const pod of pods) {
    if (pod.spec.nodeName !== node.metadata.name || pod.status?.phase !== 'Running') continue;
    for (const container of runningContainers(pod)) {
      const usage = usageOf(pod, container);
      cpu += usage.cpu;
      memory += usage.memory;
    }
  }
  const { name, labels, creationTimestamp } = node.metadata;
  return {
    kind: 'NodeMetrics',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: { name, ...(labels === undefined ? {} : { labels }), creationTimestamp },
    timestamp: now,
    window: '15s',
    usage: printed({ cpu, memory }),
  };
}

function runningContainers(pod: Pod): Container[] {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const running = new Set(statuses.filter(({ state }) => state.running !== undefined).map(({ name }) => name));
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isSidecar)];
  return all.filter(({ name }) => running.has(name));
}

function printed({ cpu, memory }: Usage): { cpu: string; memory: string } {
  return { cpu: `${Math.round(cpu * 1e9)}n`, memory: `${Math.round(memory / 1024)}Ki` };
}

function hash(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i += 1) value = (Math.imul(value, 31) + text.charCodeAt(i)) >>> 0;
  return value;
}
