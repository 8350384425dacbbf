import type { ClaimedTask, TaskSignals } from '../../background-tasks/task.js';
import { failureFrom } from '../../kubernetes/failure.js';
import { countsFrom } from './budget.js';
import { type Action, type Goal, nextAction, type Progress } from './next-action.js';
import type { Observed } from './observed.js';
import { failing } from './operation-failure.js';
import { OperationActs, type Tools } from './operation-acts.js';
import { endOf, observedOf } from './operation-end.js';
import type { OperationError } from './operation.js';
import { instanceLabel } from './guards.js';
import { StepList } from './step-list.js';
import type { WorkOrder } from './work-order.js';

/** Progress by step, for people: where an operation that takes this step usually stands. */
const progressAt: Readonly<Record<string, number>> = {
  prepare_namespace: 0.1,
  install_release: 0.3,
  wait_for_readiness: 0.7,
  wait_for_pods_to_end: 0.6,
  uninstall_release: 0.2,
  delete_namespace: 0.5,
  wait_for_namespace_to_go: 0.7,
};

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** Without a change in the cluster, how soon to look again: causes and deadlines come with time, not with events. */
const lookAgainMs = 2_000;
/** Pods are not watched: while they end, they are counted. */
const countAgainMs = 250;
/** How long something may be unready before its pods are asked why: pods are always unready at first. */
const causeAfterMs = 1_500;
const burstMs = 10;
const tellAfterMs = 300;

/** The loop of one claimed operation: observe, decide, write the step down, act, look again; until it has ended. */
export class OperationRun {
  private readonly steps: StepList;
  private startedAt: number;
  private awayMs = 0;
  private pauses = 0;
  private waitingSince: number | undefined;
  /** The open step says something that is not written down yet. */
  private untold = false;
  /** What is known without a look, for the next decision alone. */
  private known: Observed | undefined;
  private prepared = false;
  private acted: boolean;
  private cleared = false;
  private rolledBack: boolean;
  private restored = false;
  private stuck = false;
  private failure: OperationError | undefined;
  private readonly acts: OperationActs;

  constructor(
    private readonly task: ClaimedTask,
    private readonly signals: TaskSignals,
    private readonly order: WorkOrder,
    private readonly goal: Goal,
    private readonly tools: Tools,
  ) {
    const { operation } = order;
    this.steps = new StepList(operation.steps, tools.clock.now());
    this.startedAt = countsFrom(order, tools.clock.now());
    this.acted = this.steps.has('restart_workloads', 'succeeded');
    this.rolledBack = this.steps.has('roll_back_release', 'succeeded');
    this.failure = operation.error ?? undefined;
    this.acts = new OperationActs(task, order, tools);
  }

  /** Works until the end is written, and says what `finish` says. @throws the stop signal's reason, LeaseLost, or what the database throws */
  async toTheEnd(): Promise<'ended' | 'followed'> {
    for (;;) {
      this.signals.stop.throwIfAborted();
      const seen = this.known ?? (await this.look());
      this.known = undefined;
      if (seen === undefined) continue;
      if (this.signals.cancel.aborted && this.order.operation.kind === 'create') return this.end(seen, cancelledAction);
      const action = nextAction(this.goal, seen, this.progress());
      if (action.kind === 'succeed' || action.kind === 'fail') return this.end(seen, action);
      await this.take(action, seen);
    }
  }

  /** What the cluster holds; undefined, after a pause, when it could not be asked. */
  private async look(): Promise<Observed | undefined> {
    const { instance } = this.order;
    const waitedMs = this.waitingSince === undefined ? 0 : this.now() - this.waitingSince;
    const subject = {
      instanceId: instance.id,
      namespace: instance.namespace,
      release: instance.release,
      goodRevision: instance.applied?.revision ?? null,
      since: new Date(this.startedAt),
      namespaceIsOurs: this.prepared && this.watchShowsNamespace(),
      wantPods: this.goal.kind === 'stop' || this.goal.kind === 'uninstall' || instance.desired_state === 'stopped',
      wantCause: waitedMs >= causeAfterMs,
    };
    try {
      const seen = await this.tools.observer.look(subject, this.signals.stop);
      this.pauses = 0;
      return seen;
    } catch (error) {
      return this.pauseFor(error);
    }
  }

