import { badRequest, StatusError } from '../../store/status-error.js';
import { isObject, type JsonObject, sameJson } from '../json.js';

/** Why an operation does not apply; the API server keeps the reason to itself. */
class Inapplicable extends Error {}

/**
 * Applies a JSON patch (RFC 6902). Everything the patch does not touch is shared with the document, which a library that
 * changes a deep copy would not do, and which makes tracking the change cheap. Throws StatusError 400 for what is no
 * patch, 422 for one that does not apply: a missing path, or a failed test.
 */
export function jsonPatch(document: JsonObject, patch: unknown): JsonObject {
  if (!Array.isArray(patch)) throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  let result: unknown = document;
  for (const operation of patch) {
    if (!isObject(operation)) throw badRequest('json: cannot unmarshal into Go value of type jsonpatch.Operation');
    result = applyOrRefuse(result, operation);
  }
  if (!isObject(result)) throw refusal();
  return result;
}

function applyOrRefuse(document: unknown, operation: JsonObject): unknown {
  try {
    return applyOperation(document, operation);
  } catch (error) {
    if (error instanceof Inapplicable) throw refusal();
    throw error;
  }
}

function refusal(): StatusError {
  return new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

function applyOperation(document: unknown, operation: JsonObject): unknown {
  const { op, value } = operation;
  const path = pointer(operation['path']);
  switch (op) {
    case 'add':
      return change(document, path, (parent, key) => added(parent, key, value));
    case 'remove':
      return change(document, path, removed);
    case 'replace':
      if (path.length === 0) return value;
      return change(document, path, (parent, key) => replaced(parent, key, value));
    case 'move': {
      const from = pointer(operation['from']);
      const moved = valueAtPointer(document, from);
      return change(change(document, from, removed), path, (parent, key) => added(parent, key, moved));
    }
    case 'copy': {
      const copied = valueAtPointer(document, pointer(operation['from']));
      return change(document, path, (parent, key) => added(parent, key, copied));
    }
    case 'test':
      if (sameJson(tested(document, path), value ?? null)) return document;
      throw new Inapplicable(`testing path ${String(operation['path'])} failed`);
    default:
      throw new Inapplicable(`unexpected kind: ${String(op)}`);
  }
}

/** A missing member tests as null. */
function tested(document: unknown, path: readonly string[]): unknown {
  const parent = valueAtPointer(document, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined) return document;
  return isObject(parent) ? (parent[last] ?? null) : valueAtPointer(parent, [last]);
}

function pointer(text: unknown): string[] {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) throw new Inapplicable('no JSON pointer');
  if (text === '') return [];
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAtPointer(document: unknown, path: readonly string[]): unknown {
  let current = document;
  for (const token of path) {
    current = memberAt(current, token);
    if (current === undefined) throw new Inapplicable(`missing path: ${path.join('/')}`);
  }
  return current;
}

function memberAt(parent: unknown, token: string): unknown {
  if (isObject(parent)) return parent[token];
  return Array.isArray(parent) ? parent[index(token, parent.length - 1)] : undefined;
}

type Change = (parent: JsonObject | readonly unknown[], key: string) => unknown;

/** A new document in which the parent of the path is changed. */
function change(document: unknown, path: readonly string[], make: Change): unknown {
  const [token, ...rest] = path;
  if (token === undefined || (!isObject(document) && !Array.isArray(document))) throw new Inapplicable('missing path');
  if (rest.length === 0) return make(document, token);
  const inner = valueAtPointer(document, [token]);
  return replaced(document, token, change(inner, rest, make));
}

function added(parent: JsonObject | readonly unknown[], key: string, value: unknown): unknown {
  if (value === undefined) throw new Inapplicable('missing value');
  if (!isList(parent)) return { ...parent, [key]: value };
  return parent.toSpliced(key === '-' ? parent.length : index(key, parent.length), 0, value);
}

function removed(parent: JsonObject | readonly unknown[], key: string): unknown {
  if (isList(parent)) return parent.toSpliced(index(key, parent.length - 1), 1);
  if (parent[key] === undefined) throw new Inapplicable(`missing member: ${key}`);
  const { [key]: _, ...rest } = parent;
  return rest;
}

function replaced(parent: JsonObject | readonly unknown[], key: string, value: unknown): unknown {
  if (value === undefined) throw new Inapplicable('missing value');
  if (isList(parent)) return parent.with(index(key, parent.length - 1), value);
  if (parent[key] === undefined) throw new Inapplicable(`missing member: ${key}`);
  return { ...parent, [key]: value };
}

function isList(value: JsonObject | readonly unknown[]): value is readonly unknown[] {
  return Array.isArray(value);
}

function index(token: string, highest: number): number {
  const position = /^(0|[1-9]\d*)$/.test(token) ? Number(token) : Number.NaN;
  if (!(position <= highest)) throw new Inapplicable(`no such item: ${token}`);
  return position;
}
