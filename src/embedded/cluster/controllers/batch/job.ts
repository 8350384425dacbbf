import type { Context } from '../context.js';
import { itself, type Controller, type ObjectId, type Requeue } from '../controller.js';
import type { Job } from '../kinds.js';
import { createOwnedPod, deleteOwnedPod, podFromTemplate } from '../owned-pods.js';
import { controllerOf, isTerminating } from '../ownership.js';
import { ownerOf } from '../owner-watch.js';
import type { Pod } from '../pod-kinds.js';
import { backoff } from '../timing.js';
import {
  finishedCondition,
  freeIndexes,
  INDEX_ANNOTATION,
  indexOf,
  judgeJob,
  sortPods,
  TRACKING,
  wantedActive,
  type JobPods,
  type Verdict,
} from './job-decisions.js';
import { decidedEarlier, jobStatus, tallyOf, type Tally } from './job-status.js';

const KEY = 'batch/jobs';
const SOURCE = 'job-controller';

/** Runs pods until enough have succeeded or too many have failed. */
export class JobController implements Controller {
  readonly name = SOURCE;
  readonly watches: Controller['watches'];
  /** by uid: failures in a row, and when the last one was seen in milliseconds */
  private readonly failures = new Map<string, { count: number; at: number }>();

  constructor(private readonly context: Context) {
    this.watches = { [KEY]: itself, '/pods': ownerOf(context.view, KEY, 'Job') };
  }

  reconcile({ namespace, name }: ObjectId, requeue: Requeue): void {
    const job = this.context.view.get(KEY, namespace, name);
    const pods = this.podsOf(namespace, name, job);
    if (job === undefined || isTerminating(job) || finishedCondition(job.status) !== undefined) {
      for (const pod of pods) this.untrack(pod);
      if (job !== undefined && !isTerminating(job)) this.expire(job, requeue);
      if (job !== undefined) this.failures.delete(job.metadata.uid);
      return;
    }
    this.run(job, pods, requeue);
  }

  /** The job's pods; when it is gone, those it has left behind. */
  private podsOf(namespace: string | undefined, name: string, job: Job | undefined): Pod[] {
    return this.context.view.list('/pods', namespace).filter((pod) => {
      const owner = controllerOf(pod);
      return owner?.kind === 'Job' && owner.name === name && (job === undefined || owner.uid === job.metadata.uid);
    });
  }

  private run(job: Job, all: readonly Pod[], requeue: Requeue): void {
    const { clock } = this.context;
    const pods = sortPods(all);
    const tally = this.count(job, pods);
    const runningMs = job.status?.startTime === undefined ? 0 : clock.since(job.status.startTime);
    const verdict = decidedEarlier(job) ?? judgeJob(job, pods, { ...tally, runningMs });
    try {
      if (verdict.kind === 'goes on' && job.spec.suspend !== true) this.manage(job, pods, tally, requeue);
      else for (const pod of pods.active) deleteOwnedPod(this.context, SOURCE, job, pod);
    } finally {
      this.write(job, tally, verdict);
      for (const pod of pods.uncounted) this.untrack(pod);
    }
    const { activeDeadlineSeconds } = job.spec;
    if (verdict.kind === 'goes on' && activeDeadlineSeconds !== undefined && job.spec.suspend !== true) {
      requeue.after(activeDeadlineSeconds * 1000 - runningMs, { background: true });
    }
  }

  /** Counts the pods that are newly over. */
  private count(job: Job, { uncounted }: JobPods): Tally {
    const known = tallyOf(job);
    const succeeded = uncounted.filter((pod) => pod.status?.phase === 'Succeeded');
    const failed = uncounted.length - succeeded.length;
    const { uid } = job.metadata;
    if (failed > 0)
      this.failures.set(uid, { count: (this.failures.get(uid)?.count ?? 0) + failed, at: this.context.clock.now() });
    else if (succeeded.length > 0) this.failures.delete(uid);
    const indexed = job.spec.completionMode === 'Indexed';
    const indexes = indexed
      ? new Set([...known.indexes, ...succeeded.flatMap((pod) => indexOf(pod) ?? [])])
      : known.indexes;
    return {
      succeeded: indexed ? indexes.size : known.succeeded + succeeded.length,
      failed: known.failed + failed,
      indexes,
    };
  }

