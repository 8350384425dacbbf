import type { BlueprintSpec } from '../blueprints/blueprint.js';
import { mergeValues } from './instance-values.js';
import { type JsonObject, type JsonValue, keysOf, valueAtPointer, withPointer } from './json-pointer.js';

/** The host that an instance is reached at, when its blueprint says where hosts stand; undefined when it has none. */
export function hostOf(
  blueprint: BlueprintSpec,
  merged: JsonObject,
  tenantSlug: string,
  instanceName: string,
): string | undefined {
  if (blueprint.hostname === undefined) return undefined;
  const asked = valueAtPointer(merged, blueprint.hostname.value);
  if (typeof asked === 'string' && asked !== '') return asked.toLowerCase();
  return blueprint.hostname.template?.replaceAll('{tenant}', tenantSlug).replaceAll('{instance}', instanceName);
}

/** The values with the instance's host where the chart reads it. */
export function withHost(blueprint: BlueprintSpec, values: JsonObject, host: string | undefined): JsonObject {
  if (blueprint.hostname === undefined || host === undefined) return values;
  const pointer = blueprint.hostname.value;
  const placed = withPointer(values, pointer, host);
  // Where the values leave out what the host stands in, it is made.
  return valueAtPointer(placed, pointer) === host ? placed : mergeValues(values, nested(pointer, host));
}

function nested(pointer: string, value: JsonValue): JsonObject {
  const [first = '', ...below] = keysOf(pointer);
  return { [first]: below.reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), value) };
}
