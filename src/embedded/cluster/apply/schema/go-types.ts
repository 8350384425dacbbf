import { isObject } from '../json.js';
import type { ScalarType, TypeNode } from './type-node.js';

const GO_SCALARS: Readonly<Record<ScalarType, string>> = {
  string: 'string',
  int32: 'int32',
  int64: 'int64',
  float: 'float64',
  boolean: 'bool',
  time: 'string',
  microTime: 'string',
  bytes: '[]uint8',
  quantity: 'resource.Quantity',
  intOrString: 'int32',
};

/** The Go type that messages name: `int32`, `[]v1.Container`, `map[string]string`. */
export function goTypeOf(type: TypeNode): string {
  switch (type.is) {
    case 'scalar':
      return GO_SCALARS[type.scalar];
    case 'list':
      return `[]${goTypeOf(type.element)}`;
    case 'map':
      return `map[string]${goTypeOf(type.element)}`;
    case 'any':
      return 'runtime.RawExtension';
    case 'struct':
      break;
  }
  return `v1.${type.name}`;
}

/** How Go names a JSON value in a message; a number that does not fit an integer is quoted. */
export function kindOfJson(expected: TypeNode, value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  const wantsInteger = expected.is === 'scalar' && ['int32', 'int64', 'intOrString'].includes(expected.scalar);
  return wantsInteger ? `number ${JSON.stringify(value)}` : 'number';
}

/** How the conversion of an untyped object words a value that does not fit. */
export function unstructuredFault(expected: TypeNode, value: unknown): string {
  const kind = goKindOf(value);
  if (expected.is === 'map') return `cannot restore map from ${kind}`;
  if (expected.is === 'list') return `cannot restore slice from ${kind}`;
  if (expected.is === 'struct') return `cannot restore struct from: ${kind}`;
  const wanted = goTypeOf(expected);
  const convertible = (kind === 'int64' && wanted === 'string') || (kind === 'float64' && wanted.startsWith('int'));
  return convertible ? `cannot convert ${kind} to ${wanted}` : `unrecognized type: ${wanted}`;
}

function goKindOf(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  if (isObject(value)) return 'map';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}
