import { conditionOf, withCondition } from '../conditions.js';
import type { Condition } from '../common-kinds.js';
import type { Job, JobStatus } from '../kinds.js';
import { withoutZeros } from '../workloads/replica-set-decisions.js';
import { countReady, formatIndexes, parseIndexes, type JobPods, type Verdict } from './job-decisions.js';

export interface Tally {
  readonly succeeded: number;
  readonly failed: number;
  readonly indexes: ReadonlySet<number>;
}

/** What the status has counted so far. */
export function tallyOf({ status }: Job): Tally {
  return {
    succeeded: status?.succeeded ?? 0,
    failed: status?.failed ?? 0,
    indexes: parseIndexes(status?.completedIndexes),
  };
}

/** The status of a job; it ends only when none of its pods is left. `now` is RFC 3339. */
export function jobStatus(job: Job, pods: JobPods, tally: Tally, verdict: Verdict, now: string): JobStatus {
  const suspended = job.spec.suspend === true;
  const { startTime: _start, ...before } = job.status ?? {};
  const startTime = suspended ? undefined : (job.status?.startTime ?? now);
  const gone = pods.active.length + pods.terminating.length === 0;
  const conditions = ending(suspension(job, now), verdict, gone, now);
  const status: JobStatus = {
    ...before,
    ...(startTime === undefined ? {} : { startTime }),
    active: pods.active.length,
    ready: countReady(pods),
    terminating: pods.terminating.length,
    succeeded: tally.succeeded,
    failed: tally.failed,
    ...(tally.indexes.size > 0 ? { completedIndexes: formatIndexes(tally.indexes) } : {}),
    uncountedTerminatedPods: {},
    ...(conditions.length > 0 ? { conditions: [...conditions] } : {}),
    ...(verdict.kind === 'complete' && gone ? { completionTime: now } : {}),
  };
  return withoutZeros(status, ['active', 'succeeded', 'failed']);
}

function suspension({ spec, status }: Job, now: string): readonly Condition[] {
  const conditions = status?.conditions ?? [];
  const told = conditionOf(conditions, 'Suspended')?.status === 'True';
  if ((spec.suspend === true) === told) return conditions;
  const condition: Condition = told
    ? { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' }
    : { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' };
  return withCondition(conditions, { ...condition, lastProbeTime: now }, now);
}

/** First that the end is decided, then, when the last pod has gone, the end itself. */
function ending(conditions: readonly Condition[], verdict: Verdict, gone: boolean, now: string): readonly Condition[] {
  if (verdict.kind === 'goes on') return conditions;
  const [decided, final] =
    verdict.kind === 'complete' ? ['SuccessCriteriaMet', 'Complete'] : ['FailureTarget', 'Failed'];
  const { reason, message } =
    verdict.kind === 'failed'
      ? verdict
      : { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
  const condition = (type: string): Condition => ({ type, status: 'True', lastProbeTime: now, reason, message });
  const told =
    conditionOf(conditions, decided) === undefined ? withCondition(conditions, condition(decided), now) : conditions;
  return gone ? withCondition(told, condition(final), now) : told;
}

/** The end that an earlier look decided, which stays whatever happens to the pods meanwhile. */
export function decidedEarlier({ status }: Job): Verdict | undefined {
  if (conditionOf(status?.conditions, 'SuccessCriteriaMet')?.status === 'True') return { kind: 'complete' };
  const target = conditionOf(status?.conditions, 'FailureTarget');
  if (target?.status !== 'True') return undefined;
  return { kind: 'failed', reason: target.reason ?? '', message: target.message ?? '' };
}
