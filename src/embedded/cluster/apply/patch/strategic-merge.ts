import { badRequest } from '../../store/status-error.js';
import { isObject, type JsonObject } from '../json.js';
import { memberType, typeOf } from '../schema.js';
import { ANY, type TypeNode } from '../schema/type-node.js';
import { mergeList, orderItems } from './strategic-list.js';

const DIRECTIVE = '$patch';
const RETAIN = '$retainKeys';
const ORDER = '$setElementOrder/';
const DELETE = '$deleteFromPrimitiveList/';

/**
 * Applies a strategic merge patch: lists with a merge key are merged item by item, and the directives `$patch`,
 * `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…` are obeyed. Throws StatusError 400 for a bad one.
 */
export function strategicMerge(apiVersion: string, kind: string, document: JsonObject, patch: JsonObject): JsonObject {
  return mergeObject(typeOf(apiVersion, kind), document, patch);
}

/** Merges a patch for one object, or one item of a list. */
function mergeObject(type: TypeNode, document: JsonObject, patch: JsonObject): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') {
    throw badRequest(`unknown patch type found: ${JSON.stringify(directive)} in ${JSON.stringify(patch)}`);
  }
  const merged = { ...retained(document, patch) };
  for (const member in patch) {
    if (member.startsWith('$')) continue;
    const value = patch[member];
    if (value === null) delete merged[member];
    else merged[member] = mergeValue(memberType(type, member) ?? ANY, merged[member], value);
  }
  for (const member in patch) {
    if (member.startsWith(DELETE)) deleteItems(merged, member.slice(DELETE.length), patch[member]);
    if (member.startsWith(ORDER)) setOrder(type, document, merged, member.slice(ORDER.length), patch[member]);
  }
  return same(document, merged) ? document : merged;
}

function same(before: JsonObject, after: JsonObject): boolean {
  const members = Object.keys(after);
  return members.length === Object.keys(before).length && members.every((member) => before[member] === after[member]);
}

/** The document with the members that the patch wants kept; all of it when the patch names none. */
function retained(document: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[RETAIN];
  if (!Array.isArray(keys)) return document;
  const kept = Object.entries(document).filter(([member]) => keys.includes(member));
  return Object.fromEntries(kept);
}

function mergeValue(type: TypeNode, before: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) {
    if (type.is === 'list' && type.patch.merge) {
      return mergeList(type, Array.isArray(before) ? before : [], patch, mergeItem);
    }
    return plainItems(patch);
  }
  if (!isObject(patch)) return patch;
  const replaces = type.is === 'struct' && type.replace;
  return isObject(before) && !replaces ? mergeObject(type, before, patch) : withoutDirectives(patch);
}

/** An item of a keyed list: merged with the one it names, or new. */
function mergeItem(type: TypeNode, before: unknown, patch: JsonObject): JsonObject {
  return isObject(before) ? mergeObject(type, before, patch) : withoutDirectives(patch);
}

/** What a patch puts where nothing was: its values, without nulls and directives. */
function withoutDirectives(patch: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const member in patch) {
    const value = patch[member];
    if (member.startsWith('$') || value === null) continue;
    result[member] = isObject(value) ? withoutDirectives(value) : Array.isArray(value) ? plainItems(value) : value;
  }
  return result;
}

function plainItems(items: readonly unknown[]): unknown[] {
  return items
    .filter((item) => !isObject(item) || (item[DIRECTIVE] !== 'delete' && !onlyDirective(item)))
    .map((item) => (isObject(item) ? withoutDirectives(item) : item));
}

function onlyDirective(item: JsonObject): boolean {
  return item[DIRECTIVE] !== undefined && Object.keys(item).length === 1;
}

function deleteItems(merged: JsonObject, member: string, items: unknown): void {
  const before = merged[member];
  if (!Array.isArray(before) || !Array.isArray(items)) return;
  merged[member] = before.filter((item) => !items.includes(item));
}

function setOrder(type: TypeNode, document: JsonObject, merged: JsonObject, member: string, order: unknown): void {
  const list = memberType(type, member);
  const items = merged[member];
  if (list?.is !== 'list' || !Array.isArray(items) || !Array.isArray(order)) return;
  const before = document[member];
  merged[member] = orderItems(list, items, order, Array.isArray(before) ? before : []);
}
