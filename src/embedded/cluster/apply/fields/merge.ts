import { isObject, type JsonObject } from '../json.js';
import { memberType } from '../schema.js';
import { ANY, type ListNode, type TypeNode } from '../schema/type-node.js';
import { itemElement, type PathElement } from './path-element.js';

/** The live object with the applied one laid over it: members and keyed items are merged, all else is replaced. */
export function mergeApplied(type: TypeNode, live: JsonObject, applied: JsonObject): JsonObject {
  return mergeMembers(type, live, applied);
}

function mergeMembers(type: TypeNode, live: JsonObject, applied: JsonObject): JsonObject {
  let merged: JsonObject | undefined;
  for (const member in applied) {
    const value = applied[member];
    const before = live[member];
    if (value === undefined) continue;
    const after = mergeValues(memberType(type, member) ?? ANY, before, value);
    if (after !== before) (merged ??= { ...live })[member] = after;
  }
  return merged ?? live;
}

function mergeValues(type: TypeNode, live: unknown, applied: unknown): unknown {
  if (live === applied || live === undefined || type.is === 'scalar') return applied;
  if (type.is === 'list') return mergeListValues(type, live, applied);
  if (type.is !== 'any' && type.atomic) return applied;
  if (!isObject(live)) return applied;
  // A null object says "mine, and empty", but takes nothing away from others.
  if (applied === null) return Object.keys(live).length === 0 ? null : live;
  return isObject(applied) ? mergeMembers(type, live, applied) : applied;
}

function mergeListValues(list: ListNode, live: unknown, applied: unknown): unknown {
  if (list.merge === 'atomic' || !Array.isArray(live) || live.length === 0) return applied;
  if (applied === null) return live;
  return Array.isArray(applied) ? mergeItems(list, live, applied) : applied;
}

interface Item {
  element: PathElement;
  value: unknown;
}

function itemsOf(list: ListNode, values: readonly unknown[]): Item[] {
  return values.map((value, index) => ({ element: itemElement(list, value) ?? `i:${index}`, value }));
}

/**
 * Applied items come in the applied order; live items that are not applied stay where they stood between the shared
 * ones. An item that is live twice is not merged, the applied one takes the place of both.
 */
function mergeItems(list: ListNode, live: readonly unknown[], applied: readonly unknown[]): unknown {
  const before = itemsOf(list, live);
  const after = itemsOf(list, applied);
  const wanted = new Set(after.map(({ element }) => element));
  const known = new Map<PathElement, unknown>();
  for (const { element, value } of before) known.set(element, known.has(element) ? undefined : value);
  const shared = after.filter(({ element }) => known.has(element)).map(({ element }) => element);
  const merged: unknown[] = [];
  let at = 0;
  let next = 0;
  const keepUntil = (element: PathElement | undefined): void => {
    for (; at < before.length; at += 1) {
      const item = before[at];
      if (item === undefined || item.element === element) return;
      if (!wanted.has(item.element)) merged.push(item.value);
    }
  };
  for (const { element, value } of after) {
    keepUntil(shared[next]);
    merged.push(known.has(element) ? mergeValues(list.element, known.get(element), value) : value);
    if (element !== shared[next]) continue;
    next += 1;
    if (before[at]?.element === element) at += 1;
  }
  keepUntil(undefined);
  const same = merged.length === live.length && merged.every((item, index) => item === live[index]);
  return same ? live : merged;
}
