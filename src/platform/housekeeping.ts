import { Injectable } from '@nestjs/common';

/** Something to be cleaned up now and then. */
export interface Chore {
  /** Unique; shown in the admin status. */
  readonly name: string;
  readonly everySeconds: number;
  /** Does a bounded amount of work; aborted when the process drains. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/**
 * What rooms that know no schedules have cleaned up: `housekeeping.add(…)` from `onModuleInit`. background-tasks runs each chore on one
 * replica at a time.
 */
@Injectable()
export class Housekeeping {
  private readonly added: Chore[] = [];

  add(chore: Chore): void {
    this.added.push(chore);
  }

  get chores(): readonly Chore[] {
    return this.added;
  }
}
