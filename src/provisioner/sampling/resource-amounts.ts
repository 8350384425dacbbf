import type { ClusterUse } from '../../kubernetes/resource-use.client.js';
import type { ResourceSample } from '../../platform/resource-samples.js';

/** The instance whose namespace it is. */
export interface SampledInstance {
  readonly id: string;
  readonly tenantId: string;
  readonly blueprint: string;
  readonly namespace: string;
}

/** A stretch of time, in milliseconds since the epoch. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Amounts of one namespace: billionths of a core or byte, times milliseconds. */
interface Amounts {
  pods: number;
  measured: number;
  cpuRequest: bigint;
  cpuUse: bigint;
  memoryRequest: bigint;
  memoryUse: bigint;
  /** Billionths of a byte; undefined: no volume. */
  volume: bigint | undefined;
}

const places = 9;
const gib = 2n ** 30n;

/**
 * What each instance asked for and used in a period, if it was then as it is seen now. A pod counts from its start. What nobody measured is
 * left out, and so is an instance that has neither pods nor volumes. Pure.
 */
export function samplesOf(use: ClusterUse, instances: readonly SampledInstance[], period: Period): ResourceSample[] {
  const amounts = amountsByNamespace(use, period);
  return instances.flatMap((instance) => {
    const found = amounts.get(instance.namespace);
    return found === undefined ? [] : [sampleOf(instance, found, period)];
  });
}

function amountsByNamespace({ pods, uses, claims }: ClusterUse, period: Period): Map<string, Amounts> {
  const amounts = new Map<string, Amounts>();
  const useOf = new Map((uses ?? []).map(({ namespace, name, use }) => [`${namespace}/${name}`, use]));
  for (const { namespace, name, startedAt, request } of pods) {
    const ms = BigInt(Math.max(0, period.to - Math.max(period.from, startedAt)));
    const of = amountsOf(amounts, namespace);
    of.pods += 1;
    of.cpuRequest += request.cpu * ms;
    of.memoryRequest += request.memory * ms;
    const measured = useOf.get(`${namespace}/${name}`);
    if (measured === undefined) continue;
    of.measured += 1;
    of.cpuUse += measured.cpu * ms;
    of.memoryUse += measured.memory * ms;
  }
  for (const { namespace, capacity } of claims) {
    const of = amountsOf(amounts, namespace);
    of.volume = (of.volume ?? 0n) + capacity;
  }
  return amounts;
}

function amountsOf(amounts: Map<string, Amounts>, namespace: string): Amounts {
  const none = {
    pods: 0,
    measured: 0,
    cpuRequest: 0n,
    cpuUse: 0n,
    memoryRequest: 0n,
    memoryUse: 0n,
    volume: undefined,
  };
  const found = amounts.get(namespace) ?? none;
  amounts.set(namespace, found);
  return found;
}

function sampleOf({ id, tenantId, blueprint }: SampledInstance, of: Amounts, { from, to }: Period): ResourceSample {
  const ms = BigInt(to - from);
  return {
    instanceId: id,
    tenantId,
    blueprint,
    periodStart: new Date(from).toISOString(),
    seconds: decimal(ms, 1_000n),
    ...(of.pods === 0
      ? {}
      : { cpuRequestCoreSeconds: coreSeconds(of.cpuRequest), memoryRequestGibSeconds: gibSeconds(of.memoryRequest) }),
    ...(of.measured === 0
      ? {}
      : { cpuUseCoreSeconds: coreSeconds(of.cpuUse), memoryUseGibSeconds: gibSeconds(of.memoryUse) }),
    ...(of.volume === undefined
      ? {}
      : { volumeGibSeconds: gibSeconds(of.volume * ms), volumeGib: decimal(of.volume, 10n ** 9n * gib) }),
  };
}

function coreSeconds(nanoMs: bigint): string {
  return decimal(nanoMs, 10n ** 12n);
}

function gibSeconds(nanoMs: bigint): string {
  return decimal(nanoMs, 10n ** 12n * gib);
}

/** A quotient as decimal text with at most nine places, the last one rounded half up. */
function decimal(value: bigint, by: bigint): string {
  const scaled = (value * 10n ** BigInt(places) * 2n + by) / (by * 2n);
  const digits = scaled.toString().padStart(places + 1, '0');
  const fraction = digits.slice(-places).replace(/0+$/, '');
  return digits.slice(0, -places) + (fraction === '' ? '' : `.${fraction}`);
}
