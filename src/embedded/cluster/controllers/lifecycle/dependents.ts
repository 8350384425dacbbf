import type { KubeObject, OwnerReference } from '../../store/kube-object.js';
import type { StoreEvent } from '../../store/object-store.js';
import type { ObjectId } from '../controller.js';

export interface DependentId extends ObjectId {
  readonly key: string;
}

/** Who exists and who belongs to whom, kept up with every change, so that nobody has to search for dependents. */
export class Dependents {
  private readonly live = new Set<string>();
  private readonly byOwner = new Map<string, Map<string, DependentId>>();

  see({ type, key, object, previous }: StoreEvent): void {
    const { uid, namespace, name, ownerReferences } = object.metadata;
    const before = previous?.metadata.ownerReferences;
    if (type === 'DELETED') {
      this.live.delete(uid);
      this.remove(uid, ownerReferences);
      this.remove(uid, before);
      return;
    }
    this.live.add(uid);
    if (ownerReferences === before) return;
    this.remove(uid, before);
    for (const owner of ownerReferences ?? []) {
      const found = this.byOwner.get(owner.uid) ?? new Map<string, DependentId>();
      this.byOwner.set(owner.uid, found.set(uid, { key, namespace, name }));
    }
  }

  exists(uid: string): boolean {
    return this.live.has(uid);
  }

  /** Its dependents at this moment; what happens to them later does not change the answer. */
  of({ metadata }: KubeObject): readonly DependentId[] {
    const found = this.byOwner.get(metadata.uid);
    return found === undefined ? [] : [...found.values()];
  }

  private remove(uid: string, owners: readonly OwnerReference[] | undefined): void {
    for (const owner of owners ?? []) {
      const found = this.byOwner.get(owner.uid);
      found?.delete(uid);
      if (found?.size === 0) this.byOwner.delete(owner.uid);
    }
  }
}
