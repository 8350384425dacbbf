import { type JsonObject, sameJson } from '../json.js';
import { partOf } from '../validation/checks.js';
import { fieldForbidden, fieldInvalid, type FieldFault } from '../validation/fault.js';

export const IMMUTABLE = 'field is immutable';

/** A change of one field of the spec that may not change. */
export function specFieldFaults(live: JsonObject, updated: JsonObject, fields: readonly string[]): FieldFault[] {
  const before = partOf(live, 'spec');
  const after = partOf(updated, 'spec');
  return fields
    .filter((field) => !sameJson(before[field], after[field]))
    .map((field) => fieldInvalid(`spec.${field}`, after[field], IMMUTABLE));
}

const MUTABLE_OF_STATEFUL_SETS = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

const STATEFUL_SET_FAULT =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/** What of a StatefulSet may not change: all but a few fields. */
export function statefulSetChangeFaults(live: JsonObject, updated: JsonObject): FieldFault[] {
  return sameJson(fixedPart(live), fixedPart(updated)) ? [] : [fieldForbidden('spec', STATEFUL_SET_FAULT)];
}

function fixedPart(statefulSet: JsonObject): JsonObject {
  const kept = { ...partOf(statefulSet, 'spec') };
  for (const field of MUTABLE_OF_STATEFUL_SETS) delete kept[field];
  return kept;
}

const FIXED_OF_JOBS = ['selector', 'completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy'];

/** What of a Job may not change. A suspended job that never ran may be sent elsewhere; an indexed one may be resized. */
export function jobChangeFaults(live: JsonObject, updated: JsonObject): FieldFault[] {
  const before = partOf(live, 'spec');
  const after = partOf(updated, 'spec');
  const resized = before['completionMode'] === 'Indexed' && after['completions'] === after['parallelism'];
  const completions = resized ? [] : specFieldFaults(live, updated, ['completions']);
  const idle = before['suspend'] === true && partOf(live, 'status')['startTime'] === undefined;
  const template = (spec: JsonObject): unknown => (idle ? placeless(partOf(spec, 'template')) : spec['template']);
  const changed = !sameJson(template(before), template(after));
  return [
    ...completions,
    ...specFieldFaults(live, updated, FIXED_OF_JOBS),
    ...(changed ? [fieldInvalid('spec.template', after['template'], IMMUTABLE)] : []),
  ];
}

/** A template without what says where its pods run. */
function placeless(template: JsonObject): JsonObject {
  const unplaced = { affinity: undefined, nodeSelector: undefined, tolerations: undefined, schedulingGates: undefined };
  return { ...template, metadata: undefined, spec: { ...partOf(template, 'spec'), ...unplaced } };
}
