import protobuf from 'protobufjs';

import { MESSAGES } from './messages.js';

/** One member of a message, as the table says it. */
export interface Member {
  name: string;
  type: string;
  repeated: boolean;
  map: boolean;
  /** a zero value is said on purpose */
  pointer: boolean;
}

const SCALARS: ReadonlySet<string> = new Set(['string', 'bytes', 'bool', 'int32', 'int64']);

function parseMember(text: string): Member & { id: number } {
  const match = /^(\w+):(\d+):(map:)?(\w+)(\[\])?(\?)?$/.exec(text);
  if (match === null) throw new Error(`malformed member: ${text}`);
  const [, name = '', id, map, type = '', repeated, pointer] = match;
  return {
    name,
    id: Number(id),
    type,
    map: map !== undefined,
    repeated: repeated !== undefined,
    pointer: pointer !== undefined,
  };
}

interface Schema {
  types: ReadonlyMap<string, protobuf.Type>;
  members: ReadonlyMap<string, readonly Member[]>;
}

let schema: Schema | undefined;

/** The reflection types of all messages, built when the first protobuf body comes. */
export function protobufSchema(): Schema {
  schema ??= build();
  return schema;
}

function build(): Schema {
  const root = new protobuf.Root();
  const types = new Map<string, protobuf.Type>();
  const members = new Map<string, readonly Member[]>();
  for (const [name, table] of Object.entries(MESSAGES)) {
    const type = new protobuf.Type(name);
    const parsed = table === '' ? [] : table.split(' ').map(parseMember);
    for (const member of parsed) type.add(fieldOf(member));
    root.add(type);
    types.set(name, type);
    members.set(name, parsed);
  }
  root.resolveAll();
  return { types, members };
}

function fieldOf({ name, id, type, map, repeated }: Member & { id: number }): protobuf.FieldBase {
  if (map) return new protobuf.MapField(name, id, 'string', type);
  return new protobuf.Field(name, id, type, repeated ? 'repeated' : 'optional');
}

/** Whether a type is a plain value rather than a message. */
export function isScalar(type: string): boolean {
  return SCALARS.has(type);
}
