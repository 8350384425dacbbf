import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import { markForDeletion, type DeleteOptions, isHeld } from './deletion.js';
import { generateName } from './generate-name.js';
import type { KubeObject, ResourceType } from './kube-object.js';
import { keyOf, RESOURCE_TYPES, typeOfKey } from './resource-types.js';
import { alreadyExists, notFound } from './status-error.js';
import { bumpGeneration, carryOver, checkPreconditions, checkVersion, timestamp } from './writes.js';

export type { DeleteOptions } from './deletion.js';

export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** `apps/deployments`, `/pods` */
  key: string;
  /** for DELETED: the last state, under the version of its removal */
  object: KubeObject;
  previous?: KubeObject;
}

export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE';
  type: ResourceType;
  key: string;
  object: KubeObject;
  previous?: KubeObject;
  dryRun: boolean;
}

/** Looks at every create and update before it is stored: answers the object to store, or throws a StatusError. */
export type Admission = (request: AdmissionRequest) => KubeObject;

export interface WriteOptions {
  /** go through everything and answer what would be stored, but store nothing */
  dryRun?: boolean;
}

type Names = Map<string, KubeObject>;

/**
 * All objects of the cluster, in memory. What it answers is shared and must never be changed; a write makes a new
 * object. Every write is one event, delivered synchronously and in order, also when a listener writes.
 */
export class ObjectStore {
  private readonly collections = new Map<string, Map<string, Names>>();
  private readonly sorted = new Map<string, KubeObject[]>();
  private readonly listeners = new Set<(event: StoreEvent) => void>();
  private readonly pending: StoreEvent[] = [];
  private delivering = false;
  private version = 0;
  private admission: Admission | undefined;
  private readonly now: () => Date;

  constructor(options: { now?: () => Date } = {}) {
    this.now = options.now ?? (() => new Date());
    for (const type of RESOURCE_TYPES) this.collections.set(keyOf(type), new Map());
  }

  /** The version of the last write, for the resourceVersion of a list. */
  get resourceVersion(): string {
    return String(this.version);
  }

  /** Sets what every create and update must pass; the API's admission chain uses it, so that controllers pass it too. */
  admitWith(admission: Admission): void {
    this.admission = admission;
  }

  get(key: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.namespacesOf(key)
      .get(namespace ?? '')
      ?.get(name);
  }

  /** How many objects of a type a namespace holds. */
  count(key: string, namespace: string): number {
    return this.namespacesOf(key).get(namespace)?.size ?? 0;
  }

  /** Objects of one namespace, or of all, in the order of namespace and name. */
  list(key: string, namespace?: string): KubeObject[] {
    const cacheKey = `${key} ${namespace ?? ''}`;
    const cached = this.sorted.get(cacheKey);
    if (cached !== undefined) return cached.slice();
    const namespaces = this.namespacesOf(key);
    const objects = namespace === undefined ? allOf(namespaces) : sortedNames(namespaces.get(namespace));
    this.sorted.set(cacheKey, objects);
    return objects.slice();
  }

  /** Fills uid, creationTimestamp, resourceVersion, generation and a generated name. Throws 409 AlreadyExists. */
  create(key: string, object: KubeObject, options: WriteOptions = {}): KubeObject {
    const type = typeOfKey(key);
    const { resourceVersion: _version, ...metadata } = { ...object.metadata };
    const name = metadata.name || generateName(metadata.generateName ?? '');
    const taken = this.get(key, metadata.namespace, name);
    if (taken !== undefined) throw alreadyExists(type, name, taken.metadata.deletionTimestamp !== undefined);
    const fresh: KubeObject = {
      ...object,
      metadata: {
        ...metadata,
        name,
        uid: randomUUID(),
        resourceVersion: '',
        ...(type.hasGeneration ? { generation: 1 } : {}),
        creationTimestamp: timestamp(this.now()),
      },
    };
    const admitted = this.admit({ operation: 'CREATE', type, key, object: fresh, dryRun: options.dryRun === true });
    if (options.dryRun === true) return admitted;
    return this.commit('ADDED', key, admitted, undefined);
  }

  /**
   * Replaces the spec and metadata. With metadata.resourceVersion or uid it is optimistic: 409 Conflict when stale.
   * Bumps the generation when anything but metadata and status changed; writes nothing when nothing changed; removes
   * the object when it is being deleted and nothing holds it any more.
   */
  update(key: string, object: KubeObject, options: WriteOptions = {}): KubeObject {
    const type = typeOfKey(key);
    const { name, namespace } = object.metadata;
    const previous = this.existing(type, key, namespace, name);
    checkVersion(type, previous, object.metadata);
    const next = carryOver(type, previous, object);
    const dryRun = options.dryRun === true;
    const admitted = this.admit({ operation: 'UPDATE', type, key, object: next, previous, dryRun });
    const final = bumpGeneration(type, previous, admitted);
    if (dryRun) return final;
    return this.replace(key, previous, final);
  }

