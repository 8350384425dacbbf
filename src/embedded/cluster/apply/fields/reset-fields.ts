import { isObject, type JsonObject } from '../json.js';
import type { StructNode } from '../schema/type-node.js';
import { type FieldSet, NO_FIELDS, pathSet, union } from './field-set.js';

/** Metadata that the API server keeps itself and that nobody owns. */
export const SYSTEM_FIELDS: FieldSet = [
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((field) => ['f:metadata', `f:${field}`]),
]
  .map(pathSet)
  .reduce(union, NO_FIELDS);

const STATUS: FieldSet = pathSet(['f:status']);
const SPEC: FieldSet = pathSet(['f:spec']);

/** Fields that a write to the object, or to one subresource of it, cannot change and so cannot own. */
export function resetFields(type: StructNode, subresource: string, hasStatus: boolean): FieldSet {
  if (subresource === 'status') return SPEC;
  return hasStatus && subresource === '' && (type.open || type.field('status') !== undefined) ? STATUS : NO_FIELDS;
}

/** The object as it is stored after a write: reset fields are those of the live object. */
export function keepResetFields(reset: FieldSet, live: JsonObject | undefined, written: JsonObject): JsonObject {
  let kept = written;
  for (const element in reset) {
    const member = element.slice(2);
    const before = live?.[member];
    if (written[member] === before) continue;
    if (kept === written) kept = { ...written };
    if (before === undefined) delete kept[member];
    else kept[member] = before;
  }
  return kept;
}

/** The object without its managedFields, which are tracked apart. */
export function withoutManagedFields(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isObject(metadata) || metadata['managedFields'] === undefined) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

/** The object with the given managedFields; none when the list is empty. */
export function withManagedFields(object: JsonObject, managedFields: readonly unknown[]): JsonObject {
  const { metadata } = object;
  const { managedFields: _, ...rest } = isObject(metadata) ? metadata : {};
  return { ...object, metadata: managedFields.length === 0 ? rest : { ...rest, managedFields } };
}
