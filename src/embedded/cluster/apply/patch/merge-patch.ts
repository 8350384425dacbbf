import { isObject, type JsonObject } from '../json.js';

/** Applies a JSON merge patch (RFC 7386). What the patch does not name is shared with the document. */
export function jsonMerge(document: JsonObject, patch: JsonObject): JsonObject {
  let merged: JsonObject | undefined;
  for (const member in patch) {
    const value = patch[member];
    const before = document[member];
    if (value === null) {
      if (before === undefined) continue;
      merged ??= { ...document };
      delete merged[member];
      continue;
    }
    const after = isObject(value) ? jsonMerge(isObject(before) ? before : {}, value) : value;
    if (after === before) continue;
    merged ??= { ...document };
    merged[member] = after;
  }
  return merged ?? document;
}
