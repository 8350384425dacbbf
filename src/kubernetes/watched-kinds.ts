/** One kind that is watched over all namespaces, and how the API server addresses it. */
export interface WatchedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly labelSelector: string;
  /** Only names and labels are asked for: a release's body is large, and secret. */
  readonly metadataOnly: boolean;
  readonly namespaced: boolean;
}

const MANAGED = 'app.kubernetes.io/managed-by=Helm';

function workload(apiVersion: string, kind: string, plural: string): WatchedKind {
  return { apiVersion, kind, plural, labelSelector: MANAGED, metadataOnly: false, namespaced: true };
}

/** Everything a fleet's state is read from: eight watches, however many instances there are. */
export const WATCHED_KINDS: readonly WatchedKind[] = [
  workload('apps/v1', 'Deployment', 'deployments'),
  workload('apps/v1', 'StatefulSet', 'statefulsets'),
  workload('apps/v1', 'DaemonSet', 'daemonsets'),
  workload('batch/v1', 'CronJob', 'cronjobs'),
  workload('batch/v1', 'Job', 'jobs'),
  workload('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  {
    apiVersion: 'v1',
    kind: 'Secret',
    plural: 'secrets',
    labelSelector: 'owner=helm',
    metadataOnly: true,
    namespaced: true,
  },
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    plural: 'namespaces',
    labelSelector: 'tenantry.io/instance',
    metadataOnly: false,
    namespaced: false,
  },
];

/** The collection's path, over all namespaces or in one. */
export function collectionPath(watched: WatchedKind, namespace?: string): string {
  const root = watched.apiVersion.includes('/') ? `/apis/${watched.apiVersion}` : `/api/${watched.apiVersion}`;
  const place = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${place}/${watched.plural}`;
}
