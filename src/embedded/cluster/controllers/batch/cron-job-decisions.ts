import type { Occurrence } from '../event-object.js';
import type { CronJob, Job, ObjectReference } from '../kinds.js';
import { timestamp } from '../../store/writes.js';
import { isTerminating } from '../ownership.js';
import { finishedCondition } from './job-decisions.js';

export function isOver(job: Job): boolean {
  return finishedCondition(job.status) !== undefined;
}

export type StartVerdict = { kind: 'start'; replaces: readonly Job[] } | { kind: 'skip'; told: Occurrence };

/** Whether a start that is due may happen, and which running jobs it replaces. Times in milliseconds. */
export function startVerdict(cron: CronJob, active: readonly Job[], scheduled: number, now: number): StartVerdict {
  const { startingDeadlineSeconds, concurrencyPolicy } = cron.spec;
  if (startingDeadlineSeconds !== undefined && scheduled + startingDeadlineSeconds * 1000 < now) {
    const message = `Missed scheduled time to start a job: ${timestamp(new Date(scheduled))}`;
    return { kind: 'skip', told: { type: 'Warning', reason: 'MissSchedule', message } };
  }
  if (concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    return { kind: 'skip', told: { type: 'Normal', reason: 'JobAlreadyActive', message } };
  }
  return { kind: 'start', replaces: concurrencyPolicy === 'Replace' ? active : [] };
}

/** Finished jobs beyond the history limits, the oldest first. */
export function jobsBeyondHistory({ spec }: CronJob, jobs: readonly Job[]): Job[] {
  const over = jobs.filter((job) => isOver(job) && !isTerminating(job)).sort(byStart);
  const succeeded = over.filter((job) => finishedCondition(job.status)?.type === 'Complete');
  const failed = over.filter((job) => !succeeded.includes(job));
  return [
    ...succeeded.slice(0, Math.max(0, succeeded.length - (spec.successfulJobsHistoryLimit ?? 3))),
    ...failed.slice(0, Math.max(0, failed.length - (spec.failedJobsHistoryLimit ?? 1))),
  ];
}

function byStart(left: Job, right: Job): number {
  return startOf(left) < startOf(right) ? -1 : 1;
}

function startOf({ status, metadata }: Job): string {
  return status?.startTime ?? metadata.creationTimestamp;
}

/** The status: what runs, when it last started (or as before), when it last succeeded. */
export function cronStatus(
  cron: CronJob,
  jobs: readonly Job[],
  started: string | undefined,
): NonNullable<CronJob['status']> {
  const known = new Map((cron.status?.active ?? []).map((reference) => [reference.uid, reference]));
  const running = jobs.filter((job) => !isOver(job) && !isTerminating(job));
  const active = running.map((job) => known.get(job.metadata.uid) ?? referenceTo(job));
  const ends = jobs.flatMap(({ status }) => status?.completionTime ?? []);
  const lastSuccessfulTime = [...ends, cron.status?.lastSuccessfulTime ?? ''].sort().at(-1);
  const lastScheduleTime = started ?? cron.status?.lastScheduleTime;
  return {
    ...(active.length > 0 ? { active } : {}),
    ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
    ...(lastSuccessfulTime === undefined || lastSuccessfulTime === '' ? {} : { lastSuccessfulTime }),
  };
}

function referenceTo({ apiVersion, kind, metadata }: Job): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata;
  return { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name, uid, resourceVersion };
}
