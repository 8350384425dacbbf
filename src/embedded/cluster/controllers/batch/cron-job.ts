import { StatusError } from '../../store/status-error.js';
import type { Draft } from '../cluster-view.js';
import type { Context } from '../context.js';
import { itself, type Controller, type ObjectId, type Requeue } from '../controller.js';
import type { CronJob, Job } from '../kinds.js';
import { controllerReference, isControlledBy, isTerminating } from '../ownership.js';
import { controlledBy } from '../owner-watch.js';
import { timestamp } from '../../store/writes.js';
import { cronStatus, isOver, jobsBeyondHistory, startVerdict } from './cron-job-decisions.js';
import { dueBetween, MANY_MISSED, parseSchedule, type Schedule } from './cron-schedule.js';

const KEY = 'batch/cronjobs';
const JOBS = 'batch/jobs';
const SOURCE = 'cronjob-controller';

/** Makes jobs when their time has come. */
export class CronJobController implements Controller {
  readonly name = SOURCE;
  readonly watches: Controller['watches'];

  constructor(private readonly context: Context) {
    this.watches = { [KEY]: itself, [JOBS]: controlledBy('CronJob') };
  }

  reconcile({ namespace, name }: ObjectId, requeue: Requeue): void {
    const { view } = this.context;
    const cron = view.get(KEY, namespace, name);
    if (cron === undefined || isTerminating(cron)) return;
    const jobs = view.list(JOBS, namespace).filter((job) => isControlledBy(job, cron));
    this.tellFinished(cron, jobs);
    for (const job of jobsBeyondHistory(cron, jobs)) this.deleteJob(cron, job);
    view.setStatus(KEY, cron, cronStatus(cron, jobs, undefined));
    if (cron.spec.suspend === true) return;
    const schedule = this.scheduleOf(cron);
    if (schedule !== undefined) this.keepSchedule(cron, jobs, schedule, requeue);
  }

  private scheduleOf(cron: CronJob): Schedule | undefined {
    try {
      return parseSchedule(cron.spec.schedule, cron.spec.timeZone);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      this.warn(cron, 'UnparseableSchedule', `unparseable schedule: "${cron.spec.schedule}" : ${cause}`);
      return undefined;
    }
  }

  private keepSchedule(cron: CronJob, jobs: readonly Job[], schedule: Schedule, requeue: Requeue): void {
    const now = this.context.clock.now();
    const { startingDeadlineSeconds } = cron.spec;
    const since = Date.parse(cron.status?.lastScheduleTime ?? cron.metadata.creationTimestamp);
    const from = startingDeadlineSeconds === undefined ? since : Math.max(since, now - startingDeadlineSeconds * 1000);
    const { latest, missed, next } = dueBetween(schedule, from, now);
    if (missed > MANY_MISSED) {
      const advice = 'Set or decrease .spec.startingDeadlineSeconds or check clock skew';
      this.warn(cron, 'TooManyMissedTimes', `too many missed start times. ${advice}`);
    }
    if (next !== undefined) requeue.after(next - now, { background: true });
    if (latest !== undefined) this.start(cron, jobs, latest);
  }

  private start(cron: CronJob, jobs: readonly Job[], scheduled: number): void {
    const active = jobs.filter((job) => !isOver(job));
    const verdict = startVerdict(cron, active, scheduled, this.context.clock.now());
    if (verdict.kind === 'skip') {
      this.context.events.record(SOURCE, cron, verdict.told);
      return;
    }
    for (const job of verdict.replaces) this.deleteJob(cron, job);
    const job = this.create(cron, scheduled);
    if (job === undefined) return;
    const left = this.context.view.list(JOBS, cron.metadata.namespace).filter((one) => isControlledBy(one, cron));
    this.context.view.setStatus(KEY, cron, cronStatus(cron, left, timestamp(new Date(scheduled))));
  }

  /** The job of that time; one that is there already was made before a restart. */
  private create(cron: CronJob, scheduled: number): Job | undefined {
    try {
      const job = this.context.view.create(JOBS, jobDraft(cron, scheduled));
      this.tell(cron, 'SuccessfulCreate', `Created job ${job.metadata.name}`);
      return job;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (error.reason === 'AlreadyExists')
        return this.context.view.get(JOBS, cron.metadata.namespace, jobName(cron, scheduled));
      this.warn(cron, 'FailedCreate', `Error creating job: ${error.message}`);
      throw error;
    }
  }

  private tellFinished(cron: CronJob, jobs: readonly Job[]): void {
    const active = new Set((cron.status?.active ?? []).map(({ uid }) => uid));
    for (const job of jobs) {
      if (!active.has(job.metadata.uid) || !isOver(job)) continue;
      const complete = job.status?.completionTime !== undefined;
      const { name } = job.metadata;
      this.tell(cron, 'SawCompletedJob', `Saw completed job: ${name}, condition: ${complete ? 'Complete' : 'Failed'}`);
    }
  }

  private deleteJob(cron: CronJob, job: Job): void {
    this.context.view.delete(JOBS, job);
    this.tell(cron, 'SuccessfulDelete', `Deleted job ${job.metadata.name}`);
  }

  private tell(cron: CronJob, reason: string, message: string): void {
    this.context.events.record(SOURCE, cron, { type: 'Normal', reason, message });
  }

  private warn(cron: CronJob, reason: string, message: string): void {
    this.context.events.record(SOURCE, cron, { type: 'Warning', reason, message });
  }
}

/** The minute it was due names the job, so that it is made once, whatever happens. */
function jobName(cron: CronJob, scheduled: number): string {
  return `${cron.metadata.name}-${Math.floor(scheduled / 60_000)}`;
}

function jobDraft(cron: CronJob, scheduled: number): Draft {
  const { metadata, spec } = cron.spec.jobTemplate;
  const { namespace } = cron.metadata;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(cron, scheduled),
      ...(namespace === undefined ? {} : { namespace }),
      ...(metadata?.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: {
        ...metadata?.annotations,
        'batch.kubernetes.io/cronjob-scheduled-timestamp': timestamp(new Date(scheduled)),
      },
      ownerReferences: [controllerReference(cron)],
    },
    spec,
  };
}
