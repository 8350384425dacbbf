import type { KubeObject, OwnerReference } from '../store/kube-object.js';

/** The owner that manages the object, if one does. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** The reference by which an owner manages an object. */
export function controllerReference(owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** The object given to an owner, or taken from it. */
export function adopted<T extends KubeObject>(object: T, owner: KubeObject): T {
  const references = [...(object.metadata.ownerReferences ?? []), controllerReference(owner)];
  return { ...object, metadata: { ...object.metadata, ownerReferences: references } };
}

export function released<T extends KubeObject>(object: T, ownerUid: string): T {
  const references = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== ownerUid);
  const { ownerReferences: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata: references.length === 0 ? metadata : { ...metadata, ownerReferences: references } };
}

export function isTerminating(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
