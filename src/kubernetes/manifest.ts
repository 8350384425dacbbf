import { parseAllDocuments, type Tags } from 'yaml';

import { isRecord, listAt, textAt } from './json-value.js';
import type { KubernetesObject } from './kubernetes-object.js';

/**
 * The objects of a rendered manifest, in order; lists are opened, empty documents left out.
 * Read as YAML 1.1, as helm and kubectl do: an unquoted `yes` is true there, and a date stays text.
 * @throws Error naming the document's number when one is no Kubernetes object
 */
export function parseManifest(manifest: string): KubernetesObject[] {
  if (manifest.trim() === '') return [];
  const documents = parseAllDocuments(manifest, {
    version: '1.1',
    logLevel: 'silent',
    uniqueKeys: false,
    customTags: (tags) => tags.filter((tag) => !isForeignToGo(tag)),
  });
  return (Array.isArray(documents) ? documents : []).flatMap((document, index) => {
    if (document.errors.length > 0) throw new Error(`document ${index + 1} of the manifest is not YAML`);
    return objectsOf(document.toJS(), index + 1);
  });
}

/** Go's YAML leaves dates and base-60 numbers (`1:30`) as text, where YAML 1.1 would not. */
function isForeignToGo(tag: Tags[number]): boolean {
  if (typeof tag !== 'object') return false;
  return tag.tag === 'tag:yaml.org,2002:timestamp' || ('format' in tag && tag.format === 'TIME');
}

function objectsOf(value: unknown, number: number): KubernetesObject[] {
  if (value === null || value === undefined) return [];
  if (isList(value)) return listAt(value, 'items').flatMap((item) => objectsOf(item, number));
  if (isObject(value)) return [value];
  throw new Error(`document ${number} of the manifest is not a Kubernetes object`);
}

function isList(value: unknown): boolean {
  return (
    textAt(value, 'kind')?.endsWith('List') === true && Array.isArray(isRecord(value) ? value['items'] : undefined)
  );
}

function isObject(value: unknown): value is KubernetesObject {
  return (
    textAt(value, 'kind') !== undefined &&
    textAt(value, 'apiVersion') !== undefined &&
    textAt(value, 'metadata', 'name') !== undefined
  );
}
