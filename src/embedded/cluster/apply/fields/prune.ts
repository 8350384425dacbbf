import { isObject, type JsonObject } from '../json.js';
import { memberType } from '../schema.js';
import { ANY, type ListNode, type TypeNode } from '../schema/type-node.js';
import { difference, type FieldSet, intersection, isMember, isSubset, nodeOf, SELF, union } from './field-set.js';
import { ownedFields } from './owned-fields.js';
import { fieldElement, itemElement } from './path-element.js';

/**
 * Takes out of a merged object what its applier owned before (`last`) and neither it nor anybody else owns now
 * (`owned`). What was never owned goes together with the item or struct around it.
 */
export function prune(type: TypeNode, merged: JsonObject, last: FieldSet, owned: FieldSet): JsonObject {
  if (isSubset(last, owned)) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(type, set);
  const all = named(ownedFields(type, merged));
  const bare = removeFields(type, merged, named(last));
  const unowned = difference(all, union(named(ownedFields(type, bare)), named(owned)));
  const kept = removeFields(type, merged, unowned);
  const gone = difference(all, named(ownedFields(type, kept)));
  return removeFields(type, merged, intersection(gone, named(last)));
}

/** The set with every declared field on the way to a path as a path of its own, so that emptied structs go too. */
function withNamedFields(type: TypeNode, set: FieldSet): FieldSet {
  const next: Record<string, FieldSet> = {};
  for (const element in set) {
    const below = set[element];
    if (below === undefined || element === SELF) continue;
    const named = element.startsWith('f:') && type.is !== 'map';
    const inner = typeBelow(type, element);
    const node = nodeOf(named || isMember(below), withNamedFields(inner, below));
    if (node !== undefined) next[element] = node;
  }
  return next;
}

function typeBelow(type: TypeNode, element: string): TypeNode {
  if (type.is === 'list') return type.element;
  return memberType(type, element.slice(2)) ?? ANY;
}

/** The object without the paths of the set; objects and lists that lose all they have become null. */
function removeFields(type: TypeNode, object: JsonObject, set: FieldSet): JsonObject {
  const result = removeMembers(type, object, set);
  return result ?? {};
}

function removeMembers(type: TypeNode, object: JsonObject, set: FieldSet): JsonObject | null {
  const next: JsonObject = {};
  let count = 0;
  for (const member in object) {
    const value = object[member];
    const below = set[fieldElement(member)];
    if (value === undefined || isMember(below)) continue;
    next[member] = below === undefined ? value : removeBelow(memberType(type, member) ?? ANY, value, below);
    count += 1;
  }
  return count === 0 ? null : next;
}

function removeBelow(type: TypeNode, value: unknown, set: FieldSet): unknown {
  if (Array.isArray(value)) return type.is === 'list' ? removeItems(type, value, set) : value;
  return isObject(value) && Object.keys(value).length > 0 ? removeMembers(type, value, set) : value;
}

function removeItems(list: ListNode, items: readonly unknown[], set: FieldSet): unknown {
  const next: unknown[] = [];
  for (const item of items) {
    const below = set[itemElement(list, item) ?? ''];
    if (isMember(below)) continue;
    next.push(below === undefined ? item : removeBelow(list.element, item, below));
  }
  return next.length === 0 ? null : next;
}
