import { fieldsAt, itemsAt, numberAt, stringAt, textAt, valueAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import { AGE, count, NAME, text, wide, type Column } from './column.js';
import { ageOf } from './human-duration.js';

function dataSize(object: KubeObject): number {
  return Object.keys(fieldsAt(object, 'data')).length + Object.keys(fieldsAt(object, 'binaryData')).length;
}

const ACCESS: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function accessModes(object: KubeObject, ...path: readonly string[]): string {
  return itemsAt(object, ...path)
    .map((mode) => ACCESS[String(mode)] ?? '')
    .join(',');
}

function claimStatus(object: KubeObject): string {
  return object.metadata.deletionTimestamp === undefined ? (stringAt(object, 'status', 'phase') ?? '') : 'Terminating';
}

function quota(prefix: 'requests' | 'limits'): (object: KubeObject) => string {
  return (object) => {
    const hard = fieldsAt(object, 'status', 'hard');
    const used = fieldsAt(object, 'status', 'used');
    return Object.keys(hard)
      .filter((name) => name.startsWith('limits') === (prefix === 'limits'))
      .sort()
      .map((name) => `${name}: ${textAt(used, name) ?? '0'}/${textAt(hard, name)}`)
      .join(', ');
  };
}

function eventSource(event: KubeObject): string {
  const component = stringAt(event, 'source', 'component') || stringAt(event, 'reportingComponent') || '';
  const host = stringAt(event, 'source', 'host');
  return host ? `${component}, ${host}` : component;
}

function involved(event: KubeObject): string {
  return `${(stringAt(event, 'involvedObject', 'kind') ?? '').toLowerCase()}/${stringAt(event, 'involvedObject', 'name') ?? ''}`;
}

function lastSeen(event: KubeObject, now: Date): string {
  return ageOf(
    stringAt(event, 'series', 'lastObservedTime') ?? stringAt(event, 'lastTimestamp') ?? stringAt(event, 'eventTime'),
    now,
  );
}

const EVENTS: readonly Column[] = [
  text('Last Seen', lastSeen),
  text('Type', (object) => stringAt(object, 'type') ?? ''),
  text('Reason', (object) => stringAt(object, 'reason') ?? ''),
  text('Object', involved),
  wide(text('Subobject', (object) => stringAt(object, 'involvedObject', 'fieldPath') ?? '')),
  wide(text('Source', eventSource)),
  text('Message', (object) => (stringAt(object, 'message') ?? '').trim()),
  wide(
    text('First Seen', (object, now) =>
      ageOf(stringAt(object, 'firstTimestamp') ?? stringAt(object, 'eventTime'), now),
    ),
  ),
  wide(count('Count', (object) => numberAt(object, 'count') ?? 1)),
  wide(NAME),
];

function nodeStatus(node: KubeObject): string {
  const ready = itemsAt(node, 'status', 'conditions').find((condition) => stringAt(condition, 'type') === 'Ready');
  const status = stringAt(ready, 'status');
  const words = [status === undefined ? 'Unknown' : status === 'True' ? 'Ready' : 'NotReady'];
  if (valueAt(node, 'spec', 'unschedulable') === true) words.push('SchedulingDisabled');
  return words.join(',');
}

function nodeRoles(node: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const labels = Object.keys(node.metadata.labels ?? {});
  return (
    labels
      .filter((label) => label.startsWith(prefix))
      .map((label) => label.slice(prefix.length))
      .sort()
      .join(',') || '<none>'
  );
}

function nodeAddress(type: string): (node: KubeObject) => string {
  return (node) => {
    const address = itemsAt(node, 'status', 'addresses').find((item) => stringAt(item, 'type') === type);
    return stringAt(address, 'address') ?? '<none>';
  };
}

function nodeInfo(name: string, member: string): Column {
  return text(name, (object) => stringAt(object, 'status', 'nodeInfo', member) ?? '<unknown>');
}

/** Columns of what the core group keeps besides workloads and services, by store key. */
export const CLUSTER_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  '/namespaces': [NAME, text('Status', (object) => stringAt(object, 'status', 'phase') ?? ''), AGE],
  '/configmaps': [NAME, count('Data', dataSize), AGE],
  '/secrets': [NAME, text('Type', (object) => stringAt(object, 'type') ?? ''), count('Data', dataSize), AGE],
  '/serviceaccounts': [NAME, count('Secrets', (object) => itemsAt(object, 'secrets').length), AGE],
  '/persistentvolumeclaims': [
    NAME,
    text('Status', claimStatus),
    text('Volume', (object) => stringAt(object, 'spec', 'volumeName') ?? ''),
    text('Capacity', (object) => stringAt(object, 'status', 'capacity', 'storage') ?? ''),
    text('Access Modes', (object) => accessModes(object, 'status', 'accessModes')),
    text('StorageClass', (object) => stringAt(object, 'spec', 'storageClassName') ?? ''),
    text('VolumeAttributesClass', (object) => stringAt(object, 'spec', 'volumeAttributesClassName') ?? '<unset>'),
    AGE,
    wide(text('VolumeMode', (object) => stringAt(object, 'spec', 'volumeMode') ?? '<unset>')),
  ],
  '/persistentvolumes': [
    NAME,
    text('Capacity', (object) => stringAt(object, 'spec', 'capacity', 'storage') ?? ''),
    text('Access Modes', (object) => accessModes(object, 'spec', 'accessModes')),
    text('Reclaim Policy', (object) => stringAt(object, 'spec', 'persistentVolumeReclaimPolicy') ?? ''),
    text('Status', claimStatus),
    text('Claim', (object) =>
      valueAt(object, 'spec', 'claimRef') === undefined
        ? ''
        : `${stringAt(object, 'spec', 'claimRef', 'namespace')}/${stringAt(object, 'spec', 'claimRef', 'name')}`,
    ),
    text('StorageClass', (object) => stringAt(object, 'spec', 'storageClassName') ?? ''),
    text('VolumeAttributesClass', (object) => stringAt(object, 'spec', 'volumeAttributesClassName') ?? '<unset>'),
    text('Reason', (object) => stringAt(object, 'status', 'reason') ?? ''),
    AGE,
    wide(text('VolumeMode', (object) => stringAt(object, 'spec', 'volumeMode') ?? '<unset>')),
  ],
  '/resourcequotas': [NAME, text('Request', quota('requests')), text('Limit', quota('limits')), AGE],
  '/limitranges': [NAME, text('Created At', (object) => object.metadata.creationTimestamp)],
  '/events': EVENTS,
  '/nodes': [
    NAME,
    text('Status', nodeStatus),
    text('Roles', nodeRoles),
    AGE,
    nodeInfo('Version', 'kubeletVersion'),
    wide(text('Internal-IP', nodeAddress('InternalIP'))),
    wide(text('External-IP', nodeAddress('ExternalIP'))),
    wide(nodeInfo('OS-Image', 'osImage')),
    wide(nodeInfo('Kernel-Version', 'kernelVersion')),
    wide(nodeInfo('Container-Runtime', 'containerRuntimeVersion')),
  ],
};
