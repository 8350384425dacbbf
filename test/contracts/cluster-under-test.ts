import { ClusterApi } from '../../src/kubernetes/cluster-api.client.js';
import { ClusterWatch } from '../../src/kubernetes/cluster-watch.js';
import { errorOf, failureOf } from '../../src/kubernetes/failure.js';
import type { KubernetesObject } from '../../src/kubernetes/kubernetes-object.js';
import { ObjectClient } from '../../src/kubernetes/object.client.js';
import { PodCauseClient } from '../../src/kubernetes/pod-cause.client.js';
import { ReleaseClient } from '../../src/kubernetes/release.client.js';
import { ResourceDiscovery } from '../../src/kubernetes/resource-discovery.client.js';
import { SystemClock } from '../../src/platform/clock.js';

/** What a backend offers to the contract: a kubeconfig, and images that behave as they are called. */
export interface Backend {
  readonly kubeconfigPath: string;
  readonly images: {
    /** Two that run for as long as they are let. */
    readonly good: string;
    readonly better: string;
    readonly unpullable: string;
    /** Ends with a failure soon after its start. */
    readonly crashing: string;
    /** Ends well soon after its start. */
    readonly completing: string;
    /** Never ends, as a job. */
    readonly endless: string;
  };
  /** How long anything may take here, in milliseconds. */
  readonly patienceMs: number;
  stop(): Promise<void>;
}

/** Every client of the room over one backend. */
export interface UnderTest {
  readonly backend: Backend;
  readonly api: ClusterApi;
  readonly objects: ObjectClient;
  readonly releases: ReleaseClient;
  readonly causes: PodCauseClient;
  readonly watch: ClusterWatch;
  /** A fresh namespace, labelled as an instance's, which goes with the suite. */
  namespace(): Promise<string>;
  close(): Promise<void>;
}

export async function openUnderTest(start: () => Promise<Backend>): Promise<UnderTest> {
  const backend = await start();
  const api = new ClusterApi(() => backend.kubeconfigPath);
  const objects = new ObjectClient(api, new ResourceDiscovery(api));
  const watch = new ClusterWatch(api, new SystemClock());
  watch.start();
  await watch.synced;
  const made: string[] = [];
  const run = Math.random().toString(36).slice(2, 8);
  return {
    backend,
    api,
    objects,
    watch,
    releases: new ReleaseClient(objects),
    causes: new PodCauseClient(objects),
    async namespace() {
      const name = `t-contract-${run}-${made.length}`;
      await objects.apply(namespaceObject(name));
      made.push(name);
      return name;
    },
    async close() {
      await watch.stop();
      for (const name of made) await objects.delete({ apiVersion: 'v1', kind: 'Namespace', name });
      api.close();
      await backend.stop();
    },
  };
}

export function namespaceObject(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'tenantry.io/instance': name } } };
}

export function configMap(namespace: string, name: string, data: Record<string, string>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

/** Asks until it is so. @throws after the backend's patience */
export async function eventually<T>(
  under: UnderTest,
  what: string,
  ask: () => Promise<T | undefined | false>,
): Promise<T> {
  const clock = new SystemClock();
  const end = Date.now() + under.backend.patienceMs;
  for (;;) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw errorOf(failureOf('timeout', `${what} did not come about`));
    await clock.sleep(50);
  }
}
