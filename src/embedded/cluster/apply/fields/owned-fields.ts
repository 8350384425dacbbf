import { isEmptyObject, isObject, type JsonObject } from '../json.js';
import { memberType } from '../schema.js';
import type { ListNode, TypeNode } from '../schema/type-node.js';
import { type FieldSet, NO_FIELDS, nodeOf, SELF } from './field-set.js';
import { fieldElement, itemElement } from './path-element.js';

/**
 * The paths that applying an object claims: every scalar and every atomic value, every item of a list that merges by
 * items, and every empty or null object. A struct that has members is not claimed itself.
 */
export function ownedFields(type: TypeNode, object: JsonObject): FieldSet {
  return memberFields(type, object);
}

function memberFields(type: TypeNode, object: JsonObject): FieldSet {
  const set: Record<string, FieldSet> = {};
  for (const member in object) {
    const value = object[member];
    if (value === undefined) continue;
    const inner = valueFields(memberType(type, member), value);
    const claimed = type.is === 'map' || value === null || isEmptyObject(value);
    const node = nodeOf(claimed || inner === NO_FIELDS, inner);
    if (node !== undefined) set[fieldElement(member)] = node;
  }
  return set;
}

/** What is claimed below a value; NO_FIELDS itself when the value is claimed as a whole. */
function valueFields(type: TypeNode | undefined, value: unknown): FieldSet | undefined {
  if (type === undefined || type.is === 'scalar') return NO_FIELDS;
  if (Array.isArray(value)) return type.is === 'list' && type.merge !== 'atomic' ? itemFields(type, value) : NO_FIELDS;
  if (!isObject(value)) return value === null ? undefined : NO_FIELDS;
  const atomic = (type.is === 'struct' || type.is === 'map') && type.atomic;
  return atomic ? NO_FIELDS : memberFields(type, value);
}

function itemFields(list: ListNode, items: readonly unknown[]): FieldSet | undefined {
  if (items.length === 0) return undefined;
  const set: Record<string, FieldSet> = {};
  for (const item of items) {
    const element = itemElement(list, item);
    if (element === undefined) continue;
    const inner = valueFields(list.element, item);
    set[element] = inner === undefined || inner === NO_FIELDS ? NO_FIELDS : { [SELF]: NO_FIELDS, ...inner };
  }
  return set;
}
