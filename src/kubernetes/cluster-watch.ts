import type { Clock } from '../platform/clock.js';
import { apiStatusOf } from './api-error.js';
import type { ClusterApi } from './cluster-api.client.js';
import { listAt, textAt } from './json-value.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { NamespaceCache, type ObjectChange } from './namespace-cache.js';
import { stateOf, type NamespaceSnapshot, type NamespaceState } from './namespace-state.js';
import { itemOf } from './answered-object.js';
import { DEFAULT_TIMING, ResourceWatch, type WatchTiming } from './resource-watch.js';
import { trimObject } from './trim-object.js';
import { collectionPath, WATCHED_KINDS, type WatchedKind } from './watched-kinds.js';

export type ChangeListener = (namespace: string, change: ObjectChange) => void;

export interface ClusterWatchOptions {
  readonly timing?: Partial<WatchTiming> | undefined;
  /** Told of failed lists and watches, which are tried again, and of listeners that threw. */
  readonly onFault?: ((what: string, error: unknown) => void) | undefined;
}

export interface Waited {
  readonly met: boolean;
  readonly state: NamespaceState;
}

const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** Watches a whole fleet with one watch a kind, and answers from memory what each namespace holds. */
export class ClusterWatch {
  /** Resolves once every kind was listed; rejects when the watch is stopped before that. */
  readonly synced: Promise<void>;
  private readonly cache = new NamespaceCache();
  private readonly watches: ResourceWatch[];
  private readonly unlisted = new Set(WATCHED_KINDS.map((kind) => kind.kind));
  private readonly listeners = new Set<ChangeListener>();
  private readonly failing = new Map<string, string>();
  private readonly settle: { resolve: () => void; reject: (reason: Error) => void };
  private contact: Date | undefined;

  constructor(
    private readonly api: ClusterApi,
    private readonly clock: Clock,
    private readonly options: ClusterWatchOptions = {},
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.synced = promise;
    this.settle = { resolve, reject };
    // Whoever waits sees the rejection; that nobody waits is no fault.
    promise.catch(() => undefined);
    const timing = { ...DEFAULT_TIMING, ...options.timing };
    this.watches = WATCHED_KINDS.map((kind) => new ResourceWatch(api, kind, this.sink(), clock, timing));
  }

  start(): void {
    for (const watch of this.watches) watch.start();
  }

  /** Ends every watch and its connection; nothing is left waiting afterwards. */
  async stop(): Promise<void> {
    this.settle.reject(new Error('the cluster watch is stopped'));
    await Promise.all(this.watches.map((watch) => watch.stop()));
  }

  /** When the API server was last heard by any watch: bookmarks make that about a minute at most. */
  get lastContactAt(): Date | undefined {
    return this.contact;
  }

  /** True once every kind was listed. */
  get isSynced(): boolean {
    return this.unlisted.size === 0;
  }

  /** What fails at the moment, by kind; empty when all watches stand. */
  get faults(): ReadonlyMap<string, string> {
    return this.failing;
  }

  /** Namespaces of which anything is known. */
  get namespaces(): string[] {
    return this.cache.namespaceNames;
  }

  /** What the watches know of a namespace; costs no request. */
  namespaceState(namespace: string): NamespaceState {
    return stateOf(namespace, this.cache.objectsOf(namespace));
  }

