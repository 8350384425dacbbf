import { type JsonObject, listAt, sameJson, textAt, valueAt } from '../json.js';
import { itemsAt, partOf } from '../validation/checks.js';
import { fieldForbidden, type FieldFault } from '../validation/fault.js';

const ALLOWED =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** What of a running pod may not change. A node may be set once: that is how binding stores it. */
export function podChangeFaults(live: JsonObject, updated: JsonObject): FieldFault[] {
  const before = partOf(live, 'spec');
  const after = partOf(updated, 'spec');
  const faults: FieldFault[] = [];
  for (const list of ['containers', 'initContainers'] as const) {
    if (listAt(before, list).length === listAt(after, list).length) continue;
    faults.push(fieldForbidden(`spec.${list}`, `pod updates may not add or remove containers`));
  }
  if (faults.length > 0) return faults;
  faults.push(...tolerationFaults(before, after));
  if (!sameJson(fixedPart(before), fixedPart(settled(before, after)))) faults.push(fieldForbidden('spec', ALLOWED));
  return faults;
}

function tolerationFaults(before: JsonObject, after: JsonObject): FieldFault[] {
  const kept = listAt(after, 'tolerations');
  const lost = listAt(before, 'tolerations').some(
    (toleration) => !kept.some((other) => sameJson(timeless(toleration), timeless(other))),
  );
  if (!lost) return [];
  return [fieldForbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function timeless(toleration: unknown): unknown {
  return typeof toleration === 'object' ? { ...toleration, tolerationSeconds: undefined } : toleration;
}

/** The new spec with what may change taken from the old one. */
function settled(before: JsonObject, after: JsonObject): JsonObject {
  const bound = textAt(before, 'nodeName') === undefined ? { nodeName: undefined } : {};
  const grace = valueAt(before, 'terminationGracePeriodSeconds');
  const hurried = typeof grace === 'number' && grace < 0 && after['terminationGracePeriodSeconds'] === 1;
  return { ...after, ...bound, ...(hurried ? { terminationGracePeriodSeconds: grace } : {}) };
}

function fixedPart(spec: JsonObject): JsonObject {
  const imageless = (list: string): JsonObject[] => itemsAt(spec, list, '').map(({ item }) => ({ ...item, image: '' }));
  return {
    ...spec,
    containers: imageless('containers'),
    initContainers: imageless('initContainers'),
    activeDeadlineSeconds: undefined,
    tolerations: undefined,
    schedulingGates: undefined,
  };
}
