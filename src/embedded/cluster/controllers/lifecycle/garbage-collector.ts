import type { KubeObject, OwnerReference } from '../../store/kube-object.js';
import type { StoreEvent } from '../../store/object-store.js';
import { keyOfObject, typeOfKind } from '../../store/resource-types.js';
import type { Context } from '../context.js';
import type { Controller, Enqueue, ObjectId } from '../controller.js';
import { isTerminating, released } from '../ownership.js';
import { Dependents } from './dependents.js';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/** Deletes what no owner is left of, and carries out foreground and orphan deletions. */
export class GarbageCollector implements Controller {
  readonly name = 'garbage-collector-controller';
  readonly watches: Controller['watches'] = { '*': (event, enqueue) => this.changed(event, enqueue) };
  private readonly dependents = new Dependents();

  constructor(private readonly context: Context) {}

  reconcile({ key = '', namespace, name }: ObjectId): void {
    const object = this.context.view.store.get(key, namespace, name);
    if (object === undefined) return;
    if (!isTerminating(object)) this.judge(key, object);
    else if (object.metadata.finalizers?.includes(ORPHAN)) this.orphan(key, object);
    else if (object.metadata.finalizers?.includes(FOREGROUND)) this.waitForDependents(key, object);
  }

  /** Keeps an object that has an owner; deletes one whose last owner is gone or waits for it to go. */
  private judge(key: string, object: KubeObject): void {
    const { store } = this.context.view;
    const owners = (object.metadata.ownerReferences ?? []).map((reference) => ({
      reference,
      state: this.stateOf(reference, object),
    }));
    if (owners.length === 0) return;
    const useless = owners.filter(({ state }) => state !== 'solid');
    if (useless.length < owners.length) {
      const kept = useless.reduce((rest, { reference }) => released(rest, reference.uid), object);
      store.update(key, kept);
      return;
    }
    const { namespace, name, uid } = object.metadata;
    const inForeground = owners.some(({ state }) => state === 'waiting') && this.dependents.of(object).length > 0;
    store.delete(key, namespace, name, {
      preconditions: { uid },
      ...(inForeground ? { propagationPolicy: 'Foreground' } : {}),
    });
  }

  private stateOf(reference: OwnerReference, object: KubeObject): 'solid' | 'gone' | 'waiting' {
    if (!this.dependents.exists(reference.uid)) return 'gone';
    const type = typeOfKind(reference.apiVersion, reference.kind);
    const key = keyOfObject(reference);
    if (type === undefined || key === undefined) return 'solid';
    const namespace = type.namespaced ? object.metadata.namespace : undefined;
    const owner = this.context.view.store.get(key, namespace, reference.name);
    if (owner?.metadata.uid !== reference.uid) return 'gone';
    return isTerminating(owner) && owner.metadata.finalizers?.includes(FOREGROUND) === true ? 'waiting' : 'solid';
  }

  private orphan(key: string, object: KubeObject): void {
    const { store } = this.context.view;
    for (const { key: dependentKey, namespace, name } of this.dependents.of(object)) {
      const dependent = store.get(dependentKey, namespace, name);
      if (dependent !== undefined) store.update(dependentKey, released(dependent, object.metadata.uid));
    }
    store.update(key, withoutFinalizer(object, ORPHAN));
  }

  private waitForDependents(key: string, object: KubeObject): void {
    const { store } = this.context.view;
    const { uid } = object.metadata;
    let blocked = false;
    for (const { key: dependentKey, namespace, name } of this.dependents.of(object)) {
      const dependent = store.get(dependentKey, namespace, name);
      if (dependent === undefined) continue;
      const reference = dependent.metadata.ownerReferences?.find((owner) => owner.uid === uid);
      if (!isTerminating(dependent)) this.judge(dependentKey, dependent);
      const left = store.get(dependentKey, namespace, name);
      const belongs = left?.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;
      if (belongs && reference?.blockOwnerDeletion === true) blocked = true;
    }
    const current = store.get(key, object.metadata.namespace, object.metadata.name);
    if (!blocked && current !== undefined) store.update(key, withoutFinalizer(current, FOREGROUND));
  }

  private changed(event: StoreEvent, enqueue: Enqueue): void {
    if (event.key === '/events') return;
    const { type, key, object, previous } = event;
    const { namespace, name, ownerReferences = [], finalizers } = object.metadata;
    const orphans = type === 'DELETED' ? this.dependents.of(object) : [];
    this.dependents.see(event);
    for (const id of orphans) enqueue(id);
    if (type === 'DELETED') {
      this.wakeOwners(ownerReferences, namespace, enqueue);
      return;
    }
    const newOwners = previous?.metadata.ownerReferences !== object.metadata.ownerReferences;
    if (newOwners) this.wakeOwners(previous?.metadata.ownerReferences ?? [], namespace, enqueue);
    const owned = newOwners && ownerReferences.length > 0;
    const ending = isTerminating(object) && finalizers !== undefined;
    if (owned || ending) enqueue({ key, namespace, name });
  }

  /** Owners that wait for their dependents look again. */
  private wakeOwners(owners: readonly OwnerReference[], namespace: string | undefined, enqueue: Enqueue): void {
    for (const { apiVersion, kind, name } of owners) {
      const type = typeOfKind(apiVersion, kind);
      const key = keyOfObject({ apiVersion, kind });
      if (type === undefined || key === undefined) continue;
      const owner = this.context.view.store.get(key, type.namespaced ? namespace : undefined, name);
      if (owner !== undefined && isTerminating(owner)) enqueue({ key, namespace: owner.metadata.namespace, name });
    }
  }
}

function withoutFinalizer(object: KubeObject, finalizer: string): KubeObject {
  const finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
  return { ...object, metadata: { ...object.metadata, finalizers } };
}
