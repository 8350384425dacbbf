import { typeOfModel } from './schema/model-types.js';
import { StructType } from './schema/struct-type.js';
import { ANY, type FieldNode, type TypeNode } from './schema/type-node.js';

/** Kinds whose generated model is not `<Version><Kind>`. */
const MODEL_NAMES: Readonly<Record<string, string>> = {
  'v1/Event': 'CoreV1Event',
  'events.k8s.io/v1/Event': 'EventsV1Event',
  'authentication.k8s.io/v1/TokenRequest': 'AuthenticationV1TokenRequest',
};

const BUILTIN_GROUPS: ReadonlySet<string> = new Set(['', 'apps', 'autoscaling', 'batch', 'policy']);

const types = new Map<string, StructType>();

/** The group and version of an apiVersion: `apps/v1` is apps and v1, `v1` is the empty group and v1. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return { group: slash < 0 ? '' : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/**
 * The type of a kind. A builtin kind has all its fields; any other (a custom resource) has typed metadata and
 * leaves the rest open, where maps merge member by member and lists are replaced.
 */
export function typeOf(apiVersion: string, kind: string): StructType {
  const id = `${apiVersion}/${kind}`;
  const known = types.get(id);
  if (known !== undefined) return known;
  const type = builtinType(apiVersion, kind) ?? openType(kind);
  types.set(id, type);
  return type;
}

/** True when every field of the kind is known, so that a field outside the schema is a fault. */
export function isBuiltin(apiVersion: string, kind: string): boolean {
  return builtinType(apiVersion, kind) !== undefined;
}

function builtinType(apiVersion: string, kind: string): StructType | undefined {
  const { group, version } = splitApiVersion(apiVersion);
  if (!BUILTIN_GROUPS.has(group) && !group.endsWith('.k8s.io')) return undefined;
  const model = MODEL_NAMES[`${apiVersion}/${kind}`] ?? `${version.charAt(0).toUpperCase()}${version.slice(1)}${kind}`;
  return typeOfModel(model);
}

function openField(type: TypeNode, always = false): FieldNode {
  return { type, always, omitsZero: false };
}

function openType(kind: string): StructType {
  const metadata = typeOfModel('V1ObjectMeta') ?? ANY;
  const text: TypeNode = { is: 'scalar', scalar: 'string' };
  return new StructType(
    kind,
    { open: true },
    () =>
      new Map([
        ['apiVersion', openField(text)],
        ['kind', openField(text)],
        ['metadata', openField(metadata, true)],
      ]),
  );
}

/** The type of a member of a struct or map; below an open type everything is open. Undefined: not declared. */
export function memberType(type: TypeNode, member: string): TypeNode | undefined {
  if (type.is === 'map') return type.element;
  if (type.is === 'struct') return type.field(member)?.type ?? (type.open ? ANY : undefined);
  return type.is === 'any' ? ANY : undefined;
}
