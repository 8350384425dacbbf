import { withCondition } from '../conditions.js';
import type { Condition } from '../common-kinds.js';
import type { Container, ContainerStatus, Pod, PodStatus } from '../pod-kinds.js';
import { isSidecar } from '../pods.js';

/** The containers' statuses of a pod, in the order of its spec. */
export interface Containers {
  readonly init: readonly ContainerStatus[];
  readonly app: readonly ContainerStatus[];
}

/** What a kubelet first says of a container: it waits. */
export function firstStatus(container: Container, hasInit: boolean): ContainerStatus {
  return {
    name: container.name,
    state: { waiting: { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' } },
    lastState: {},
    ready: false,
    started: false,
    restartCount: 0,
    image: container.image,
    imageID: '',
  };
}

export function restartPolicyOf(pod: Pod): 'Always' | 'OnFailure' | 'Never' {
  const policy = pod.spec.restartPolicy;
  return policy === 'OnFailure' || policy === 'Never' ? policy : 'Always';
}

/** An init container has done its part: it completed, or as a sidecar it runs. */
export function isInitialized(container: Container, status: ContainerStatus): boolean {
  return isSidecar(container) ? status.started : status.state.terminated?.exitCode === 0;
}

/** The phase that follows from the containers. */
export function phaseOf(pod: Pod, { init, app }: Containers): string {
  const never = restartPolicyOf(pod) === 'Never';
  const initContainers = pod.spec.initContainers ?? [];
  if (never && init.some(({ state }) => (state.terminated?.exitCode ?? 0) !== 0)) return 'Failed';
  const initialized = initContainers.every((container, i) => {
    const status = init[i];
    return status !== undefined && isInitialized(container, status);
  });
  const exits = app.flatMap(({ state }) => (state.terminated === undefined ? [] : [state.terminated.exitCode]));
  if (exits.length === app.length && restartPolicyOf(pod) !== 'Always') {
    if (exits.every((code) => code === 0)) return 'Succeeded';
    if (never) return 'Failed';
  }
  const fresh = app.some(({ state, lastState }) => state.waiting !== undefined && lastState.terminated === undefined);
  return initialized && !fresh ? 'Running' : 'Pending';
}

/** The status of a pod whose containers are so; conditions keep the times of their last change. */
export function podStatus(pod: Pod, containers: Containers, podIP: string | undefined, now: string): PodStatus {
  const phase = phaseOf(pod, containers);
  const { init, app } = containers;
  let conditions: readonly Condition[] = pod.status?.conditions ?? [];
  for (const condition of conditionsOf(pod, containers, phase, podIP !== undefined)) {
    conditions = withCondition(conditions, { lastProbeTime: null, ...condition }, now);
  }
  return {
    ...pod.status,
    phase,
    conditions: [...conditions],
    startTime: pod.status?.startTime ?? now,
    containerStatuses: [...app],
    ...(init.length > 0 ? { initContainerStatuses: [...init] } : {}),
    ...(podIP === undefined ? {} : { podIP, podIPs: [{ ip: podIP }] }),
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
  };
}

function conditionsOf(pod: Pod, { init, app }: Containers, phase: string, sandbox: boolean): Condition[] {
  const over = phase === 'Succeeded' || phase === 'Failed';
  const initContainers = pod.spec.initContainers ?? [];
  const waiting = initContainers.filter((container, i) => {
    const status = init[i];
    return status === undefined || !isInitialized(container, status);
  });
  const sidecars = init.filter((_status, i) => initContainers[i] !== undefined && isSidecar(initContainers[i]));
  const unready = [...sidecars, ...app].filter(({ ready }) => !ready);
  const ready = phaseVerdict(phase) ?? verdict(unready, 'ContainersNotReady', 'containers with unready status');
  const initialized =
    phase === 'Succeeded' || (phase === 'Failed' && waiting.length === 0)
      ? { status: 'True' as const, ...(phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}) }
      : verdict(waiting, 'ContainersNotInitialized', 'containers with incomplete status');
  return [
    { type: 'PodReadyToStartContainers', status: sandbox && !over ? 'True' : 'False' },
    { type: 'Initialized', ...initialized },
    { type: 'Ready', ...ready },
    { type: 'ContainersReady', ...ready },
  ];
}

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>;

function phaseVerdict(phase: string): Verdict | undefined {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  return phase === 'Failed' ? { status: 'False', reason: 'PodFailed' } : undefined;
}

function verdict(lacking: readonly { name: string }[], reason: string, message: string): Verdict {
  if (lacking.length === 0) return { status: 'True' };
  return { status: 'False', reason, message: `${message}: [${lacking.map(({ name }) => name).join(' ')}]` };
}
