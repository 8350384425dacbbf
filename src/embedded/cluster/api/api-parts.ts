import type { ObjectStore } from '../store/object-store.js';
import type { Authentication } from './access/authentication.js';
import type { Rbac } from './access/rbac.js';
import type { EventHistory } from './reading/event-history.js';
import type { ListSnapshots } from './reading/list-snapshots.js';
import type { WatchHub } from './reading/watch-hub.js';

/** What a reader of logs asks for. */
export interface LogQuery {
  tailLines?: number;
  limitBytes?: number;
  sinceSeconds?: number;
  sinceTime?: string;
  previous?: boolean;
  timestamps?: boolean;
}

/** What the simulated nodes can tell that is not in the store. */
export interface Kubelet {
  /** All lines so far; undefined when the container has not started. Throws StatusError when there is none such. */
  logs(namespace: string, pod: string, container: string, query: LogQuery): string | undefined;
  /** metrics.k8s.io objects, computed when asked for */
  metrics(kind: 'NodeMetrics' | 'PodMetrics', namespace: string | undefined): readonly object[];
}

/** Everything the handlers of requests work with. */
export interface ApiParts {
  store: ObjectStore;
  snapshots: ListSnapshots;
  history: EventHistory;
  hub: WatchHub;
  authentication: Authentication;
  rbac: Rbac;
  kubelet: Kubelet;
  now: () => Date;
}
