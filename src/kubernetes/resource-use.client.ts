import { apiStatusOf } from './api-error.js';
import type { ClusterApi } from './cluster-api.client.js';
import { listAt, textAt } from './json-value.js';
import { type BoundClaim, boundClaim, type PodUse, podUse, type RunningPod, runningPod } from './pod-resources.js';

/** What a whole cluster holds at one time. */
export interface ClusterUse {
  readonly pods: readonly RunningPod[];
  /** By namespace and name of the pod; undefined where the cluster measures nothing, or does not let us ask. */
  readonly uses: readonly PodUse[] | undefined;
  readonly claims: readonly BoundClaim[];
}

const PAGE = 500;

/** Reads what all pods of a cluster ask for and use: three lists in pages, however many namespaces there are. */
export class ResourceUseClient {
  constructor(private readonly api: ClusterApi) {}

  /** Rejects as `ClusterApi.json` does; that nothing measures is no failure. */
  async read(signal: AbortSignal): Promise<ClusterUse> {
    const [pods, claims, uses] = await Promise.all([
      this.list('/api/v1/pods', runningPod, signal),
      this.list('/api/v1/persistentvolumeclaims', boundClaim, signal),
      this.uses(signal),
    ]);
    return { pods, claims, uses };
  }

  private async uses(signal: AbortSignal): Promise<PodUse[] | undefined> {
    try {
      return await this.list('/apis/metrics.k8s.io/v1beta1/pods', podUse, signal);
    } catch (error) {
      // Not installed, not allowed, or not up at the moment.
      const status = apiStatusOf(error);
      if (status === 404 || status === 403 || (status !== undefined && status >= 500)) return undefined;
      throw error;
    }
  }

  /** Of each page only what is wanted of it is kept. */
  private async list<T>(path: string, read: (item: unknown) => T | undefined, signal: AbortSignal): Promise<T[]> {
    const found: T[] = [];
    let continuation: string | undefined;
    do {
      const answer = await this.api.json({
        method: 'GET',
        path,
        query: { limit: PAGE, continue: continuation },
        signal,
      });
      for (const item of listAt(answer, 'items')) {
        const wanted = read(item);
        if (wanted !== undefined) found.push(wanted);
      }
      continuation = textAt(answer, 'metadata', 'continue') || undefined;
    } while (continuation !== undefined);
    return found;
  }
}
