import { badRequest } from '../../store/status-error.js';
import { isObject, type JsonObject } from '../json.js';
import type { ListNode, TypeNode } from '../schema/type-node.js';

const DIRECTIVE = '$patch';

type MergeItem = (type: TypeNode, before: unknown, patch: JsonObject) => JsonObject;

/** Merges a patch into a list that merges: scalars are added once, objects by the value of their key member. */
export function mergeList(
  list: ListNode,
  before: readonly unknown[],
  patch: readonly unknown[],
  mergeItem: MergeItem,
): unknown[] {
  const { key } = list.patch;
  const merged = key === undefined ? [...new Set([...before, ...patch])] : mergeKeyed(list, before, patch, mergeItem);
  return orderItems(list, merged, patch, before);
}

function directive(item: unknown): unknown {
  return isObject(item) ? item[DIRECTIVE] : undefined;
}

function mergeKeyed(
  list: ListNode,
  before: readonly unknown[],
  patch: readonly unknown[],
  mergeItem: MergeItem,
): unknown[] {
  const { key = '' } = list.patch;
  const replaces = patch.some((item) => directive(item) === 'replace');
  let merged: unknown[] = replaces ? [] : [...before];
  for (const item of patch) {
    if (directive(item) === 'replace') continue;
    const name = requiredKey(item, key);
    if (directive(item) === 'delete') {
      merged = merged.filter((other) => keyOf(other, key) !== name);
      continue;
    }
    const at = merged.findIndex((other) => keyOf(other, key) === name);
    if (!isObject(item)) continue;
    const next = mergeItem(list.element, merged[at], item);
    if (at < 0) merged.push(next);
    else merged[at] = next;
  }
  return merged;
}

function requiredKey(item: unknown, key: string): unknown {
  const name = keyOf(item, key);
  if (name !== undefined) return name;
  throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
}

function keyOf(item: unknown, key: string | undefined): unknown {
  return key === undefined || !isObject(item) ? item : item[key];
}

/**
 * Puts the items that the order names into that order. The others keep theirs, and stand before the first named item
 * that they stood before in the live list.
 */
export function orderItems(
  list: ListNode,
  items: readonly unknown[],
  order: readonly unknown[],
  live: readonly unknown[],
): unknown[] {
  const { key } = list.patch;
  const place = (among: readonly unknown[]): Map<unknown, number> =>
    new Map(among.map((item, index) => [keyOf(item, key), index]));
  const wanted = place(order);
  const lived = place(live);
  const positionIn = (places: Map<unknown, number>, item: unknown): number | undefined => places.get(keyOf(item, key));
  const byPlace = (places: Map<unknown, number>) => (left: unknown, right: unknown) =>
    (positionIn(places, left) ?? Infinity) - (positionIn(places, right) ?? Infinity) || 0;
  const named = items.filter((item) => positionIn(wanted, item) !== undefined).sort(byPlace(wanted));
  const others = items.filter((item) => positionIn(wanted, item) === undefined).sort(byPlace(lived));
  const ordered: unknown[] = [];
  for (const item of named) {
    const limit = positionIn(lived, item) ?? -1;
    const before = others.findIndex((other) => !((positionIn(lived, other) ?? Infinity) < limit));
    ordered.push(...others.splice(0, before < 0 ? others.length : before), item);
  }
  return [...ordered, ...others];
}
