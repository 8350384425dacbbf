/** How long pretended things take, in milliseconds unless the name says otherwise. */
export interface Timing {
  /** from a node being chosen to the first word of its kubelet */
  kubeletMs: number;
  /** image present, sandbox and container made */
  containerCreateMs: number;
  /** how long an init container runs */
  initContainerMs: number;
  /** from running to ready, for a container with a readiness or startup probe; the others are ready when they run */
  readyMs: number;
  /** a probe's initialDelaySeconds is honoured times this, up to the cap */
  probeDelayScale: number;
  probeDelayCapMs: number;
  /** how long a container that is to end runs: of a Job, or of a pod that is not always restarted */
  completionMs: number;
  /** with the fault `slow-start` */
  slowStartMs: number;
  /** with the faults `crash` and `oom` */
  crashAfterMs: number;
  /** ErrImagePull is shown so long before ImagePullBackOff */
  pullErrorMs: number;
  /** the kubelet's and the Job controller's waits double from the first to the second */
  backoffMs: number;
  backoffMaxMs: number;
  /** from the request to the end of a pod, if its grace is not shorter */
  terminationMs: number;
  /** making a volume */
  provisionMs: number;
  /** a failed reconciliation is tried again after waits that double from the first to the second */
  retryMs: number;
  retryMaxMs: number;
  /** an Event is forgotten when it was not seen for so long */
  eventTtlMs: number;
}

/** Fast where only patience would be tested, real where people and programs react to the wait. */
export const DEFAULT_TIMING: Readonly<Timing> = {
  kubeletMs: 5,
  containerCreateMs: 40,
  initContainerMs: 30,
  readyMs: 40,
  probeDelayScale: 0.01,
  probeDelayCapMs: 500,
  completionMs: 80,
  slowStartMs: 5_000,
  crashAfterMs: 100,
  pullErrorMs: 500,
  backoffMs: 10_000,
  backoffMaxMs: 300_000,
  terminationMs: 50,
  provisionMs: 5,
  retryMs: 5,
  retryMaxMs: 1_000_000,
  eventTtlMs: 3_600_000,
};

/** The n-th wait (from 0) of a back-off that doubles up to a longest. */
export function backoff(firstMs: number, longestMs: number, n: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(n, 30));
}
