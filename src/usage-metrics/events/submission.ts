import type { AppendReceipt, PendingEvent } from './pending-event.js';

/** `spooled`: the database is away, and they are safe on this machine's disk until it is back. */
export type SubmitOutcome =
  | { readonly kind: 'committed'; readonly receipt: AppendReceipt }
  | { readonly kind: 'spooled'; readonly count: number };

/** Events that came together, and whoever waits to hear what became of them. */
export interface Submission {
  readonly events: readonly PendingEvent[];
  readonly bytes: number;
  readonly atomic: boolean;
  /** Of a clock that never goes back, in milliseconds. */
  readonly since: number;
  readonly resolve: (outcome: SubmitOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Each submission's part of what became of all of their events, in order. */
export function receiptsOf(batch: readonly Submission[], whole: AppendReceipt): AppendReceipt[] {
  if (batch.length === 1) return [whole];
  const duplicates = whole.duplicates.toSorted((a, b) => a - b);
  const rejected = whole.rejected.toSorted((a, b) => a.index - b.index);
  let offset = 0;
  return batch.map(({ events }) => {
    const end = offset + events.length;
    const part = {
      duplicates: takeBelow(duplicates, end, (index) => index).map((index) => index - offset),
      rejected: takeBelow(rejected, end, ({ index }) => index).map((one) => ({ ...one, index: one.index - offset })),
    };
    offset = end;
    return { ...part, accepted: events.length - part.duplicates.length - part.rejected.length };
  });
}

/** Takes the first of a sorted list away, as far as they are below. */
function takeBelow<One>(sorted: One[], end: number, indexOf: (one: One) => number): One[] {
  const count = sorted.findIndex((one) => indexOf(one) >= end);
  return sorted.splice(0, count < 0 ? sorted.length : count);
}
