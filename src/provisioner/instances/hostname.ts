import { dnsNameFaults } from '../../platform/dns-name.js';
import type { BlueprintSpec } from '../blueprints/blueprint.js';
import { mergeValues } from './instance-values.js';
import { type JsonObject, type JsonValue, keysOf, valueAtPointer, withPointer } from './json-pointer.js';

/** The host that an instance is reached at, in lower case, when its blueprint says where hosts stand; undefined when it has none. */
export function hostOf(
  blueprint: BlueprintSpec,
  merged: JsonObject,
  tenantSlug: string,
  instanceName: string,
): string | undefined {
  const template = blueprint.hostname?.template;
  return (
    askedHost(blueprint, merged) ?? template?.replaceAll('{tenant}', tenantSlug).replaceAll('{instance}', instanceName)
  );
}

/** What is wrong with a host, and what made it: the value that was asked for, or the template of the blueprint. */
export interface HostFault {
  readonly madeBy: 'value' | 'template';
  readonly message: string;
}

/** What keeps the host of an instance from being a DNS name; none where it has no host. */
export function hostFaults(
  blueprint: BlueprintSpec,
  merged: JsonObject,
  tenantSlug: string,
  instanceName: string,
): HostFault[] {
  const host = hostOf(blueprint, merged, tenantSlug, instanceName);
  const madeBy = askedHost(blueprint, merged) === undefined ? 'template' : 'value';
  return host === undefined ? [] : dnsNameFaults(host).map((message) => ({ madeBy, message }));
}

function askedHost(blueprint: BlueprintSpec, merged: JsonObject): string | undefined {
  if (blueprint.hostname === undefined) return undefined;
  const asked = valueAtPointer(merged, blueprint.hostname.value);
  if (typeof asked !== 'string' || asked === '') return undefined;
  // ASCII alone: letters of other scripts may have one of ours as their lower case, and pass for it.
  return asked.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
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
