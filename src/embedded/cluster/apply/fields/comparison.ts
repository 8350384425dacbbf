import { isEmptyObject, isObject, type JsonObject, sameJson } from '../json.js';
import { memberType } from '../schema.js';
import { ANY, type ListNode, type TypeNode } from '../schema/type-node.js';
import { type FieldSet, NO_FIELDS, nodeOf } from './field-set.js';
import { fieldElement, itemElement, type PathElement } from './path-element.js';

/** How one object differs from another: the paths that are new or have another value, and the paths that are gone. */
export interface Comparison {
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

const NO_DIFFERENCE: Comparison = { changed: NO_FIELDS, removed: NO_FIELDS };

/** Undefined stands for an absent node, as in a field set. */
interface Difference {
  readonly changed: FieldSet | undefined;
  readonly removed: FieldSet | undefined;
}

const CHANGED: Difference = { changed: NO_FIELDS, removed: undefined };
const REMOVED: Difference = { changed: undefined, removed: NO_FIELDS };

/** Compares two objects of a type. Parts that both share are not walked, so a small change costs little. */
export function compare(type: TypeNode, before: JsonObject, after: JsonObject): Comparison {
  if (before === after) return NO_DIFFERENCE;
  const collected = new Collected();
  compareMembers(type, before, after, collected);
  return { changed: collected.changed ?? NO_FIELDS, removed: collected.removed ?? NO_FIELDS };
}

/** Gathers what differs below one node. */
class Collected {
  changed: Record<PathElement, FieldSet> | undefined;
  removed: Record<PathElement, FieldSet> | undefined;

  add(element: PathElement, difference: Difference | undefined): void {
    if (difference === undefined) return;
    if (difference.changed !== undefined) (this.changed ??= {})[element] = difference.changed;
    if (difference.removed !== undefined) (this.removed ??= {})[element] = difference.removed;
  }

  /** The node above: new or gone itself when it stands on one side only. */
  node(isNew: boolean, isGone: boolean): Difference | undefined {
    const changed = nodeOf(isNew, this.changed);
    const removed = nodeOf(isGone, this.removed);
    return changed === undefined && removed === undefined ? undefined : { changed, removed };
  }
}

function compareMembers(
  type: TypeNode,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
  into: Collected,
): void {
  for (const member in after) {
    const left = before?.[member];
    const right = after[member];
    if (left !== right) compareMember(type, member, left ?? zeroOf(type, member, before), right, into);
  }
  for (const member in before) {
    const left = before[member];
    if (left === undefined || after?.[member] !== undefined) continue;
    compareMember(type, member, left, zeroOf(type, member, after), into);
  }
}

function compareMember(type: TypeNode, member: string, before: unknown, after: unknown, into: Collected): void {
  into.add(fieldElement(member), compareValues(memberType(type, member) ?? ANY, before, after));
}

const EMPTY: JsonObject = Object.freeze({});

/**
 * What a missing member of an object counts as. The API server keeps some structs and lists even when they are empty, so
 * that whoever fills one owns what is in it, but not the thing itself: `.spec.replicas`, never `.spec`.
 */
function zeroOf(type: TypeNode, member: string, parent: JsonObject | undefined): unknown {
  if (parent === undefined || type.is !== 'struct') return undefined;
  const field = type.field(member);
  if (field === undefined) return undefined;
  if (field.always) return EMPTY;
  return field.type.is === 'list' && !field.omitsZero ? null : undefined;
}

function compareValues(type: TypeNode, before: unknown, after: unknown): Difference | undefined {
  if (before === after) return undefined;
  if (isGranularObject(type, before, after)) return compareObjects(type, before, after);
  if (type.is === 'list' && type.merge !== 'atomic' && isGranularList(before, after)) {
    return compareLists(type, before, after);
  }
  if (before === undefined) return CHANGED;
  if (after === undefined) return REMOVED;
  return sameJson(before, after) ? undefined : CHANGED;
}

/** Two objects, or one of them and nothing, with at least one member between them; empty ones count as scalars. */
function isGranularObject(type: TypeNode, before: unknown, after: unknown): boolean {
  if (type.is === 'scalar' || type.is === 'list' || (type.is !== 'any' && type.atomic)) return false;
  if (!isObjectOrNothing(before) || !isObjectOrNothing(after)) return false;
  return hasMembers(before) || hasMembers(after);
}

function isObjectOrNothing(value: unknown): boolean {
  return value === undefined || value === null || isObject(value);
}

function hasMembers(value: unknown): boolean {
  return isObject(value) && !isEmptyObject(value);
}

function isGranularList(before: unknown, after: unknown): boolean {
  const items = [before, after].map((side) => (Array.isArray(side) ? side.length : (side ?? null) === null ? 0 : -1));
  return items.every((count) => count >= 0) && items.some((count) => count > 0);
}

function compareObjects(type: TypeNode, before: unknown, after: unknown): Difference | undefined {
  const collected = new Collected();
  const left = isObject(before) ? before : undefined;
  const right = isObject(after) ? after : undefined;
  compareMembers(type, left, right, collected);
  return collected.node(before === undefined, after === undefined);
}

function compareLists(list: ListNode, before: unknown, after: unknown): Difference | undefined {
  const collected = new Collected();
  const left = indexItems(list, before);
  const right = indexItems(list, after);
  for (const [element, items] of right) {
    compareItems(list, element, left.get(element) ?? [], items, collected);
  }
  for (const [element, items] of left) {
    if (!right.has(element)) compareItems(list, element, items, [], collected);
  }
  return collected.node(before === undefined, after === undefined);
}

/** Items by their step; a list that came in by an update may name an item twice. */
function indexItems(list: ListNode, items: unknown): Map<PathElement, unknown[]> {
  const index = new Map<PathElement, unknown[]>();
  if (!Array.isArray(items)) return index;
  for (const item of items) {
    const element = itemElement(list, item);
    if (element === undefined) continue;
    const same = index.get(element);
    if (same === undefined) index.set(element, [item]);
    else same.push(item);
  }
  return index;
}

/** Items that share a step are compared as one atomic value: nobody could say which of them is meant. */
function compareItems(
  list: ListNode,
  element: PathElement,
  before: readonly unknown[],
  after: readonly unknown[],
  into: Collected,
): void {
  if (before.length <= 1 && after.length <= 1) {
    into.add(element, compareItem(list.element, before[0], after[0]));
  } else if (before.length >= 2 && after.length >= 2) {
    if (!sameJson(before, after)) into.add(element, CHANGED);
  } else {
    const fewer = before.length >= 2 ? compareItem(list.element, undefined, after[0]) : undefined;
    const more = before.length >= 2 ? undefined : compareItem(list.element, before[0], undefined);
    const mark = before.length >= 2 ? REMOVED : CHANGED;
    into.add(element, { changed: (fewer ?? mark).changed, removed: (more ?? mark).removed });
  }
}

function compareItem(type: TypeNode, before: unknown, after: unknown): Difference | undefined {
  return before === undefined && after === undefined ? undefined : compareValues(type, before, after);
}