  private async take(action: Exclude<Action, { kind: 'succeed' | 'fail' }>, seen: Observed): Promise<void> {
    if (action.kind === 'wait') return this.wait(action.step, action.message, seen);
    this.waitingSince = undefined;
    this.steps.start(action.kind, null, this.tools.clock.now());
    const failure = 'failure' in action ? action.failure : null;
    await this.tools.store.record(this.task, this.steps.all(), progressAt[action.kind] ?? 0, failure);
    if (failure !== null) this.giveUp(failure);
    try {
      const result = await this.acts.perform(action, seen, this.stopSignal());
      if (result.ok) return this.note(action, seen);
      this.steps.finish('failed', this.tools.clock.now(), result.failure.message);
      await this.meet(result.failure);
    } catch (error) {
      this.steps.finish('failed', this.tools.clock.now(), error instanceof Error ? error.message : undefined);
      await this.pauseFor(error);
    }
  }

  /** From here on only the way back is left, and it has its own time. */
  private giveUp(failure: OperationError): void {
    if (this.failure !== undefined) return;
    this.failure = failure;
    this.startedAt = this.now();
    this.awayMs = 0;
  }

  /** What the next decision must know of an act that went well. */
  private note(action: Action, seen: Observed): void {
    this.pauses = 0;
    if (action.kind === 'prepare_namespace') {
      this.prepared = true;
      // A namespace that was just made holds no release.
      if (seen.namespace.state === 'absent') this.known = { ...seen, namespace: { state: 'ours' } };
    }
    if (action.kind === 'scale_up' || action.kind === 'restart_workloads') this.acted = true;
    if (action.kind === 'clear_namespace') this.cleared = true;
    if (action.kind === 'roll_back_release') this.rolledBack = true;
    if (action.kind === 'restore_namespace') this.restored = true;
  }

  /** A failure that may pass is tried again until the budget is over; any other one is final. */
  private async meet(failure: OperationError): Promise<void> {
    if (this.order.operation.kind === 'create' && this.signals.cancel.aborted) return;
    if (failure.code === 'cluster_unreachable') return this.pause(failure.message, true);
    const late = this.elapsedSeconds() >= this.order.blueprint.readiness.deadline_seconds;
    if (failure.retryable && !late) return this.pause(failure.message, false);
    if (this.failure === undefined) return this.giveUp(failure);
    this.failure = { ...this.failure, message: `${this.failure.message}; going back failed too: ${failure.message}` };
    this.stuck = true;
  }

  private async pauseFor(error: unknown): Promise<undefined> {
    this.signals.stop.throwIfAborted();
    const failure = failureFrom(error);
    if (failure === undefined) throw error;
    if (failure.code === 'cluster_unreachable') await this.pause(failure.message, true);
    else await this.meet({ ...failure });
    return undefined;
  }

  /** @param away the cluster cannot be reached: that time does not count against the operation */
  private async pause(message: string, away: boolean): Promise<void> {
    this.steps.start(away ? 'wait_for_cluster' : 'wait_to_try_again', message, this.tools.clock.now());
    await this.tools.store.record(this.task, this.steps.all(), 0, null);
    const longest = Math.min(firstPauseMs * 2 ** this.pauses, longestPauseMs);
    this.pauses += 1;
    const before = this.now();
    // Jitter, so that what failed together does not come back together.
    await this.tools.clock.sleep(longest * (0.75 + Math.random() / 4), this.signals.stop);
    if (away) this.awayMs += this.now() - before;
  }

