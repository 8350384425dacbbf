import { fieldElement, itemElement, printElement, type PathElement } from './fields/path-element.js';
import { goSyntax, goValue } from './go-value.js';
import { isObject, type JsonObject, textAt } from './json.js';
import { memberType, splitApiVersion } from './schema.js';
import { decodingFaults } from './schema/decoding.js';
import type { ListNode, ScalarType, StructNode, TypeNode } from './schema/type-node.js';

interface PatchFault {
  path: string;
  message: string;
}

/** Why an applied object does not fit its type, worded as the API server words it; undefined when it fits. */
export function typedPatchFault(type: TypeNode, applied: JsonObject): string | undefined {
  const faults = memberFaults(type, applied);
  const [first] = faults;
  if (first === undefined) return undefined;
  const texts = faults.map(({ path, message }) => `${path}: ${message}`);
  const text = texts.length === 1 ? texts[0] : ['errors:', ...texts.map((line) => `  ${line}`)].join('\n');
  return `failed to create typed patch object (${aboutObject(applied)}): ${text}`;
}

/** Why an applied object that fits its type is none of its kind all the same: a quantity or base64 that is not one. */
export function conversionFault(type: StructNode, applied: JsonObject): string | undefined {
  const fault = decodingFaults(type, applied, 'unstructured').type;
  return fault && `failed to convert new typed object (${aboutObject(applied)}) to object: ${fault}`;
}

function aboutObject(object: JsonObject): string {
  const { group, version } = splitApiVersion(textAt(object, 'apiVersion') ?? '');
  const named = `${textAt(object, 'metadata', 'namespace') ?? ''}/${textAt(object, 'metadata', 'name') ?? ''}`;
  return `${named}; ${group}/${version}, Kind=${textAt(object, 'kind') ?? ''}`;
}

function memberFaults(type: TypeNode, object: JsonObject): PatchFault[] {
  const faults: PatchFault[] = [];
  for (const member in object) {
    const inner = memberType(type, member);
    const element = fieldElement(member);
    if (inner === undefined) {
      // The API server looks no further in an object with an undeclared field.
      faults.push({ path: printElement(element), message: 'field not declared in schema' });
      break;
    }
    addBelow(faults, element, valueFaults(inner, object[member]));
  }
  return faults;
}

function addBelow(faults: PatchFault[], element: PathElement, below: readonly PatchFault[]): void {
  for (const { path, message } of below) faults.push({ path: `${printElement(element)}${path}`, message });
}

const NO_FAULTS: readonly PatchFault[] = [];

function valueFaults(type: TypeNode, value: unknown): readonly PatchFault[] {
  if (value === null || value === undefined || type.is === 'any') return NO_FAULTS;
  if (type.is === 'scalar') {
    const message = scalarFault(type.scalar, value);
    return message === undefined ? NO_FAULTS : [{ path: '', message }];
  }
  if (type.is === 'list') {
    return Array.isArray(value)
      ? itemFaults(type, value)
      : [{ path: '', message: `expected list, got ${held(value)}` }];
  }
  return isObject(value) ? memberFaults(type, value) : [{ path: '', message: `expected map, got ${held(value)}` }];
}

function scalarFault(type: ScalarType, value: unknown): string | undefined {
  const is = typeof value;
  switch (type) {
    case 'int32':
    case 'int64':
    case 'float':
      return is === 'number' ? undefined : `expected numeric (int or float), got ${goType(value)}`;
    case 'boolean':
      return is === 'boolean' ? undefined : `expected boolean, got ${held(value)}`;
    case 'quantity':
    case 'intOrString':
      return is === 'object' ? `expected any scalar, got ${held(value)}` : undefined;
    case 'string':
    case 'time':
    case 'microTime':
    case 'bytes':
      break;
  }
  return is === 'string' ? undefined : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
}

function itemFaults(list: ListNode, items: readonly unknown[]): readonly PatchFault[] {
  const faults: PatchFault[] = [];
  const seen = new Set<PathElement>();
  for (const [index, item] of items.entries()) {
    let element: PathElement | undefined = `i:${index}`;
    if (list.merge !== 'atomic') {
      element = itemElement(list, item);
      if (element === undefined) {
        faults.push({ path: '', message: `element ${index}: ${unnamedItem(list, item)}` });
        return faults;
      }
      if (seen.has(element)) {
        faults.push({ path: '', message: `duplicate entries for key ${printElement(element)}` });
      }
      seen.add(element);
    }
    addBelow(faults, element, valueFaults(list.element, item));
  }
  return faults;
}

function unnamedItem(list: ListNode, item: unknown): string {
  if (list.merge === 'set') {
    if (item === null) return "associative list without keys has an element that's an explicit null";
    return "associative list without keys has an element that's a map type";
  }
  if (item === null) return 'associative list with keys may not have a null element';
  if (!isObject(item)) return 'associative list with keys may not have non-map elements';
  const keys = list.keys.map((key) => JSON.stringify(key)).join(' ');
  return `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`;
}

/** How Go's %v prints the holder of a value. */
function held(value: unknown): string {
  return `&{${goValue(value)}}`;
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : 'string';
}
