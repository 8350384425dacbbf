import { isFields } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';

const CACHED: WeakMap<KubeObject, Buffer> = new WeakMap();

/**
 * The JSON of a stored object, made once per version. It begins with kind and apiVersion, as the real server writes
 * it, so that lists can leave them out by cutting.
 */
export function jsonOf(object: KubeObject): Buffer {
  let bytes = CACHED.get(object);
  if (bytes === undefined) {
    const { kind, apiVersion, metadata, ...rest } = object;
    bytes = Buffer.from(JSON.stringify({ kind, apiVersion, metadata, ...rest }));
    CACHED.set(object, bytes);
  }
  return bytes;
}

const OPEN = Buffer.from('{');
const COMMA = Buffer.from(',');

/** Items of a typed list carry neither kind nor apiVersion, as those of the real server do not. */
function itemJson(object: KubeObject): Buffer[] {
  const head = `{"kind":${JSON.stringify(object.kind)},"apiVersion":${JSON.stringify(object.apiVersion)},`;
  return [OPEN, jsonOf(object).subarray(Buffer.byteLength(head))];
}

export interface ListMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

/** A typed list of stored objects. */
export function listJson(apiVersion: string, kind: string, metadata: ListMeta, items: readonly KubeObject[]): Buffer {
  const head = JSON.stringify({ kind, apiVersion, metadata }).slice(0, -1);
  const parts: Buffer[] = [Buffer.from(`${head},"items":[`)];
  items.forEach((item, index) => {
    if (index > 0) parts.push(COMMA);
    parts.push(...itemJson(item));
  });
  parts.push(Buffer.from(']}\n'));
  return Buffer.concat(parts);
}

/** Only the metadata of an object, as PartialObjectMetadata. */
export function partialOf(object: KubeObject): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** Narrows parsed JSON to an object of the API, without looking further than its head. */
export function isKubeObject(value: unknown): value is KubeObject {
  return isFields(value) && typeof value['kind'] === 'string' && isFields(value['metadata']);
}
