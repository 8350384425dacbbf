import type { OperationStep } from './operation.js';

const longestMessage = 2_000;

/** The steps of an operation as they are written down. Only the last one is open. */
export class StepList {
  private readonly steps: OperationStep[];

  /** @param recorded the steps of earlier attempts; one that was left open is closed as failed, for its worker is gone */
  constructor(recorded: readonly OperationStep[], now: Date) {
    this.steps = recorded.map((step) =>
      step.status === 'running'
        ? { ...step, status: 'failed', finished_at: now.toISOString(), message: 'interrupted' }
        : step,
    );
  }

  all(): readonly OperationStep[] {
    return this.steps;
  }

  has(name: string, status: OperationStep['status']): boolean {
    return this.steps.some((step) => step.name === name && step.status === status);
  }

  /** Opens a step, closing the one before as succeeded. False when that step is the open one and says the same. */
  start(name: string, message: string | null, now: Date): boolean {
    const open = this.open();
    if (open?.name === name) return this.say(open, message);
    this.finish('succeeded', now);
    this.steps.push({
      name,
      status: 'running',
      started_at: now.toISOString(),
      finished_at: null,
      message: cut(message),
    });
    return true;
  }

  /** Closes the open step, if there is one. Its message stays unless a new one is given. */
  finish(status: 'succeeded' | 'failed', now: Date, message?: string): void {
    const open = this.open();
    if (open === undefined) return;
    const said = message === undefined ? open.message : cut(message);
    this.steps[this.steps.length - 1] = { ...open, status, finished_at: now.toISOString(), message: said };
  }

  private say(open: OperationStep, message: string | null): boolean {
    if (open.message === cut(message)) return false;
    this.steps[this.steps.length - 1] = { ...open, message: cut(message) };
    return true;
  }

  private open(): OperationStep | undefined {
    const last = this.steps.at(-1);
    return last?.status === 'running' ? last : undefined;
  }
}

function cut(message: string | null): string | null {
  return message === null || message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 1)}…`;
}
