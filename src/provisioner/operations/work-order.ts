import { z } from 'zod';
import { planName } from '../../tenants/tenant.js';
import { blueprintRow } from '../blueprints/blueprint-row.js';
import { instanceRow } from '../instances/instance-row.js';
import { operationRow } from './operation-row.js';

/** A helm or kubectl that was started for an operation. */
const startedProgram = z.object({ pid: z.number().int(), host: z.string(), startedAt: z.coerce.date() });

/** What an instance asked for before an upgrade. */
const previousSpec = z.object({ sealed_secrets: z.string().nullable() });

/** Everything the work of one operation needs, read in one statement when it begins. */
export const workOrder = z.object({
  operation: operationRow.extend({ program: startedProgram.nullable(), previous_spec: previousSpec.nullable() }),
  instance: instanceRow
    .omit({ has_secrets: true })
    .extend({ sealed_secrets: z.string().nullable(), secrets_hash: z.string().nullable() }),
  tenant: z.object({ id: z.string(), slug: z.string(), plan: planName }),
  blueprint: blueprintRow,
  cancel_requested: z.boolean(),
});

export type WorkOrder = z.infer<typeof workOrder>;