  /** Calls the listener after each change, in order; the returned function ends that. */
  subscribe(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /**
   * Waits, without polling, until the namespace is as wished or the time is over. It sees what the watches know: read the
   * namespace first (`readNamespace`) where something was just changed.
   * Rejects with the signal's reason when that aborts.
   */
  async waitFor(
    namespace: string,
    wish: (state: NamespaceState) => boolean,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<Waited> {
    signal?.throwIfAborted();
    const first = this.namespaceState(namespace);
    if (wish(first)) return { met: true, state: first };
    const done = new AbortController();
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const unsubscribe = this.subscribe((changed) => {
      if (changed !== namespace) return;
      try {
        if (wish(this.namespaceState(namespace))) resolve(true);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    const either = signal === undefined ? done.signal : AbortSignal.any([signal, done.signal]);
    const late = this.clock.sleep(timeoutMs, either).then(() => false);
    try {
      return { met: await Promise.race([promise, late]), state: this.namespaceState(namespace) };
    } finally {
      unsubscribe();
      done.abort();
      late.catch(() => undefined);
    }
  }

  /**
   * Asks the API server itself, for decisions that need the truth. The watches' memory takes up what was read, so that a
   * `waitFor` after it never sees an older state. Rejects as `ClusterApi.json` does.
   */
  async readNamespace(namespace: string, signal?: AbortSignal): Promise<NamespaceSnapshot> {
    const readAt = this.clock.now();
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
    const [namespaceObject, pods, claims, ...lists] = await Promise.all([
      this.readNamespaceObject(path, signal),
      this.readAll({ apiVersion: 'v1', kind: 'Pod' }, `${path}/pods`, signal),
      this.readAll({ apiVersion: 'v1', kind: 'PersistentVolumeClaim' }, `${path}/persistentvolumeclaims`, signal),
      ...WATCHED_KINDS.filter((kind) => kind.namespaced).map((kind) => this.readKind(kind, namespace, signal)),
    ]);
    const objects = [...(namespaceObject === undefined ? [] : [namespaceObject]), ...lists.flat()];
    return { ...stateOf(namespace, objects), readAt, pods, claims };
  }

  private async readNamespaceObject(
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<KubernetesObject | undefined> {
    try {
      const answer = await this.api.json({ method: 'GET', path, signal });
      return itemOf(answer, { apiVersion: 'v1', kind: 'Namespace' }, false);
    } catch (error) {
      if (apiStatusOf(error) === 404) return undefined;
      throw error;
    }
  }

  private async readKind(
    kind: WatchedKind,
    namespace: string,
    signal: AbortSignal | undefined,
  ): Promise<KubernetesObject[]> {
    const answer = await this.api.json({
      method: 'GET',
      path: collectionPath(kind, namespace),
      query: { labelSelector: kind.labelSelector },
      ...(kind.metadataOnly ? { accept: METADATA_LIST } : {}),
      signal,
    });
    const objects = listAt(answer, 'items').map((item) => trimObject(itemOf(item, kind, kind.metadataOnly)));
    const version = textAt(answer, 'metadata', 'resourceVersion') ?? '';
    this.tell(this.cache.replace(kind.kind, namespace, objects, version));
    return objects;
  }

  private async readAll(
    kind: { apiVersion: string; kind: string },
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<KubernetesObject[]> {
    const answer = await this.api.json({ method: 'GET', path, signal });
    return listAt(answer, 'items').map((item) => itemOf(item, kind, false));
  }

  private sink(): ConstructorParameters<typeof ResourceWatch>[2] {
    return {
      heard: () => {
        this.contact = this.clock.now();
      },
      opened: (kind) => {
        this.contact = this.clock.now();
        this.failing.delete(kind.kind);
      },
      listed: (kind, objects, version) => {
        this.tell(this.cache.replace(kind.kind, undefined, objects, version));
        this.unlisted.delete(kind.kind);
        if (this.isSynced) this.settle.resolve();
      },
      changed: (object) => this.tell([this.cache.upsert(object)]),
      removed: (object) => this.tell([this.cache.remove(object)]),
      failed: (kind, error) => {
        this.failing.set(kind.kind, error instanceof Error ? error.message : String(error));
        this.options.onFault?.(`the watch of ${kind.plural} failed and is tried again`, error);
      },
    };
  }

  private tell(changes: readonly (ObjectChange | undefined)[]): void {
    for (const change of changes) {
      if (change === undefined) continue;
      for (const listener of this.listeners) {
        try {
          listener(change.namespace, change);
        } catch (error) {
          this.options.onFault?.('a listener of the cluster watch threw', error);
        }
      }
    }
  }
}
