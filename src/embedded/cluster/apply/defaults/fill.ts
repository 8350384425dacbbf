import { isObject, type JsonObject } from '../json.js';

/** Makes a whole object from one that may lack members. Returns the same one when it lacks nothing. */
export type Default = (object: JsonObject) => JsonObject;

/** Adds the members that are missing. */
export function fill(object: JsonObject, missing: JsonObject): JsonObject {
  let filled: JsonObject | undefined;
  for (const member in missing) {
    if (object[member] !== undefined && object[member] !== null) continue;
    filled ??= { ...object };
    filled[member] = missing[member];
  }
  return filled ?? object;
}

/** Defaults one member that is an object; a missing one stays missing. */
export function within(object: JsonObject, member: string, complete: Default): JsonObject {
  const inner = object[member];
  if (!isObject(inner)) return object;
  const next = complete(inner);
  return next === inner ? object : { ...object, [member]: next };
}

/** Defaults each object of a list. */
export function each(object: JsonObject, member: string, complete: Default): JsonObject {
  const items = object[member];
  if (!Array.isArray(items)) return object;
  const next = items.map((item: unknown) => (isObject(item) ? complete(item) : item));
  return next.every((item, index) => item === items[index]) ? object : { ...object, [member]: next };
}

/** Defaults at a path of objects. */
export function deep(path: readonly string[], complete: Default): Default {
  const [member, ...rest] = path;
  if (member === undefined) return complete;
  const inner = deep(rest, complete);
  return (object) => within(object, member, inner);
}

/** One default after the other. */
export function all(...defaults: readonly Default[]): Default {
  return (object) => defaults.reduce((current, complete) => complete(current), object);
}
