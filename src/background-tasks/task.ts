/** A task that this replica holds: what it is about, and the fence that every write of its work must carry. */
export interface ClaimedTask {
  readonly id: string;
  readonly queue: string;
  /** Tasks of one subject run one at a time, oldest first. */
  readonly subject: string;
  readonly fence: number;
}

/** How a running task learns that it must stop. */
export interface TaskSignals {
  /** Aborted when the lease is lost or the process drains: write nothing more, stop every child, return. */
  readonly stop: AbortSignal;
  /** Aborted when somebody asked for the cancellation of the work. */
  readonly cancel: AbortSignal;
}

/**
 * What became of a task. `ended`: its end is written, with the fence. `followed`: that too, and another task of its subject has waited
 * for it. `unfinished`: it goes back to the queue.
 */
export type TaskEnd = 'ended' | 'followed' | 'unfinished';

/** Does the work of one task. Throwing gives it back to the queue, for later. */
export type TaskHandler = (task: ClaimedTask, signals: TaskSignals) => Promise<TaskEnd>;

export class LeaseLost extends Error {
  constructor() {
    super('the lease on this task is lost; another worker may hold it');
    this.name = 'LeaseLost';
  }
}

export class Draining extends Error {
  constructor() {
    super('the process is shutting down');
    this.name = 'Draining';
  }
}
