import { isObject, type JsonObject, sameJson, textAt, valueAt } from '../json.js';
import { compareQuantities } from '../quantity.js';
import { partOf } from '../validation/checks.js';
import { fieldForbidden, fieldInvalid, type FieldFault } from '../validation/fault.js';
import { isAmount } from '../validation/resources.js';
import { IMMUTABLE } from './workloads.js';

const CLAIM_FAULT =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** What of a claim may not change: a bound one may grow. A volume may be bound to one that has none. */
export function claimChangeFaults(live: JsonObject, updated: JsonObject): FieldFault[] {
  const bound = textAt(live, 'status', 'phase') === 'Bound';
  const before = partOf(live, 'spec');
  const after = partOf(updated, 'spec');
  const fixed = (spec: JsonObject): JsonObject => ({
    ...spec,
    ...(bound ? { resources: undefined, volumeAttributesClassName: undefined } : {}),
    ...(before['volumeName'] === undefined ? { volumeName: undefined } : {}),
  });
  if (!sameJson(fixed(before), fixed(after))) return [fieldForbidden('spec', CLAIM_FAULT)];
  const size = valueAt(after, 'resources', 'requests', 'storage');
  const least = valueAt(live, 'status', 'capacity', 'storage');
  const shrinks = bound && isAmount(size) && isAmount(least) && compareQuantities(size, least) < 0;
  if (!shrinks) return [];
  return [fieldForbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')];
}

const VOLUME_TRAITS = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
]);

/** What of a volume may not change: where its data is, and whether it is a block device. */
export function volumeChangeFaults(live: JsonObject, updated: JsonObject): FieldFault[] {
  const faults: FieldFault[] = [];
  if (!sameJson(sourceOf(live), sourceOf(updated))) {
    const why = 'spec.persistentvolumesource is immutable after creation';
    faults.push(fieldForbidden('spec.persistentvolumesource', why));
  }
  const mode = valueAt(updated, 'spec', 'volumeMode');
  if (valueAt(live, 'spec', 'volumeMode') !== mode) faults.push(fieldInvalid('spec.volumeMode', mode, IMMUTABLE));
  return faults;
}

function sourceOf(volume: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(partOf(volume, 'spec')).filter(([member]) => !VOLUME_TRAITS.has(member)));
}

/** What of a storage class may not change. */
export function storageClassChangeFaults(live: JsonObject, updated: JsonObject): FieldFault[] {
  const faults = ['parameters', 'provisioner', 'reclaimPolicy']
    .filter((field) => !sameJson(live[field], updated[field]))
    .map((field) => fieldForbidden(field, `updates to ${field} are forbidden.`));
  const mode = updated['volumeBindingMode'];
  return live['volumeBindingMode'] === mode ? faults : [...faults, fieldInvalid('volumeBindingMode', mode, IMMUTABLE)];
}

const SEALED = 'field is immutable when `immutable` is set';

/** What of a ConfigMap or Secret may not change: all content, once it is sealed. */
export function sealedChangeFaults(live: JsonObject, updated: JsonObject): FieldFault[] {
  if (live['immutable'] !== true) return [];
  const faults = updated['immutable'] === true ? [] : [fieldForbidden('immutable', SEALED)];
  const content = ['data', 'binaryData'].filter((field) => !sameContent(live[field], updated[field]));
  return [...faults, ...content.map((field) => fieldForbidden(field, SEALED))];
}

function sameContent(left: unknown, right: unknown): boolean {
  return sameJson(isObject(left) ? left : {}, isObject(right) ? right : {});
}

/** What of a Secret may not change: its type too. */
export function secretChangeFaults(live: JsonObject, updated: JsonObject): FieldFault[] {
  const { type } = updated;
  const faults = live['type'] === type ? [] : [fieldInvalid('type', type, IMMUTABLE)];
  return [...faults, ...sealedChangeFaults(live, updated)];
}
