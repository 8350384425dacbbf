import { z } from 'zod';
import { hasEnded, type Operation, operation, operationStep } from './operation.js';

/** One event of an operation's stream: a step began or ended, or the operation has ended. */
export const operationEvent = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('step'), step: operationStep, progress: z.number() }),
    z.object({ type: z.literal('end'), operation }),
  ])
  .meta({ id: 'OperationEvent' });
export type OperationEvent = z.infer<typeof operationEvent>;

export interface NumberedEvent {
  /** Grows by one with each event of an operation; the same event always has the same number. */
  readonly number: number;
  readonly event: OperationEvent;
}

/** Every event that has happened so far, from the record alone, so that a stream can be resumed on any replica. Pure. */
export function eventsOf(record: Operation): NumberedEvent[] {
  const events: OperationEvent[] = record.steps.flatMap((step): OperationEvent[] => {
    const began = { ...step, status: 'running' as const, finished_at: null };
    const progress = record.progress;
    return step.status === 'running'
      ? [{ type: 'step', step, progress }]
      : [
          { type: 'step', step: began, progress },
          { type: 'step', step, progress },
        ];
  });
  if (hasEnded(record.status)) events.push({ type: 'end', operation: record });
  return events.map((event, index) => ({ number: index + 1, event }));
}
