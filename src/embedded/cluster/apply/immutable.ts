import { serviceChangeFaults } from './immutability/services.js';
import { podChangeFaults } from './immutability/pods.js';
import {
  claimChangeFaults,
  sealedChangeFaults,
  secretChangeFaults,
  storageClassChangeFaults,
  volumeChangeFaults,
} from './immutability/storage.js';
import { IMMUTABLE, jobChangeFaults, specFieldFaults, statefulSetChangeFaults } from './immutability/workloads.js';
import { type JsonObject, sameJson, textAt } from './json.js';
import { splitApiVersion } from './schema.js';
import { partOf, textOf, textsOf } from './validation/checks.js';
import { fieldForbidden, fieldInvalid, type FieldFault, refused } from './validation/fault.js';

type ChangeFaults = (live: JsonObject, updated: JsonObject) => FieldFault[];

const selectorFaults: ChangeFaults = (live, updated) => specFieldFaults(live, updated, ['selector']);

const roleFaults: ChangeFaults = (live, updated) => {
  const after = partOf(updated, 'roleRef');
  if (sameJson(partOf(live, 'roleRef'), after)) return [];
  const named = { APIGroup: textOf(after, 'apiGroup'), Kind: textOf(after, 'kind'), Name: textOf(after, 'name') };
  return [fieldInvalid('roleRef', named, 'cannot change roleRef')];
};

const topFieldFaults =
  (field: string): ChangeFaults =>
  (live, updated) =>
    sameJson(live[field], updated[field]) ? [] : [fieldInvalid(field, updated[field], IMMUTABLE)];

const CHANGES: ReadonlyMap<string, ChangeFaults> = new Map(
  Object.entries({
    'v1/ConfigMap': sealedChangeFaults,
    'v1/PersistentVolume': volumeChangeFaults,
    'v1/PersistentVolumeClaim': claimChangeFaults,
    'v1/Pod': podChangeFaults,
    'v1/Secret': secretChangeFaults,
    'v1/Service': serviceChangeFaults,
    'apps/v1/ControllerRevision': topFieldFaults('data'),
    'apps/v1/DaemonSet': selectorFaults,
    'apps/v1/Deployment': selectorFaults,
    'apps/v1/ReplicaSet': selectorFaults,
    'apps/v1/StatefulSet': statefulSetChangeFaults,
    'batch/v1/Job': jobChangeFaults,
    'discovery.k8s.io/v1/EndpointSlice': topFieldFaults('addressType'),
    'networking.k8s.io/v1/IngressClass': (live, updated) => specFieldFaults(live, updated, ['controller']),
    'rbac.authorization.k8s.io/v1/ClusterRoleBinding': roleFaults,
    'rbac.authorization.k8s.io/v1/RoleBinding': roleFaults,
    'scheduling.k8s.io/v1/PriorityClass': (live, updated) =>
      live['value'] === updated['value'] ? [] : [fieldForbidden('value', 'may not be changed in an update.')],
    'storage.k8s.io/v1/StorageClass': storageClassChangeFaults,
  } satisfies Record<string, ChangeFaults>),
);

/**
 * Checks a change against the fields that may not change. Throws StatusError 422 that names every fault at once. A write
 * to a subresource is not for this: it changes nothing but what it is for.
 */
export function validateChange(apiVersion: string, kind: string, live: JsonObject, updated: JsonObject): void {
  const faults = changeFaults(apiVersion, kind, live, updated);
  if (faults.length === 0) return;
  const { group } = splitApiVersion(apiVersion);
  throw refused({ group, kind, name: textAt(updated, 'metadata', 'name') ?? '' }, faults);
}

/** Every fault of a change, metadata first. */
export function changeFaults(apiVersion: string, kind: string, live: JsonObject, updated: JsonObject): FieldFault[] {
  if (live === updated) return [];
  const own = sameContent(live, updated) ? undefined : CHANGES.get(`${apiVersion}/${kind}`);
  return [...metadataFaults(live, updated), ...(own?.(live, updated) ?? [])];
}

/** True when all but metadata and status is the very same: then there is nothing to look into. */
function sameContent(live: JsonObject, updated: JsonObject): boolean {
  return [...contentOf(live), ...contentOf(updated)].every((member) => live[member] === updated[member]);
}

function contentOf(object: JsonObject): string[] {
  return Object.keys(object).filter((member) => member !== 'metadata' && member !== 'status');
}

function metadataFaults(live: JsonObject, updated: JsonObject): FieldFault[] {
  const before = partOf(live, 'metadata');
  const after = partOf(updated, 'metadata');
  const faults = ['name', 'namespace', 'uid', 'creationTimestamp']
    .filter((field) => before[field] !== after[field])
    .map((field) => fieldInvalid(`metadata.${field}`, after[field], IMMUTABLE));
  if (before['deletionTimestamp'] === undefined) return faults;
  const known = new Set(textsOf(before, 'finalizers'));
  const added = textsOf(after, 'finalizers').filter((finalizer) => !known.has(finalizer));
  if (added.length === 0) return faults;
  const list = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
  return [...faults, fieldForbidden('metadata.finalizers', why)];
}
