import { isObject, type JsonObject, textAt, withValueAt } from '../json.js';
import type { StructNode } from '../schema/type-node.js';
import { compare } from './comparison.js';
import { difference, type FieldSet, NO_FIELDS, union } from './field-set.js';
import { ownedFields } from './owned-fields.js';
import { withoutManagedFields } from './reset-fields.js';

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
const PATH = ['metadata', 'annotations', ANNOTATION] as const;

/** Fields that kubectl's client-side apply wrote last and that are still as it wrote them. */
export function allowedByLastApplied(type: StructNode, live: JsonObject | undefined, apiVersion: string): FieldSet {
  const text = textAt(live, ...PATH);
  if (text === undefined || text === '' || live === undefined) return NO_FIELDS;
  const last = parse(text);
  if (last === undefined || last['apiVersion'] !== apiVersion) return NO_FIELDS;
  const { changed, removed } = compare(type, last, withoutManagedFields(live));
  return difference(ownedFields(type, last), union(changed, removed));
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the annotation in step with what kubectl applies on the server, where there is one already. */
export function withLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  if ((textAt(object, ...PATH) ?? '') === '') return object;
  const configuration = textAt(applied, ...PATH) === undefined ? applied : withValueAt(applied, PATH, undefined);
  return withValueAt(object, PATH, `${JSON.stringify(configuration)}\n`);
}
