import { conditionOf } from '../conditions.js';
import type { Condition } from '../common-kinds.js';
import type { Job, JobStatus } from '../kinds.js';
import { isTerminating } from '../ownership.js';
import type { Pod } from '../pod-kinds.js';
import { isFinished, isReady } from '../pods.js';

export const TRACKING = 'batch.kubernetes.io/job-tracking';
export const INDEX_ANNOTATION = 'batch.kubernetes.io/job-completion-index';

/** The pods of a job, by what they mean for it. */
export interface JobPods {
  readonly active: readonly Pod[];
  readonly terminating: readonly Pod[];
  /** over and not counted yet */
  readonly uncounted: readonly Pod[];
}

export function sortPods(pods: readonly Pod[]): JobPods {
  return {
    active: pods.filter((pod) => !isFinished(pod) && !isTerminating(pod)),
    terminating: pods.filter((pod) => !isFinished(pod) && isTerminating(pod)),
    uncounted: pods.filter((pod) => isFinished(pod) && pod.metadata.finalizers?.includes(TRACKING) === true),
  };
}

export function finishedCondition(status: JobStatus | undefined): Condition | undefined {
  const found = ['Complete', 'Failed'].map((type) => conditionOf(status?.conditions, type));
  return found.find((condition) => condition?.status === 'True');
}

/** How the job ends, if it now does. */
export type Verdict = { kind: 'goes on' } | { kind: 'complete' } | { kind: 'failed'; reason: string; message: string };

export interface Counts {
  readonly succeeded: number;
  readonly failed: number;
  /** milliseconds since the job started */
  readonly runningMs: number;
}

/** Whether a job is complete, has failed too often or has run too long. */
export function judgeJob(job: Job, pods: JobPods, { succeeded, failed, runningMs }: Counts): Verdict {
  const { backoffLimit = 6, activeDeadlineSeconds, completions } = job.spec;
  const restarts = sum(pods.active.map(restartsOf));
  const onFailure = job.spec.template.spec.restartPolicy === 'OnFailure';
  const exhausted = onFailure && (backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit);
  if (failed > backoffLimit || exhausted) {
    return { kind: 'failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  }
  if (activeDeadlineSeconds !== undefined && runningMs >= activeDeadlineSeconds * 1000) {
    return { kind: 'failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  }
  const done = completions === undefined ? succeeded > 0 && pods.active.length === 0 : succeeded >= completions;
  return done ? { kind: 'complete' } : { kind: 'goes on' };
}

/** How many pods should be running now. */
export function wantedActive({ spec }: Job, succeeded: number, active: number): number {
  if (spec.suspend === true) return 0;
  const parallelism = spec.parallelism ?? 1;
  if (spec.completions === undefined) return succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  return Math.min(parallelism, Math.max(0, spec.completions - succeeded));
}

function restartsOf(pod: Pod): number {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  return sum([...containerStatuses, ...initContainerStatuses].map(({ restartCount }) => restartCount));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

export function countReady(pods: JobPods): number {
  return pods.active.filter((pod) => isReady(pod)).length;
}

/** The completion index of a pod of an Indexed job. */
export function indexOf(pod: Pod): number | undefined {
  const index = pod.metadata.annotations?.[INDEX_ANNOTATION];
  return index === undefined ? undefined : Number(index);
}

/** Indexes that neither succeeded nor have a running pod, the lowest first. */
export function freeIndexes(job: Job, done: ReadonlySet<number>, pods: JobPods): number[] {
  const busy = new Set(pods.active.map((pod) => indexOf(pod)));
  const all = Array.from({ length: job.spec.completions ?? 0 }, (_none, index) => index);
  return all.filter((index) => !done.has(index) && !busy.has(index));
}

/** `0-2,5` stands for 0, 1, 2 and 5. */
export function parseIndexes(text: string | undefined): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',').filter((one) => one !== '')) {
    const [first = 0, last = first] = part.split('-').map(Number);
    for (let index = first; index <= last; index += 1) indexes.add(index);
  }
  return indexes;
}

export function formatIndexes(indexes: ReadonlySet<number>): string {
  const ranges: [number, number][] = [];
  for (const index of [...indexes].sort((left, right) => left - right)) {
    const last = ranges.at(-1);
    if (last?.[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}
