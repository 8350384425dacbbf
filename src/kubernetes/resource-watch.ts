import type { Clock } from '../platform/clock.js';
import { apiStatusOf } from './api-error.js';
import type { ClusterApi } from './cluster-api.client.js';
import { listAt, numberAt, textAt, valueAt } from './json-value.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { itemOf } from './answered-object.js';
import { trimMetadata, trimObject } from './trim-object.js';
import { collectionPath, type WatchedKind } from './watched-kinds.js';

/** Takes what a watch learns. Called in order, never at once. */
export interface WatchSink {
  /** All objects there are, as of a resource version. */
  listed(kind: WatchedKind, objects: readonly KubernetesObject[], resourceVersion: string): void;
  changed(object: KubernetesObject): void;
  removed(object: KubernetesObject): void;
  /** The server accepted the watch: what failed before works again. */
  opened(kind: WatchedKind): void;
  /** The API server was heard, even if it only said that nothing happened. */
  heard(): void;
  /** A list or watch failed and is tried again after a pause. */
  failed(kind: WatchedKind, error: unknown): void;
}

export interface WatchTiming {
  /** Silence after which a watch is taken for dead. Servers send a bookmark about every minute. */
  readonly idleMs: number;
  /** What the server is asked to end a watch after, at most; between this and four fifths of it. */
  readonly serverTimeoutSeconds: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
}

export const DEFAULT_TIMING: WatchTiming = {
  idleMs: 100_000,
  serverTimeoutSeconds: 300,
  backoffBaseMs: 1_000,
  backoffMaxMs: 10_000,
};

const PAGE = 500;
/** A watch that ends sooner than this without a word counts as a failure, so that it cannot spin. */
const SOON_MS = 1_000;
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

class Expired extends Error {}

/** Lists one kind, then watches it for as long as it is not stopped: resumes where it was, relists when that is too old. */
export class ResourceWatch {
  private readonly stopping = new AbortController();
  private resourceVersion: string | undefined;
  private failures = 0;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly api: ClusterApi,
    private readonly kind: WatchedKind,
    private readonly sink: WatchSink,
    private readonly clock: Clock,
    private readonly timing: WatchTiming,
  ) {}

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Error('the watch is stopped'));
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        if (this.resourceVersion === undefined) await this.list();
        await this.watch();
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        if (isExpired(error)) this.resourceVersion = undefined;
        else this.sink.failed(this.kind, error);
        await this.pause();
      }
    }
  }

  private async list(): Promise<void> {
    const objects: KubernetesObject[] = [];
    let continuation: string | undefined;
    let version = '';
    do {
      const answer = await this.api.json({
        method: 'GET',
        path: collectionPath(this.kind),
        query: { labelSelector: this.kind.labelSelector, limit: PAGE, continue: continuation },
        ...(this.kind.metadataOnly ? { accept: METADATA_LIST } : {}),
        signal: this.stopping.signal,
      });
      for (const item of listAt(answer, 'items')) objects.push(this.trim(item));
      continuation = textAt(answer, 'metadata', 'continue') || undefined;
      version = textAt(answer, 'metadata', 'resourceVersion') ?? version;
    } while (continuation !== undefined);
    this.sink.heard();
    this.sink.listed(this.kind, objects, version);
    this.resourceVersion = version;
    this.failures = 0;
  }

  private async watch(): Promise<void> {
    const started = performance.now();
    const before = this.resourceVersion;
    const longest = this.timing.serverTimeoutSeconds;
    let expired = false;
    await this.api.stream(
      {
        method: 'GET',
        path: collectionPath(this.kind),
        query: {
          labelSelector: this.kind.labelSelector,
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion: this.resourceVersion,
          // Spread out, so that the watches of a fleet of replicas do not all end together.
          timeoutSeconds: Math.ceil(longest * (0.8 + Math.random() * 0.2)),
        },
        ...(this.kind.metadataOnly ? { accept: METADATA } : {}),
        signal: this.stopping.signal,
      },
      {
        idleMs: this.timing.idleMs,
        onOpen: () => this.sink.opened(this.kind),
        onLine: (line) => {
          if (!expired) expired = this.take(line) === 'expired';
        },
      },
    );
    if (expired) throw new Expired();
    if (performance.now() - started < SOON_MS && before === this.resourceVersion) {
      throw new Error('the watch ended at once');
    }
  }

  private take(line: string): 'taken' | 'expired' {
    const event: unknown = JSON.parse(line);
    const type = textAt(event, 'type');
    const object = valueAt(event, 'object');
    this.sink.heard();
    if (type === 'ERROR') {
      if (numberAt(object, 'code') === 410) return 'expired';
      throw new Error(textAt(object, 'message') ?? 'the watch reported an error');
    }
    this.resourceVersion = textAt(object, 'metadata', 'resourceVersion') ?? this.resourceVersion;
    this.failures = 0;
    if (type === 'ADDED' || type === 'MODIFIED') this.sink.changed(this.trim(object));
    if (type === 'DELETED') this.sink.removed(this.trim(object));
    return 'taken';
  }

  private trim(item: unknown): KubernetesObject {
    const object = itemOf(item, this.kind, this.kind.metadataOnly);
    return this.kind.metadataOnly ? { ...object, metadata: trimMetadata(object.metadata) } : trimObject(object);
  }

  private async pause(): Promise<void> {
    const longest = Math.min(this.timing.backoffMaxMs, this.timing.backoffBaseMs * 2 ** this.failures);
    this.failures += 1;
    try {
      await this.clock.sleep(longest * (0.5 + Math.random() * 0.5), this.stopping.signal);
    } catch {
      // Stopped while waiting; the loop sees it.
    }
  }
}

function isExpired(error: unknown): boolean {
  return error instanceof Expired || apiStatusOf(error) === 410;
}
