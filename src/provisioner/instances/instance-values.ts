import type { InputFault } from '../../platform/errors.js';
import { type JsonObject, type JsonValue, lastKey, valueAtPointer, withPointer } from './json-pointer.js';

/** What stands for a secret wherever values are stored or shown. Sent back by a client, it means: keep the secret you have. */
export const masked = '***';

/** The key under which Tenantry speaks to the chart; nobody else may set it. */
export const reservedKey = 'tenantry';

/** Secret values by the JSON pointer at which they stood. */
export type SecretValues = Readonly<Record<string, string>>;

export interface SeparatedValues {
  /** The values with every secret masked: what is stored and shown. */
  readonly open: JsonObject;
  readonly secrets: SecretValues;
  readonly faults: InputFault[];
}

/** Defaults overlaid with values: objects merge, everything else replaces, as helm merges values. */
export function mergeValues(defaults: JsonObject, values: JsonObject): JsonObject {
  const merged: JsonObject = { ...defaults };
  for (const [key, value] of Object.entries(values)) {
    const under = Object.hasOwn(merged, key) ? merged[key] : undefined;
    merged[key] = isObject(under) && isObject(value) ? mergeValues(under, value) : value;
  }
  return merged;
}

/**
 * Takes the secrets out of values.
 * @param pointers where secrets stand, from the blueprint's schema
 * @param known the secrets of the instance as it is, for those that come back masked
 */
export function separateSecrets(values: JsonObject, pointers: readonly string[], known: SecretValues): SeparatedValues {
  let open = values;
  const secrets: Record<string, string> = {};
  const faults: InputFault[] = [];
  const takenNames = new Set<string>();
  for (const pointer of pointers) {
    const value = valueAtPointer(values, pointer);
    if (value === undefined) continue;
    const secret = value === masked ? known[pointer] : value;
    const name = lastKey(pointer);
    if (typeof secret !== 'string') {
      faults.push({
        pointer,
        message: value === masked ? 'is masked, and there is no secret to keep' : 'a secret must be a string',
      });
    } else if (!/^[-._a-zA-Z0-9]{1,253}$/.test(name)) {
      faults.push({ pointer, message: 'a secret is named with letters, digits, dot, dash or underscore' });
    } else if (takenNames.has(name)) {
      faults.push({ pointer, message: `two secrets are called ${name}` });
    } else {
      takenNames.add(name);
      secrets[pointer] = secret;
      open = withPointer(open, pointer, masked);
    }
  }
  return { open, secrets, faults };
}

/** The values with known secrets in the place of their masks: what a schema can judge. Never stored, never shown. */
export function unmask(values: JsonObject, known: SecretValues): JsonObject {
  return Object.entries(known).reduce(
    (clear, [pointer, secret]) =>
      valueAtPointer(clear, pointer) === masked ? withPointer(clear, pointer, secret) : clear,
    values,
  );
}

/** What the chart is told of the instance, under the reserved key. */
export interface ChartContext {
  readonly instanceId: string;
  readonly tenant: string;
  readonly plan: string;
  readonly secrets: { readonly name: string; readonly hash: string } | null;
}

/** The values handed to helm: defaults and values merged, without secrets, with the reserved key. */
export function chartValues(
  defaults: JsonObject,
  open: JsonObject,
  secretPointers: readonly string[],
  context: ChartContext,
): JsonObject {
  const withoutSecrets = secretPointers.reduce((values, pointer) => withPointer(values, pointer, undefined), open);
  const { instanceId, tenant, plan, secrets } = context;
  return {
    ...mergeValues(defaults, withoutSecrets),
    [reservedKey]: { instanceId, tenant, plan, secrets: secrets === null ? null : { ...secrets } },
  };
}

/** The data of the Kubernetes Secret: secrets by their last key. */
export function secretData(secrets: SecretValues): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).map(([pointer, value]) => [lastKey(pointer), value]));
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
