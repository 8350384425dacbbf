import * as client from '@kubernetes/client-node';

import { DROPPED_ZEROS, KEPT_EMPTY, KEPT_TEXTS, QUANTITY_FIELDS, VALUE_STRUCTS } from './field-facts.js';
import {
  ATOMIC_MAPS,
  ATOMIC_STRUCTS,
  GRANULAR_FIELDS,
  KEY_DEFAULTS,
  LISTS,
  REPLACED_STRUCTS,
  RETAINED_STRUCTS,
} from './merge-metadata.js';
import { ANY, type FieldNode, type ListNode, type ScalarNode, type ScalarType, type TypeNode } from './type-node.js';
import { StructType } from './struct-type.js';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

interface Model {
  getAttributeTypeMap(): readonly Attribute[];
}

const MODELS: Readonly<Record<string, unknown>> = client;

function isModel(value: unknown): value is Model {
  return typeof value === 'function' && 'getAttributeTypeMap' in value;
}

const SCALARS: Readonly<Record<string, ScalarType>> = {
  string: 'string',
  boolean: 'boolean',
  number: 'float',
  Date: 'time',
  IntOrString: 'intOrString',
};

const FORMATS: Readonly<Record<string, ScalarType>> = {
  int32: 'int32',
  int64: 'int64',
  byte: 'bytes',
  'date-time-micro': 'microTime',
  'int-or-string': 'intOrString',
};

const scalars = new Map<ScalarType, ScalarNode>();
const structs = new Map<string, StructType>();

/** The type that a generated model of the client describes (`V1Deployment`), or undefined when there is no such model. */
export function typeOfModel(model: string): StructType | undefined {
  const known = structs.get(model);
  if (known !== undefined) return known;
  const described = MODELS[model];
  if (!isModel(described)) return undefined;
  const name = kindOfModel(model);
  const atomic = ATOMIC_STRUCTS.has(name) || model === 'V1CrossVersionObjectReference';
  const type = new StructType(name, { atomic }, () => fieldsOf(name, described.getAttributeTypeMap()));
  structs.set(model, type);
  return type;
}

/** `Container` for V1Container, `CoreEvent` for CoreV1Event. Other groups' prefixes do not tell types apart here. */
function kindOfModel(model: string): string {
  const name = model.replace(/^[A-Z]?[a-z]*V\d+((alpha|beta)\d+)?/, '');
  return model === 'CoreV1Event' ? 'CoreEvent' : name;
}

function fieldsOf(struct: string, attributes: readonly Attribute[]): Map<string, FieldNode> {
  return new Map(attributes.map((attribute) => [attribute.baseName, fieldOf(struct, attribute)]));
}

function fieldOf(struct: string, { baseName, type: text, format }: Attribute): FieldNode {
  const path = `${struct}.${baseName}`;
  const type = parseType(text, path, format);
  return { type, omitsZero: omitsZero(type, path), always: isAlways(type, struct, baseName) };
}

function isAlways(type: TypeNode, struct: string, field: string): boolean {
  if (type.is !== 'struct') return false;
  return field === 'metadata' || field === 'spec' || field === 'status' || VALUE_STRUCTS.has(`${struct}.${field}`);
}

function omitsZero(type: TypeNode, path: string): boolean {
  if (type.is === 'list' || type.is === 'map') return !KEPT_EMPTY.has(path);
  if (type.is !== 'scalar') return false;
  return type.scalar === 'string' ? !KEPT_TEXTS.has(path) : DROPPED_ZEROS.has(path);
}

/** Reads the generator's type texts: `Array<V1Container>`, `{ [key: string]: string; }`, `Date`. */
function parseType(text: string, path: string, format: string): TypeNode {
  const list = /^Array<(.*)>$/.exec(text);
  if (list?.[1] !== undefined) return listOf(parseType(list[1], `${path}[]`, format), path);
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(text);
  if (map?.[1] !== undefined) {
    const element = QUANTITY_FIELDS.has(path) ? scalar('quantity') : parseType(map[1], `${path}[]`, format);
    return { is: 'map', element, atomic: ATOMIC_MAPS.has(path) };
  }
  if (QUANTITY_FIELDS.has(path)) return scalar('quantity');
  const named = FORMATS[format] ?? SCALARS[text];
  if (named !== undefined) return scalar(named);
  return structOf(text, path);
}

function structOf(model: string, path: string): TypeNode {
  const struct = typeOfModel(model);
  if (struct === undefined) return ANY;
  if (GRANULAR_FIELDS.has(path)) return struct.variant({ atomic: false });
  if (RETAINED_STRUCTS.has(path)) return struct.variant({ retainKeys: true });
  return REPLACED_STRUCTS.has(path) ? struct.variant({ replace: true }) : struct;
}

function scalar(type: ScalarType): ScalarNode {
  const known = scalars.get(type);
  if (known !== undefined) return known;
  const node: ScalarNode = { is: 'scalar', scalar: type };
  scalars.set(type, node);
  return node;
}

function listOf(element: TypeNode, path: string): ListNode {
  const [struct = '', field = ''] = path.split('.');
  const metadata = LISTS[struct]?.[field] ?? { merge: 'atomic' };
  const keys = metadata.keys ?? [];
  return {
    is: 'list',
    element,
    merge: metadata.merge,
    keys,
    keyDefaults: Object.fromEntries(
      keys.flatMap((key) => (KEY_DEFAULTS[key] === undefined ? [] : [[key, KEY_DEFAULTS[key]]])),
    ),
    patch: {
      merge: metadata.patchMerge === true,
      retainKeys: metadata.retainKeys === true,
      ...(metadata.patchKey === undefined ? {} : { key: metadata.patchKey }),
    },
  };
}