  private async wait(step: string, message: string, seen: Observed): Promise<void> {
    this.waitingSince ??= this.now();
    const waitedMs = this.now() - this.waitingSince;
    const told =
      waitedMs >= this.order.blueprint.readiness.timeout_seconds * 1_000 ? `taking long: ${message}` : message;
    this.untold = this.steps.start(step, told, this.tools.clock.now()) || this.untold;
    // Most waits are over before anybody could read of them; the end writes them down too.
    if (this.untold && waitedMs >= tellAfterMs) {
      await this.tools.store.record(this.task, this.steps.all(), progressAt[step] ?? 0, null);
      this.untold = false;
    }
    if (step === 'wait_for_readiness' && waitedMs >= causeAfterMs) {
      await this.acts.unblock(seen, this.stopSignal()).catch((error: unknown) => this.pauseFor(error));
    }
    const untilTold = this.untold ? tellAfterMs - waitedMs : lookAgainMs;
    const untilCause = Math.min(untilTold, waitedMs < causeAfterMs ? causeAfterMs - waitedMs : lookAgainMs);
    await this.untilChange(step === 'wait_for_pods_to_end' ? countAgainMs : untilCause);
  }

  private watchShowsNamespace(): boolean {
    const { id, namespace } = this.order.instance;
    const { namespaceObject, phase } = this.tools.watch.namespaceState(namespace);
    return phase === 'active' && namespaceObject?.metadata.labels?.[instanceLabel] === id;
  }

  /** Until something of the namespace changed, or the time is over, or the work is to stop. */
  private async untilChange(timeoutMs: number): Promise<void> {
    const { watch, clock } = this.tools;
    const over = new AbortController();
    const unsubscribe = watch.subscribe((namespace) => {
      if (namespace === this.order.instance.namespace) over.abort();
    });
    // Changes come in bursts: a moment later one look sees them all.
    const signal = AbortSignal.any([over.signal, this.stopSignal()]);
    await clock.sleep(timeoutMs, signal).catch(() => undefined);
    unsubscribe();
    if (over.signal.aborted) await clock.sleep(burstMs, this.signals.stop);
  }

  private async end(seen: Observed, action: Action & { kind: 'succeed' | 'fail' }): Promise<'ended' | 'followed'> {
    const now = this.tools.clock.now();
    this.steps.finish(
      action.kind === 'succeed' ? 'succeeded' : 'failed',
      now,
      action.kind === 'fail' ? action.error.message : undefined,
    );
    const applied =
      action.status === 'error' && !this.rolledBack ? undefined : await this.acts.applied(seen, this.signals.stop);
    const end = endOf(action, this.order, observedOf(seen), applied, this.rolledBack);
    const context = { actor: this.order.operation.requested_by, request_id: this.order.operation.request_id };
    return this.tools.store.finish(this.task, { ...end, steps: this.steps.all() }, context);
  }

  private progress(): Progress {
    return {
      prepared: this.prepared,
      acted: this.acted,
      cleared: this.cleared,
      failure: this.failure,
      rolledBack: this.rolledBack,
      restored: this.restored,
      stuck: this.stuck,
      elapsedSeconds: this.elapsedSeconds(),
      deadlineSeconds: this.order.blueprint.readiness.deadline_seconds,
    };
  }

  /** A cancelled create stops at once; everything else is brought to its end. */
  private stopSignal(): AbortSignal {
    const { stop, cancel } = this.signals;
    return this.order.operation.kind === 'create' ? AbortSignal.any([stop, cancel]) : stop;
  }

  private elapsedSeconds(): number {
    return (this.now() - this.startedAt - this.awayMs) / 1_000;
  }

  private now(): number {
    return this.tools.clock.now().getTime();
  }
}

const cancelledAction: Action & { kind: 'fail' } = {
  kind: 'fail',
  status: 'error',
  error: failing('cancelled', 'the operation was cancelled'),
};
