import { z } from 'zod';
import { rowInstant } from '../../platform/rows.js';
import { operationError, operationKinds, operationStatuses, operationStep, type Operation } from './operation.js';

/** A row of `operations` as the database hands it over. */
export const operationRow = z
  .object({
    id: z.string(),
    seq: z.number(),
    instance_id: z.string(),
    kind: z.enum(operationKinds),
    status: z.enum(operationStatuses),
    params: z.record(z.string(), z.json()),
    steps: z.array(operationStep),
    progress: z.coerce.number(),
    attempts: z.number(),
    error: operationError.nullable(),
    requested_by: z.string(),
    request_id: z.string().nullable(),
    created_at: rowInstant,
    started_at: rowInstant.nullable(),
    finished_at: rowInstant.nullable(),
  })
  .meta({ id: 'OperationRow' });

export type OperationRow = z.infer<typeof operationRow>;

/** What the API shows of it. */
export function toOperation(row: OperationRow): Operation {
  const { seq: _seq, params: _params, request_id: _requestId, ...shown } = row;
  return shown;
}
