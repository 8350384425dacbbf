import type { Occurrence } from '../event-object.js';
import type { Container, ContainerStatus, Pod, PodStatus } from '../pod-kinds.js';
import { isSidecar } from '../pods.js';
import type { Timing } from '../timing.js';
import { timestamp } from '../../store/writes.js';
import { ended } from './container-states.js';
import { stepContainer, type ContainerFacts, type ContainerStep } from './container-step.js';
import { faultOf, readyAfterMs } from './faults.js';
import { firstStatus, isInitialized, phaseOf, podStatus, restartPolicyOf, type Containers } from './pod-status.js';
import { qosClassOf } from './qos-class.js';
import { missingInEnvironment, missingVolume, type Lookup } from './references.js';

/** What a kubelet remembers of a pod that the status does not tell: since when in milliseconds, and failed pulls. */
export type PodMemory = Map<string, { since: number; pulls: number }>;

export interface PodFacts {
  readonly now: number;
  readonly timing: Timing;
  readonly lookup: Lookup;
  readonly podIP: () => string;
  readonly hostIP: string;
}

export interface PodStep {
  readonly status: PodStatus;
  readonly events: readonly Occurrence[];
  /** milliseconds until the next step; undefined when none is due by time */
  readonly wait: { ms: number; background: boolean } | undefined;
  /** it goes on when a ConfigMap or a Secret appears */
  readonly blocked: boolean;
}

type Wait = NonNullable<PodStep['wait']>;

/** The next state of a pod on its node. Writes down in `memory` since when each container is in its state. */
export function stepPod(pod: Pod, memory: PodMemory, facts: PodFacts): PodStep {
  const now = timestamp(new Date(facts.now));
  if (pod.status?.containerStatuses === undefined) return firstStep(pod, memory, facts, now);
  const unmounted = isFresh(pod) ? missingVolume(pod, facts.lookup) : undefined;
  if (unmounted !== undefined) {
    const known = memory.has(unmounted);
    memory.set(unmounted, { since: facts.now, pulls: 0 });
    const events: Occurrence[] = known ? [] : [{ type: 'Warning', reason: 'FailedMount', message: unmounted }];
    return { status: pod.status, events, wait: undefined, blocked: true };
  }
  const round = new Round(pod, memory, facts);
  const containers = round.run();
  const podIP = pod.status.podIP ?? (round.changed ? facts.podIP() : undefined);
  const status = round.changed ? podStatus(pod, containers, podIP, now) : pod.status;
  return { status, events: round.events, wait: round.wait, blocked: round.blocked };
}

function firstStep(pod: Pod, memory: PodMemory, facts: PodFacts, now: string): PodStep {
  const { initContainers = [], containers } = pod.spec;
  const first = (container: Container): ContainerStatus => {
    memory.set(container.name, { since: facts.now, pulls: 0 });
    return firstStatus(container, initContainers.length > 0);
  };
  const bare = podStatus(pod, { init: initContainers.map(first), app: containers.map(first) }, undefined, now);
  const { hostIP } = facts;
  const status = { ...bare, hostIP, hostIPs: [{ ip: hostIP }], qosClass: pod.status?.qosClass ?? qosClassOf(pod) };
  return { status, events: [], wait: { ms: facts.timing.containerCreateMs, background: false }, blocked: false };
}

function isFresh({ status }: Pod): boolean {
  return status?.podIP === undefined;
}

/** One look at all containers of a pod whose turn it is. */
class Round {
  readonly events: Occurrence[] = [];
  changed = false;
  blocked = false;
  wait: Wait | undefined;

  constructor(
    private readonly pod: Pod,
    private readonly memory: PodMemory,
    private readonly facts: PodFacts,
  ) {}

  run(): Containers {
    const { initContainers = [], containers } = this.pod.spec;
    const init = [...(this.pod.status?.initContainerStatuses ?? [])];
    const app = [...(this.pod.status?.containerStatuses ?? [])];
    for (const [i, container] of initContainers.entries()) {
      const status = this.step(container, init[i] ?? firstStatus(container, true), true);
      init[i] = status;
      if (!isInitialized(container, status)) return { init, app };
    }
    for (const [i, container] of containers.entries()) {
      app[i] = this.step(container, app[i] ?? firstStatus(container, initContainers.length > 0), false);
    }
    const phase = phaseOf(this.pod, { init, app });
    return phase === 'Running' || phase === 'Pending' ? { init, app } : { init: this.endSidecars(init), app };
  }

  private step(container: Container, status: ContainerStatus, isInit: boolean): ContainerStatus {
    let current = status;
    for (;;) {
      const step: ContainerStep = stepContainer(current, this.factsOf(container, isInit));
      if (step.kind === 'wait') this.earliest(step);
      if (step.kind !== 'become') break;
      current = step.status;
      this.changed = true;
      this.events.push(...step.events);
      const pulls = step.pulls ?? this.memory.get(container.name)?.pulls ?? 0;
      this.memory.set(container.name, { since: this.facts.now, pulls });
    }
    if (current.state.waiting?.reason === 'CreateContainerConfigError') this.blocked = true;
    // A completed init container counts as ready for as long as the pod lives.
    return isInit && current.state.terminated?.exitCode === 0 ? { ...current, ready: true } : current;
  }

  private earliest({ ms, background }: Wait): void {
    const known = this.wait;
    this.wait =
      known === undefined
        ? { ms, background }
        : { ms: Math.min(ms, known.ms), background: background && known.background };
  }

  private factsOf(container: Container, isInit: boolean): ContainerFacts {
    const { pod, facts } = this;
    const { now, timing } = facts;
    const { namespace = '', name, uid } = pod.metadata;
    const policy = restartPolicyOf(pod);
    const runsOn = isInit ? isSidecar(container) : policy === 'Always';
    const remembered = this.memory.get(container.name) ?? { since: now, pulls: 1 };
    this.memory.set(container.name, remembered);
    return {
      container,
      fault: faultOf(pod, container),
      restart:
        isInit && !isSidecar(container) && policy === 'Always' ? 'OnFailure' : isSidecar(container) ? 'Always' : policy,
      ends: runsOn ? 'never' : { afterMs: isInit ? timing.initContainerMs : timing.completionMs },
      readyAfterMs: isInit ? undefined : readyAfterMs(pod),
      missing: missingInEnvironment(container, namespace, facts.lookup),
      now,
      since: remembered.since,
      pulls: remembered.pulls,
      timing,
      podName: name,
      podUid: uid,
      namespace,
      fieldPath: `spec.${isInit ? 'initContainers' : 'containers'}{${container.name}}`,
    };
  }

  private endSidecars(init: readonly ContainerStatus[]): ContainerStatus[] {
    return init.map((status, i) => {
      const container = this.pod.spec.initContainers?.[i];
      if (container === undefined || status.state.running === undefined) return status;
      return ended(status, { afterMs: 0, exitCode: 0, reason: 'Completed' }, this.factsOf(container, true));
    });
  }
}
