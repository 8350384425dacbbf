import type { JsonObject } from '../json.js';
import { compareQuantities } from '../quantity.js';
import { addInvalid, type Check, checkOneOf, partOf, requireText, textOf, textsOf } from './checks.js';
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired, type FieldFault } from './fault.js';
import { checkSelector } from './metadata.js';
import { subdomainFaults } from './names.js';
import { isAmount } from './resources.js';

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const VOLUME_MODES = ['Block', 'Filesystem'];

/** A PersistentVolumeClaim. */
export const checkClaim: Check = (object, _at, faults) => {
  const spec = partOf(object, 'spec');
  checkAccessModes(spec, 'at least 1 access mode is required', faults);
  checkSelector(partOf(spec, 'selector'), 'spec.selector', faults);
  const { storage } = partOf(partOf(spec, 'resources'), 'requests');
  if (storage === undefined) faults.push(fieldRequired('spec.resources[storage]'));
  else checkSize(storage, 'spec.resources[storage]', faults);
  checkClass(spec, faults);
  checkOneOf(spec, 'volumeMode', 'spec', faults, VOLUME_MODES, 'optional');
};

function checkAccessModes(spec: JsonObject, missing: string, faults: FieldFault[]): void {
  const modes = textsOf(spec, 'accessModes');
  if (modes.length === 0) faults.push(fieldRequired('spec.accessModes', missing));
  for (const mode of modes) {
    if (!ACCESS_MODES.includes(mode)) faults.push(fieldNotSupported('spec.accessModes', mode, ACCESS_MODES));
  }
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) {
    const why = 'may not use ReadWriteOncePod with other access modes';
    faults.push(fieldForbidden('spec.accessModes', why));
  }
}

function checkSize(size: unknown, at: string, faults: FieldFault[]): void {
  if (isAmount(size) && compareQuantities(size, 0) <= 0) {
    faults.push(fieldInvalid(at, String(size), 'must be greater than zero'));
  }
}

function checkClass(spec: JsonObject, faults: FieldFault[]): void {
  const name = textOf(spec, 'storageClassName');
  if (name !== '') addInvalid(faults, 'spec.storageClassName', name, subdomainFaults(name));
}

/** A PersistentVolume. */
export const checkVolume: Check = (object, _at, faults) => {
  const spec = partOf(object, 'spec');
  checkAccessModes(spec, '', faults);
  const { storage } = partOf(spec, 'capacity');
  if (storage === undefined) faults.push(fieldRequired('spec.capacity'));
  else checkSize(storage, 'spec.capacity[storage]', faults);
  checkClass(spec, faults);
  checkOneOf(spec, 'volumeMode', 'spec', faults, VOLUME_MODES, 'optional');
  const policies = ['Delete', 'Recycle', 'Retain'];
  checkOneOf(spec, 'persistentVolumeReclaimPolicy', 'spec', faults, policies, 'optional');
};

/** A StorageClass. */
export const checkStorageClass: Check = (object, _at, faults) => {
  if (textOf(object, 'provisioner') === '') faults.push(fieldRequired('provisioner'));
  checkTopOneOf(object, 'reclaimPolicy', ['Delete', 'Retain'], faults);
  checkTopOneOf(object, 'volumeBindingMode', ['Immediate', 'WaitForFirstConsumer'], faults);
};

function checkTopOneOf(object: JsonObject, member: string, supported: readonly string[], faults: FieldFault[]): void {
  const value = object[member];
  if (value === undefined) return;
  if (typeof value !== 'string' || !supported.includes(value)) faults.push(fieldNotSupported(member, value, supported));
}

/** An EndpointSlice. */
export const checkEndpointSlice: Check = (object, _at, faults) => {
  const type = textOf(object, 'addressType');
  if (type === '') faults.push(fieldRequired('addressType'));
  else checkTopOneOf(object, 'addressType', ['FQDN', 'IPv4', 'IPv6'], faults);
};

/** A Lease. */
export const checkLease: Check = (object, _at, faults) => {
  const { leaseDurationSeconds, leaseTransitions } = partOf(object, 'spec');
  if (typeof leaseDurationSeconds === 'number' && leaseDurationSeconds <= 0) {
    faults.push(fieldInvalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'));
  }
  if (typeof leaseTransitions === 'number' && leaseTransitions < 0) {
    faults.push(fieldInvalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'));
  }
};

/** An IngressClass. */
export const checkIngressClass: Check = (object, _at, faults) => {
  requireText(partOf(object, 'spec'), 'controller', 'spec', faults);
};
