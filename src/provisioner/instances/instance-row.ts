import { z } from 'zod';
import { etagOfVersion } from '../../platform/http/etag.js';
import { rowInstant } from '../../platform/rows.js';
import {
  appliedRelease,
  desiredStates,
  driftFinding,
  type Instance,
  instanceStatuses,
  nothingObserved,
  observedState,
} from './instance.js';

/** A row of `instance_rows`: everything of an instance but its sealed secrets. */
export const instanceRow = z.object({
  id: z.string(),
  tenant_id: z.string(),
  name: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  release: z.string(),
  blueprint: z.string(),
  blueprint_version: z.number(),
  values: z.record(z.string(), z.json()),
  urls: z.array(z.string()),
  desired_state: z.enum(desiredStates),
  status: z.enum(instanceStatuses),
  status_reason: z.string().nullable(),
  observed: z.union([observedState, z.strictObject({}).transform(() => nothingObserved)]),
  has_secrets: z.boolean(),
  applied: appliedRelease.nullable(),
  stopped_replicas: z.record(z.string(), z.number()).nullable(),
  drift_state: z.enum(['none', 'drifted', 'unknown']),
  drift_findings: z.array(driftFinding),
  drift_checked_at: rowInstant.nullable(),
  repair_attempts: z.number(),
  repair_after: rowInstant.nullable(),
  row_version: z.number(),
  created_at: rowInstant,
  updated_at: rowInstant,
  ready_at: rowInstant.nullable(),
  synced_at: rowInstant.nullable(),
});

export type InstanceRow = z.infer<typeof instanceRow>;

/** What the API shows of it. */
export function toInstance(row: InstanceRow): Instance {
  return {
    id: row.id,
    tenant_id: row.tenant_id,
    name: row.name,
    blueprint: row.blueprint,
    blueprint_version: row.blueprint_version,
    namespace: row.namespace,
    release: row.release,
    status: row.status,
    status_reason: row.status_reason,
    desired_state: row.desired_state,
    values: row.values,
    observed: row.observed,
    urls: row.urls,
    drift: { state: row.drift_state, findings: row.drift_findings },
    created_at: row.created_at,
    updated_at: row.updated_at,
    ready_at: row.ready_at,
    synced_at: row.synced_at,
    etag: etagOfVersion(row.row_version),
  };
}
