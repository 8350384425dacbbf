import { blueprintSpec } from '../../blueprints/blueprint.js';
import { nothingObserved } from '../../instances/instance.js';
import type { WorkOrder } from '../work-order.js';
import { otherOperation, thisOperation } from './observations.js';

interface OrderParts {
  readonly operation?: Partial<WorkOrder['operation']>;
  readonly instance?: Partial<WorkOrder['instance']>;
  readonly volumes?: 'retain' | 'delete';
}

const time = '2026-01-01T00:00:00.000Z';

const upgradeRow: WorkOrder['operation'] = {
  id: thisOperation,
  seq: 1,
  instance_id: 'i',
  kind: 'upgrade',
  status: 'running',
  params: {},
  steps: [],
  progress: 0,
  attempts: 1,
  error: null,
  requested_by: 'operator',
  request_id: null,
  created_at: time,
  started_at: time,
  finished_at: null,
  program: null,
  previous_spec: null,
};

const instanceRow: WorkOrder['instance'] = {
  id: 'i',
  tenant_id: 't',
  name: 'main',
  cluster: 'test',
  namespace: 't-acme-main',
  release: 'main',
  blueprint: 'web-app',
  blueprint_version: 1,
  values: {},
  urls: [],
  desired_state: 'running',
  status: 'upgrading',
  status_reason: null,
  observed: nothingObserved,
  applied: null,
  stopped_replicas: null,
  drift_state: 'unknown',
  drift_findings: [],
  drift_checked_at: null,
  repair_attempts: 0,
  repair_after: null,
  row_version: 1,
  created_at: time,
  updated_at: time,
  ready_at: null,
  synced_at: null,
  sealed_secrets: null,
  secrets_hash: null,
};

/** The work order of an upgrade of a running instance, or of what the parts say. */
export function order({ operation = {}, instance = {}, volumes = 'delete' }: OrderParts = {}): WorkOrder {
  const spec = blueprintSpec.parse({ name: 'web-app', chart: { path: 'charts/web-app' }, deletion: { volumes } });
  return {
    operation: { ...upgradeRow, ...operation },
    instance: { ...instanceRow, ...instance },
    tenant: { id: 't', slug: 'acme', plan: 'free' },
    blueprint: { ...spec, id: otherOperation, version: 1, created_at: time },
    cancel_requested: false,
  };
}
