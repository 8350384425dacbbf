/** A JSON object whose members are read with checks. Never changed in place: what the store holds is shared. */
export type JsonObject = Record<string, unknown>;

/** True for a JSON object, false for null, arrays and scalars. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at a path of members, or undefined. */
export function objectAt(value: unknown, ...path: readonly string[]): JsonObject | undefined {
  const found = valueAt(value, ...path);
  return isObject(found) ? found : undefined;
}

/** The text at a path of members, or undefined. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The list at a path of members, or an empty one. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** What stands at a path of members, or undefined. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const member of path) {
    if (!isObject(current)) return undefined;
    current = current[member];
  }
  return current;
}

/** A new object in which the member at the path is the value; undefined removes it. Shares all that is beside the path. */
export function withValueAt(object: JsonObject, path: readonly string[], value: unknown): JsonObject {
  const [member, ...rest] = path;
  if (member === undefined) return object;
  if (rest.length > 0) {
    const inner = object[member];
    return { ...object, [member]: withValueAt(isObject(inner) ? inner : {}, rest, value) };
  }
  const next = { ...object };
  if (value === undefined) delete next[member];
  else next[member] = value;
  return next;
}

/** True for an object without members. */
export function isEmptyObject(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const _ in value) return false;
  return true;
}

/** Deep equality of JSON values; the order of members does not count, the order of items does. Shared parts are free. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) return Array.isArray(right) && sameItems(left, right);
  return isObject(left) && isObject(right) && sameMembers(left, right);
}

function sameItems(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((item, index) => sameJson(item, right[index]));
}

function sameMembers(left: JsonObject, right: JsonObject): boolean {
  let members = 0;
  for (const member in left) {
    const value = left[member];
    if (value === undefined) continue;
    if (!sameJson(value, right[member])) return false;
    members += 1;
  }
  for (const member in right) if (right[member] !== undefined) members -= 1;
  return members === 0;
}
