import { badRequest } from '../../store/status-error.js';
import { isObject } from '../json.js';
import type { ListNode } from '../schema/type-node.js';
import { mergeObject, withoutDirectives } from './strategic-merge.js';

const DIRECTIVE = '$patch';

/** Merges a patch into a list that merges: scalars are added once, objects by the value of their key member. */
export function mergeList(list: ListNode, before: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const { key } = list.patch;
  const merged = key === undefined ? [...new Set([...before, ...patch])] : mergeKeyed(list, key, before, patch);
  return orderItems(list, merged, patch, before);
}

function mergeKeyed(list: ListNode, key: string, before: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const directive = (item: unknown): unknown => (isObject(item) ? item[DIRECTIVE] : undefined);
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
    const found = merged[at];
    if (!isObject(item)) continue;
    if (isObject(found)) merged[at] = mergeObject(list.element, found, item);
    else merged.push(withoutDirectives(item));
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
    const limit = positionIn(lived, item);
    while (others.length > 0 && limit !== undefined && (positionIn(lived, others[0]) ?? Infinity) < limit) {
      ordered.push(others.shift());
    }
    ordered.push(item);
  }
  return [...ordered, ...others];
}
