import { isFields } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';

/** Half of what the cache may hold, in bytes. */
const GENERATION_BYTES = 32 * 1024 * 1024;

/** Two generations: what is asked for again moves into the young one, and the old one goes as a whole. */
let young = new Map<KubeObject, Buffer>();
let old = new Map<KubeObject, Buffer>();
let youngBytes = 0;

/**
 * The JSON of a stored object, made once per version while it is asked for. It begins with kind and apiVersion, as the
 * real server writes it, so that lists can leave them out by cutting.
 */
export function jsonOf(object: KubeObject): Buffer {
  const found = young.get(object);
  if (found !== undefined) return found;
  const bytes = old.get(object) ?? serialize(object);
  if (youngBytes > GENERATION_BYTES) {
    old = young;
    young = new Map();
    youngBytes = 0;
  }
  young.set(object, bytes);
  youngBytes += bytes.length;
  return bytes;
}

function serialize(object: KubeObject): Buffer {
  const { kind, apiVersion, metadata, ...rest } = object;
  return Buffer.from(JSON.stringify({ kind, apiVersion, metadata, ...rest }));
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
