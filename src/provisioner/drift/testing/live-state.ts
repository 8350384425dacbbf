import type { KubernetesObject } from '../../../kubernetes/kubernetes-object.js';
import type { NamespaceState } from '../../../kubernetes/namespace-state.js';
import type { ReleaseMetadata } from '../../../kubernetes/release-record.js';
import type { AppliedRelease } from '../../instances/instance.js';
import { nothingObserved } from '../../instances/instance.js';
import type { InstanceRow } from '../../instances/instance-row.js';

export const namespace = 't-acme-main';

/** What Tenantry wrote last: revision 3 with one Deployment, one that an autoscaler scales, and one CronJob. */
export const applied: AppliedRelease = {
  revision: 3,
  workloads: [
    { kind: 'Deployment', name: 'web', replicas: 2, images: { web: 'web:1', 'init:migrate': 'web:1' } },
    { kind: 'StatefulSet', name: 'db', replicas: null, images: { db: 'db:1' } },
    { kind: 'CronJob', name: 'backup', replicas: null, images: { backup: 'backup:1' } },
  ],
};

/** A cluster that holds exactly what was applied, and is ready. */
export function live(
  objects: readonly KubernetesObject[] = [web(), db(), backup()],
  releases = [revision()],
): NamespaceState {
  return { namespace, phase: 'active', namespaceObject: undefined, objects, releases };
}

export function revision(parts: Partial<ReleaseMetadata> = {}): ReleaseMetadata {
  return {
    name: 'main',
    namespace,
    revision: 3,
    status: 'deployed',
    secretName: 'sh.helm.release.v1.main.v3',
    resourceVersion: '7',
    labels: {},
    createdAt: undefined,
    modifiedAt: undefined,
    ...parts,
  };
}

export function web(replicas = 2, image = 'web:1', ready = replicas): KubernetesObject {
  return {
    ...workload('Deployment', 'web'),
    spec: {
      replicas,
      template: {
        spec: { containers: [{ name: 'web', image }], initContainers: [{ name: 'migrate', image: 'web:1' }] },
      },
    },
    status: {
      observedGeneration: 1,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: ready,
      availableReplicas: ready,
    },
  };
}

export function db(replicas = 1, image = 'db:1'): KubernetesObject {
  return {
    ...workload('StatefulSet', 'db'),
    spec: { replicas, template: { spec: { containers: [{ name: 'db', image }] } } },
    status: {
      observedGeneration: 1,
      replicas,
      readyReplicas: replicas,
      updatedReplicas: replicas,
      currentReplicas: replicas,
      currentRevision: 'db-1',
      updateRevision: 'db-1',
    },
  };
}

export function backup(suspend = false, image = 'backup:1'): KubernetesObject {
  return {
    ...workload('CronJob', 'backup', 'batch/v1'),
    spec: { suspend, jobTemplate: { spec: { template: { spec: { containers: [{ name: 'backup', image }] } } } } },
  };
}

export function workload(kind: string, name: string, apiVersion = 'apps/v1'): KubernetesObject {
  return { apiVersion, kind, metadata: { name, namespace, generation: 1 } };
}

/** The row of an instance that runs as it should. */
export function row(parts: Partial<InstanceRow> = {}): InstanceRow {
  return {
    id: '01900000-0000-7000-8000-000000000001',
    tenant_id: '01900000-0000-7000-8000-000000000002',
    name: 'main',
    cluster: 'test',
    namespace,
    release: 'main',
    blueprint: 'web-app',
    blueprint_version: 1,
    values: {},
    urls: [],
    desired_state: 'running',
    status: 'running',
    status_reason: null,
    observed: nothingObserved,
    has_secrets: false,
    applied,
    stopped_replicas: null,
    drift_state: 'none',
    drift_findings: [],
    drift_checked_at: null,
    repair_attempts: 0,
    repair_after: null,
    row_version: 1,
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
    ready_at: null,
    synced_at: null,
    ...parts,
  };
}
