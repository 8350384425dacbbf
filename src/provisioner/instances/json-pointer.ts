export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** The value at an RFC 6901 pointer, or undefined. */
export function valueAtPointer(document: JsonObject, pointer: string): JsonValue | undefined {
  return keysOf(pointer).reduce<JsonValue | undefined>((at, key) => child(at, key), document);
}

/** A copy with the value at the pointer replaced, or removed when `value` is undefined. Parents must exist. */
export function withPointer(document: JsonObject, pointer: string, value: JsonValue | undefined): JsonObject {
  const copy = structuredClone(document);
  const keys = keysOf(pointer);
  const last = keys.at(-1);
  const parent = keys.slice(0, -1).reduce<JsonValue | undefined>((at, key) => child(at, key), copy);
  if (last === undefined || !hasKeys(parent)) return copy;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

/** The last key of a pointer: how a secret value is named in its Kubernetes Secret. */
export function lastKey(pointer: string): string {
  return keysOf(pointer).at(-1) ?? '';
}

/** The keys of a pointer, from the outermost in. */
export function keysOf(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function child(at: JsonValue | undefined, key: string): JsonValue | undefined {
  return hasKeys(at) && Object.hasOwn(at, key) ? at[key] : undefined;
}

/** An object, or an array: its indices are keys too. */
function hasKeys(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null;
}
