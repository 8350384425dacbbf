import { listAt, recordAt, textAt, valueAt } from './json-value.js';
import { quantityInNano } from './quantity.js';

/** Billionths of a core, and of a byte. */
export interface Resources {
  readonly cpu: bigint;
  readonly memory: bigint;
}

/** A pod that has a node and has not ended: what it asks for, and since when. */
export interface RunningPod {
  readonly namespace: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly request: Resources;
}

export interface PodUse {
  readonly namespace: string;
  readonly name: string;
  readonly use: Resources;
}

export interface BoundClaim {
  readonly namespace: string;
  /** Billionths of a byte. */
  readonly capacity: bigint;
}

/** A pod as the API server answers it; undefined where it holds nothing of a node. Pure. */
export function runningPod(pod: unknown): RunningPod | undefined {
  const phase = textAt(pod, 'status', 'phase');
  const startedAt = Date.parse(textAt(pod, 'status', 'startTime') ?? '');
  const placed = textAt(pod, 'spec', 'nodeName') !== undefined && phase !== 'Succeeded' && phase !== 'Failed';
  if (!placed || Number.isNaN(startedAt)) return undefined;
  return { ...placeOf(pod), startedAt, request: { cpu: requestOf(pod, 'cpu'), memory: requestOf(pod, 'memory') } };
}

/** A PodMetrics of `metrics.k8s.io`; undefined where it says nothing. Pure. */
export function podUse(metrics: unknown): PodUse | undefined {
  const containers = listAt(metrics, 'containers');
  const cpu = containers.map((container) => quantityInNano(valueAt(container, 'usage', 'cpu')));
  const memory = containers.map((container) => quantityInNano(valueAt(container, 'usage', 'memory')));
  if (containers.length === 0 || !isKnown(cpu) || !isKnown(memory)) return undefined;
  return { ...placeOf(metrics), use: { cpu: sum(cpu), memory: sum(memory) } };
}

/** A claim that has its volume; undefined for others. Pure. */
export function boundClaim(claim: unknown): BoundClaim | undefined {
  const capacity = quantityInNano(valueAt(claim, 'status', 'capacity', 'storage'));
  if (textAt(claim, 'status', 'phase') !== 'Bound' || capacity === undefined) return undefined;
  return { namespace: placeOf(claim).namespace, capacity };
}

/** As the scheduler counts: what the pod itself asks for, or its containers together, and no less than the first ones one by one. */
function requestOf(pod: unknown, resource: keyof Resources): bigint {
  const overhead = quantityInNano(valueAt(pod, 'spec', 'overhead', resource)) ?? 0n;
  const whole = quantityInNano(valueAt(pod, 'spec', 'resources', 'requests', resource));
  if (whole !== undefined) return whole + overhead;
  const asked = (container: unknown): bigint =>
    quantityInNano(recordAt(container, 'resources', 'requests')[resource]) ?? 0n;
  const firsts = listAt(pod, 'spec', 'initContainers');
  const sidecars = firsts.filter((container) => textAt(container, 'restartPolicy') === 'Always');
  const together = sum([...listAt(pod, 'spec', 'containers'), ...sidecars].map(asked));
  const largest = firsts.map(asked).reduce((most, each) => (each > most ? each : most), 0n);
  return (together > largest ? together : largest) + overhead;
}

function placeOf(object: unknown): { namespace: string; name: string } {
  return {
    namespace: textAt(object, 'metadata', 'namespace') ?? '',
    name: textAt(object, 'metadata', 'name') ?? '',
  };
}

function isKnown(values: readonly (bigint | undefined)[]): values is bigint[] {
  return values.every((value) => value !== undefined);
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