  /** Starts or ends pods. Throws the refusal of a pod, which is tried again later. */
  private manage(job: Job, pods: JobPods, tally: Tally, requeue: Requeue): void {
    const missing = wantedActive(job, tally.succeeded, pods.active.length) - pods.active.length;
    for (const pod of pods.active.slice(0, Math.max(0, -missing))) deleteOwnedPod(this.context, SOURCE, job, pod);
    const wait = this.backoffLeft(job);
    if (missing > 0 && wait > 0) {
      requeue.after(wait, { background: true });
      return;
    }
    const indexed = job.spec.completionMode === 'Indexed';
    const indexes = indexed ? freeIndexes(job, tally.indexes, pods) : [];
    for (let i = 0; i < missing; i += 1) this.create(job, indexes[i]);
  }

  private backoffLeft(job: Job): number {
    const known = this.failures.get(job.metadata.uid);
    if (known === undefined) return 0;
    const { clock, timing } = this.context;
    return known.at + backoff(timing.backoffMs, timing.backoffMaxMs * 2, known.count - 1) - clock.now();
  }

  private create(job: Job, index: number | undefined): void {
    const { name, uid } = job.metadata;
    const labels = {
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    };
    const indexed = index === undefined ? {} : { annotations: { [INDEX_ANNOTATION]: String(index) } };
    const generateName = index === undefined ? `${name}-` : `${name}-${index}-`;
    const pod = podFromTemplate(job, job.spec.template, { generateName, labels, finalizers: [TRACKING], ...indexed });
    createOwnedPod(this.context, SOURCE, job, pod);
  }

  private write(job: Job, tally: Tally, verdict: Verdict): void {
    const { view, clock, events } = this.context;
    const { namespace, name } = job.metadata;
    const pods = sortPods(this.podsOf(namespace, name, job));
    const status = jobStatus(job, pods, tally, verdict, clock.timestamp());
    const news = holding(status).filter((type) => !holding(job.status).includes(type));
    view.setStatus(KEY, job, status);
    if (news.includes('Complete'))
      events.record(SOURCE, job, { type: 'Normal', reason: 'Completed', message: 'Job completed' });
    if (news.includes('FailureTarget') && verdict.kind === 'failed') {
      events.record(SOURCE, job, { type: 'Warning', reason: verdict.reason, message: verdict.message });
    }
    if (news.includes('Suspended'))
      events.record(SOURCE, job, { type: 'Normal', reason: 'Suspended', message: 'Job suspended' });
  }

  private untrack(pod: Pod): void {
    const { finalizers = [], namespace, name } = pod.metadata;
    const { view } = this.context;
    const found = view.get('/pods', namespace, name);
    if (!finalizers.includes(TRACKING) || found?.metadata.uid !== pod.metadata.uid) return;
    const left = finalizers.filter((finalizer) => finalizer !== TRACKING);
    const { finalizers: _dropped, ...metadata } = found.metadata;
    view.update('/pods', { ...found, metadata: left.length === 0 ? metadata : { ...metadata, finalizers: left } });
  }

  /** Deletes a finished job when its time to live is over. */
  private expire(job: Job, requeue: Requeue): void {
    const ttl = job.spec.ttlSecondsAfterFinished;
    if (ttl === undefined) return;
    const left = ttl * 1000 - this.context.clock.since(finishedCondition(job.status)?.lastTransitionTime);
    if (left > 0) requeue.after(left, { background: true });
    else this.context.view.delete(KEY, job, { propagationPolicy: 'Foreground' });
  }
}

function holding(status: Job['status']): string[] {
  return (status?.conditions ?? []).flatMap((condition) => (condition.status === 'True' ? [condition.type] : []));
}