  /** For controllers: changes the status only, never the generation; answers undefined when the object is gone. */
  updateStatus(
    key: string,
    namespace: string | undefined,
    name: string,
    change: (object: KubeObject) => KubeObject,
  ): KubeObject | undefined {
    const previous = this.get(key, namespace, name);
    if (previous === undefined) return undefined;
    const { status } = change(previous);
    const next = { ...previous };
    if (status === undefined) delete next['status'];
    else next['status'] = status;
    return this.replace(key, previous, next);
  }

  /**
   * Removes the object, or sets its deletionTimestamp when finalizers or a pod's grace period hold it. Answers what
   * was removed or is left, undefined when there was none. Throws 409 Conflict on preconditions that do not hold.
   */
  delete(
    key: string,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions & WriteOptions = {},
  ): KubeObject | undefined {
    const type = typeOfKey(key);
    const previous = this.get(key, namespace, name);
    if (previous === undefined) return undefined;
    checkPreconditions(type, previous, options);
    const marked = markForDeletion(type, previous, options, this.now());
    if (options.dryRun === true) return marked;
    if (!isHeld(key, marked)) return this.remove(key, marked);
    return this.replace(key, previous, marked);
  }

  /** Calls the listener for each later event, synchronously and in order. Answers the way to stop it. */
  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Puts objects back as they were, without events and admission: for a restart. */
  restore(objects: Iterable<{ key: string; object: KubeObject }>, version: number): void {
    for (const { key, object } of objects) this.put(key, object);
    this.version = Math.max(this.version, version);
  }

  private namespacesOf(key: string): Map<string, Names> {
    const found = this.collections.get(key);
    if (found === undefined) throw new Error(`no such resource type: ${key}`);
    return found;
  }

  private existing(type: ResourceType, key: string, namespace: string | undefined, name: string): KubeObject {
    const found = this.get(key, namespace, name);
    if (found === undefined) throw notFound(type.group, type.resource, name);
    return found;
  }

  private admit(request: AdmissionRequest): KubeObject {
    return this.admission === undefined ? request.object : this.admission(request);
  }

  private replace(key: string, previous: KubeObject, next: KubeObject): KubeObject {
    if (isDeepStrictEqual(previous, next)) return previous;
    if (next.metadata.deletionTimestamp !== undefined && !isHeld(key, next)) return this.remove(key, next);
    return this.commit('MODIFIED', key, next, previous);
  }

  private commit(type: 'ADDED' | 'MODIFIED', key: string, object: KubeObject, previous: KubeObject | undefined) {
    const stored = withVersion(object, ++this.version);
    this.put(key, stored);
    this.emit({ type, key, object: stored, ...(previous === undefined ? {} : { previous }) });
    return stored;
  }

  private remove(key: string, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata;
    const names = this.namespacesOf(key).get(namespace ?? '');
    const previous = names?.get(name);
    names?.delete(name);
    if (names?.size === 0) this.namespacesOf(key).delete(namespace ?? '');
    this.forgetSorted(key, namespace);
    const last = withVersion(object, ++this.version);
    this.emit({ type: 'DELETED', key, object: last, ...(previous === undefined ? {} : { previous }) });
    return last;
  }

  private put(key: string, object: KubeObject): void {
    const namespaces = this.namespacesOf(key);
    const namespace = object.metadata.namespace ?? '';
    let names = namespaces.get(namespace);
    if (names === undefined) namespaces.set(namespace, (names = new Map()));
    names.set(object.metadata.name, object);
    this.forgetSorted(key, object.metadata.namespace);
  }

  private forgetSorted(key: string, namespace: string | undefined): void {
    this.sorted.delete(`${key} `);
    this.sorted.delete(`${key} ${namespace ?? ''}`);
  }

  private emit(event: StoreEvent): void {
    this.pending.push(event);
    if (this.delivering) return;
    this.delivering = true;
    try {
      for (let next = this.pending.shift(); next !== undefined; next = this.pending.shift()) {
        for (const listener of this.listeners) listener(next);
      }
    } finally {
      this.delivering = false;
    }
  }
}

function byName(left: KubeObject, right: KubeObject): number {
  return left.metadata.name < right.metadata.name ? -1 : 1;
}

function sortedNames(names: Names | undefined): KubeObject[] {
  return names === undefined ? [] : [...names.values()].sort(byName);
}

function allOf(namespaces: Map<string, Names>): KubeObject[] {
  return [...namespaces.keys()].sort().flatMap((namespace) => sortedNames(namespaces.get(namespace)));
}

function withVersion(object: KubeObject, version: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}
