import { numberAt, textAt } from './json-value.js';
import type { KubernetesObject, ObjectMetadata } from './kubernetes-object.js';

/** Lists leave kind and version out of their items; a server that cannot send metadata alone sends all, which is cut here. */
export function itemOf(
  item: unknown,
  resource: { readonly apiVersion: string; readonly kind: string },
  metadataOnly: boolean,
): KubernetesObject {
  const object = answeredObject(item);
  const { apiVersion, kind } = resource;
  return metadataOnly ? { apiVersion, kind, metadata: object.metadata } : { ...object, apiVersion, kind };
}

/** What the API server answered, as an object. @throws Error when it is none */
export function answeredObject(value: unknown): KubernetesObject {
  if (isKubernetesObject(value)) return value;
  throw new Error('The API server answered something that is not an object.');
}

function isKubernetesObject(value: unknown): value is KubernetesObject {
  return typeof value === 'object' && value !== null && 'metadata' in value && isMetadata(value.metadata);
}

function isMetadata(value: unknown): value is ObjectMetadata {
  return textAt(value, 'name') !== undefined || numberAt(value, 'generation') !== undefined;
}
