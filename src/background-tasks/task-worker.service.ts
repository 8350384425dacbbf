import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { BackgroundTasksConfig } from './background-tasks.config.js';
import { HeldTask } from './held-task.js';
import { TaskQueueStore } from './task-queue.store.js';
import { type ClaimedTask, Draining, type TaskEnd, type TaskHandler } from './task.js';

const failedTaskPauseMs = 5_000;

/**
 * Claims tasks of registered queues and runs their handlers, at most `concurrency` at once on this replica. A replica that is not
 * started still takes `wake` calls: the API role without the worker role.
 */
@Injectable()
export class TaskWorker implements BeforeApplicationShutdown {
  private readonly logger = new Logger(TaskWorker.name);
  private readonly held = new Map<HeldTask, Promise<void>>();
  private readonly draining = new AbortController();
  private readonly loops: Promise<void>[] = [];
  private readonly wakers = new Set<() => void>();

  constructor(
    private readonly store: TaskQueueStore,
    private readonly clock: Clock,
    private readonly config: BackgroundTasksConfig,
  ) {}

  /** Starts to work on a queue. Call once per queue, when the process is ready for work. */
  start(queue: string, handler: TaskHandler): void {
    this.loops.push(this.loop(queue, handler));
  }

  /** Says that there is new work: an idle worker of this replica asks for it now instead of at its next poll. */
  wake(): void {
    for (const wake of this.wakers) wake();
  }

  /** Stops claiming, tells running handlers to stop, and gives their tasks back for other replicas to claim at once. */
  async beforeApplicationShutdown(): Promise<void> {
    this.draining.abort();
    this.wake();
    for (const held of this.held.keys()) held.abort(new Draining());
    const late = new AbortController();
    await Promise.race([this.drained(), this.clock.sleep(this.config.drainMs, late.signal).catch(() => undefined)]);
    late.abort();
  }

  private async drained(): Promise<void> {
    // A claim that was under way hands over tasks when its loop ends, so the tasks are asked for after the loops.
    await Promise.allSettled(this.loops);
    await Promise.allSettled(this.held.values());
  }

  private async loop(queue: string, handler: TaskHandler): Promise<void> {
    let wakeUp = new AbortController();
    this.wakers.add(() => wakeUp.abort());
    while (!this.draining.signal.aborted) {
      // Made before the claim, so that a wake during the claim is not missed.
      wakeUp = new AbortController();
      const free = this.config.concurrency - this.held.size;
      const askedAt = this.clock.now();
      const claimed = free > 0 ? await this.claim(queue, free) : [];
      for (const task of claimed) this.run(task, askedAt, handler);
      if ((free === 0 || claimed.length < free) && !this.draining.signal.aborted) {
        await this.clock.sleep(this.config.pollMs, wakeUp.signal).catch(() => undefined);
      }
    }
  }

  private async claim(queue: string, limit: number): Promise<ClaimedTask[]> {
    try {
      return await this.store.claim(this.config.replica, queue, limit, this.config.leaseMs);
    } catch (error) {
      this.logger.warn({ err: error, queue }, 'cannot claim tasks; trying again');
      return [];
    }
  }

  private run(task: ClaimedTask, askedAt: Date, handler: TaskHandler): void {
    const held = new HeldTask(task, this.store, this.clock, { ms: this.config.leaseMs, askedAt });
    if (this.draining.signal.aborted) held.abort(new Draining());
    this.held.set(held, this.hold(held, handler));
  }

  private async hold(held: HeldTask, handler: TaskHandler): Promise<void> {
    const end = await this.work(held, handler);
    // A worker that had a place free has already asked for all there was, but for what could not start before this task ended.
    const wasFull = this.held.size >= this.config.concurrency;
    this.held.delete(held);
    if (wasFull || end === 'followed') this.wake();
  }

  private async work(held: HeldTask, handler: TaskHandler): Promise<TaskEnd | 'failed'> {
    const keeping = held.keep();
    let end: TaskEnd | 'failed' = 'failed';
    try {
      end = await handler(held.task, held);
    } catch (error) {
      if (held.stop.aborted) end = 'unfinished';
      else
        this.logger.error(
          { err: error, task_id: held.task.id },
          'a task failed without an end; it goes back to the queue',
        );
    }
    held.end();
    await keeping;
    if (end === 'failed' || end === 'unfinished')
      await this.giveBack(held.task, end === 'failed' ? failedTaskPauseMs : 0);
    return end;
  }

  private async giveBack(task: ClaimedTask, pauseMs: number): Promise<void> {
    await this.store.release(task, pauseMs).catch((error: unknown) => {
      this.logger.warn({ err: error, task_id: task.id }, 'cannot give a task back; its lease will run out');
    });
  }
}
