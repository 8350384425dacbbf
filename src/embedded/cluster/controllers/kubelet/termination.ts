import type { ContainerStatus, Pod, PodStatus } from '../pod-kinds.js';
import { podStatus } from './pod-status.js';

/** The last status of a pod that was told to end: its running containers were ended by the signal, so it failed. */
export function finalStatus(pod: Pod, now: string): PodStatus {
  const end = (status: ContainerStatus): ContainerStatus => {
    if (status.state.terminated !== undefined) return status;
    const startedAt = status.state.running?.startedAt ?? now;
    const terminated = {
      exitCode: 143,
      reason: 'Error',
      startedAt,
      finishedAt: now,
      containerID: status.containerID ?? '',
    };
    return { ...status, state: { terminated }, ready: false, started: false };
  };
  const init = pod.status?.initContainerStatuses ?? [];
  const app = (pod.status?.containerStatuses ?? []).map(end);
  const never: Pod = { ...pod, spec: { ...pod.spec, restartPolicy: 'Never' } };
  return podStatus(never, { init, app }, pod.status?.podIP, now);
}
