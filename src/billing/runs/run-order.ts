import type { TaskSignals } from '../../background-tasks/task.js';
import type { RunFence } from './writing.store.js';

/** Subscriptions that are read together. */
export const mostStates = 200;

/** A run as it is worked on. Without a fence nothing is recorded of it: for those who write invoices without a run. */
export interface RunOrder {
  readonly asOf: string;
  readonly tenants: readonly string[] | null;
  readonly run: RunFence | null;
}

export type RunSignals = Pick<TaskSignals, 'stop' | 'cancel'>;

export function isOver({ stop, cancel }: RunSignals): boolean {
  return stop.aborted || cancel.aborted;
}

/** So long before an instant. */
export function secondsBefore(at: string, seconds: number): string {
  return new Date(Date.parse(at) - seconds * 1_000).toISOString();
}
