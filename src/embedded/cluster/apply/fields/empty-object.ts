import type { JsonObject } from '../json.js';
import type { StructNode } from '../schema/type-node.js';

const empties = new WeakMap<StructNode, JsonObject>();

/**
 * What the API server compares a new object with: the structs that even an empty object has, and nothing in them. So a
 * creator owns `.spec.replicas`, but not `.spec`.
 */
export function emptyObject(type: StructNode): JsonObject {
  const known = empties.get(type);
  if (known !== undefined) return known;
  const object: JsonObject = {};
  for (const [name, field] of type.fields) {
    if (field.always && field.type.is === 'struct') object[name] = emptyObject(field.type);
    else if (field.type.is === 'list' && !field.omitsZero) object[name] = null;
  }
  empties.set(type, object);
  return object;
}
