import { isEmptyObject, isObject, type JsonObject } from '../json.js';
import { canonicalQuantity } from '../quantity.js';
import type { FieldNode, StructNode, TypeNode } from './type-node.js';

/**
 * The object as the API server gives it back: nulls, empty lists and maps, empty texts and zeros that say nothing are
 * left out, quantities are written in their canonical form, undeclared fields are dropped. Shares what does not change.
 */
export function storedForm(type: StructNode, object: JsonObject): JsonObject {
  return storedStruct(type, object);
}

function storedStruct(type: StructNode, object: JsonObject): JsonObject {
  let stored: JsonObject | undefined;
  for (const member in object) {
    const field = type.field(member);
    const value = object[member];
    const next = field === undefined ? storedOpen(type, value) : storedField(field, value);
    if (next === value) continue;
    stored ??= { ...object };
    if (next === undefined) delete stored[member];
    else stored[member] = next;
  }
  return stored ?? object;
}

function storedOpen(type: StructNode, value: unknown): unknown {
  return type.open ? value : undefined;
}

function storedField({ type, omitsZero }: FieldNode, value: unknown): unknown {
  if (value === null) return undefined;
  const stored = storedValue(type, value);
  return omitsZero && isZero(stored) ? undefined : stored;
}

function isZero(value: unknown): boolean {
  if (value === '' || value === 0 || value === false) return true;
  return Array.isArray(value) ? value.length === 0 : isEmptyObject(value);
}

function storedValue(type: TypeNode, value: unknown): unknown {
  switch (type.is) {
    case 'any':
      return value;
    case 'scalar':
      return type.scalar === 'quantity' ? storedQuantity(value) : value;
    case 'list':
      return Array.isArray(value) ? storedItems(type.element, value) : value;
    case 'map':
      return isObject(value) ? storedMembers(type.element, value) : value;
    case 'struct':
      break;
  }
  return isObject(value) ? storedStruct(type, value) : value;
}

function storedQuantity(value: unknown): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  return canonicalQuantity(String(value)) ?? value;
}

function storedItems(type: TypeNode, items: unknown[]): unknown[] {
  const stored = items.map((item) => storedValue(type, item));
  return stored.every((item, index) => item === items[index]) ? items : stored;
}

/** A null in a map of texts reads as the empty text, as it does in Go. */
function storedMembers(type: TypeNode, object: JsonObject): JsonObject {
  let stored: JsonObject | undefined;
  for (const member in object) {
    const value = object[member];
    const next = value === null && type.is === 'scalar' && type.scalar === 'string' ? '' : storedValue(type, value);
    if (next === value) continue;
    stored ??= { ...object };
    stored[member] = next;
  }
  return stored ?? object;
}
