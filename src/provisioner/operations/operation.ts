import { z } from 'zod';

export const operationKinds = [
  'create',
  'stop',
  'start',
  'restart',
  'upgrade',
  'rollback',
  'repair',
  'uninstall',
] as const;
export type OperationKind = (typeof operationKinds)[number];

export const operationStatuses = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type OperationStatus = (typeof operationStatuses)[number];

export const operationStep = z
  .object({
    name: z.string(),
    status: z.enum(['running', 'succeeded', 'failed']),
    started_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
    message: z.string().nullable(),
  })
  .meta({ id: 'OperationStep' });
export type OperationStep = z.infer<typeof operationStep>;

export const operationError = z
  .object({
    code: z.string().describe('Stable, snake_case'),
    message: z.string(),
    retryable: z.boolean(),
    next_action: z.string().describe('What a person would do next'),
  })
  .meta({ id: 'OperationError' });
export type OperationError = z.infer<typeof operationError>;

/** One durable piece of work on an instance, as the API shows it. `progress` goes from 0 to 1. */
export const operation = z
  .object({
    id: z.uuid(),
    instance_id: z.uuid(),
    kind: z.enum(operationKinds),
    status: z.enum(operationStatuses),
    steps: z.array(operationStep),
    progress: z.number(),
    attempts: z.number().int(),
    error: operationError.nullable(),
    requested_by: z.string(),
    created_at: z.iso.datetime(),
    started_at: z.iso.datetime().nullable(),
    finished_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Operation' });
export type Operation = z.infer<typeof operation>;

export function hasEnded(status: OperationStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled';
}
