import { isDeepStrictEqual } from 'node:util';

import type { DeleteOptions } from './deletion.js';
import type { KubeObject, ResourceType } from './kube-object.js';
import { conflict, staleVersion } from './status-error.js';

/** RFC 3339 with whole seconds, as metav1.Time prints it. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** 409 Conflict when the writer names a version or a uid that is not the stored one. */
export function checkVersion(
  type: ResourceType,
  previous: KubeObject,
  { uid, resourceVersion }: KubeObject['metadata'],
) {
  const { name } = previous.metadata;
  if (uid && uid !== previous.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${previous.metadata.uid}`;
    throw conflict(type.group, type.resource, name, why);
  }
  if (resourceVersion && resourceVersion !== previous.metadata.resourceVersion) {
    throw staleVersion(type.group, type.resource, name);
  }
}

/** 409 Conflict when a deletion's preconditions do not hold. */
export function checkPreconditions(type: ResourceType, previous: KubeObject, { preconditions }: DeleteOptions): void {
  const { name, uid, resourceVersion } = previous.metadata;
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid}`;
    throw conflict(type.group, type.resource, name, why);
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const asked = preconditions.resourceVersion;
    const why = `Precondition failed: ResourceVersion in precondition: ${asked}, ResourceVersion in object meta: ${resourceVersion}`;
    throw conflict(type.group, type.resource, name, why);
  }
}

/** What a writer cannot change: identity, birth and deletion marks. */
export function carryOver(type: ResourceType, previous: KubeObject, object: KubeObject): KubeObject {
  const { uid, creationTimestamp, resourceVersion, generation, deletionTimestamp, deletionGracePeriodSeconds } =
    previous.metadata;
  const metadata = { ...object.metadata, uid, creationTimestamp, resourceVersion };
  delete metadata.generation;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  if (type.hasGeneration && generation !== undefined) metadata.generation = generation;
  if (deletionTimestamp !== undefined) metadata.deletionTimestamp = deletionTimestamp;
  if (deletionGracePeriodSeconds !== undefined) metadata.deletionGracePeriodSeconds = deletionGracePeriodSeconds;
  return { ...object, metadata };
}

/** Counts a change of anything but metadata and status. */
export function bumpGeneration(type: ResourceType, previous: KubeObject, next: KubeObject): KubeObject {
  if (!type.hasGeneration || !contentChanged(previous, next)) return next;
  const generation = (previous.metadata.generation ?? 0) + 1;
  return { ...next, metadata: { ...next.metadata, generation } };
}

function contentChanged(previous: KubeObject, next: KubeObject): boolean {
  const fields = new Set([...Object.keys(previous), ...Object.keys(next)]);
  for (const own of ['apiVersion', 'kind', 'metadata', 'status']) fields.delete(own);
  return [...fields].some((field) => !isDeepStrictEqual(previous[field], next[field]));
}
