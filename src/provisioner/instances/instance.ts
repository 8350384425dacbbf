import { z } from 'zod';

export const instanceStatuses = [
  'provisioning',
  'running',
  'degraded',
  'stopping',
  'stopped',
  'starting',
  'restarting',
  'upgrading',
  'uninstalling',
  'deprovisioned',
  'error',
] as const;
export type InstanceStatus = (typeof instanceStatuses)[number];

export const desiredStates = ['running', 'stopped', 'absent'] as const;
export type DesiredState = (typeof desiredStates)[number];

/** A workload of a release as it was written: what drift is measured against. `replicas` is null where something else scales it. */
export const appliedWorkload = z.object({
  kind: z.string(),
  name: z.string(),
  replicas: z.number().int().nullable(),
  images: z.record(z.string(), z.string()),
});
export type AppliedWorkload = z.infer<typeof appliedWorkload>;

/** The release that Tenantry wrote last. */
export const appliedRelease = z.object({ revision: z.number().int(), workloads: z.array(appliedWorkload) });
export type AppliedRelease = z.infer<typeof appliedRelease>;

export const driftReasons = [
  'release_missing',
  'workload_missing',
  'status_mismatch',
  'replicas_changed',
  'spec_changed',
  'revision_changed',
  'orphan_release',
] as const;
export type DriftReason = (typeof driftReasons)[number];

/** One difference between what shall be and what is, and who made it since when. */
export const driftFinding = z
  .object({
    kind: z.string(),
    name: z.string(),
    namespace: z.string(),
    path: z.string(),
    expected: z.json(),
    actual: z.json(),
    reason: z.enum(driftReasons),
    changed_by: z.string().nullable(),
    detected_at: z.iso.datetime(),
  })
  .meta({ id: 'DriftFinding' });
export type DriftFinding = z.infer<typeof driftFinding>;

export const observedState = z
  .object({
    revision: z.number().int().nullable(),
    ready_replicas: z.number().int(),
    replicas: z.number().int(),
    conditions: z.array(z.object({ kind: z.string(), name: z.string(), state: z.string(), message: z.string() })),
  })
  .meta({ id: 'ObservedState' });
export type ObservedState = z.infer<typeof observedState>;

export const nothingObserved: ObservedState = { revision: null, ready_replicas: 0, replicas: 0, conditions: [] };

/** An instance as the API shows it. Secrets in `values` read `***`. */
export const instance = z
  .object({
    id: z.uuid(),
    tenant_id: z.uuid(),
    name: z.string(),
    blueprint: z.string(),
    blueprint_version: z.number().int(),
    namespace: z.string(),
    release: z.string(),
    status: z.enum(instanceStatuses),
    status_reason: z.string().nullable(),
    desired_state: z.enum(desiredStates),
    values: z.record(z.string(), z.json()),
    observed: observedState,
    urls: z.array(z.string()),
    drift: z.object({ state: z.enum(['none', 'drifted', 'unknown']), findings: z.array(driftFinding) }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    ready_at: z.iso.datetime().nullable(),
    synced_at: z.iso.datetime().nullable(),
    etag: z.string(),
  })
  .meta({ id: 'Instance' });
export type Instance = z.infer<typeof instance>;
