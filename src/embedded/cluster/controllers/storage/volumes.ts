import type { Draft } from '../cluster-view.js';
import type { ObjectReference, StorageClass, Volume, VolumeClaim } from '../kinds.js';
import { parseQuantity } from '../numbers.js';

export const CLAIM_PROTECTION = 'kubernetes.io/pvc-protection';
export const VOLUME_PROTECTION = 'kubernetes.io/pv-protection';

function storageAsked({ spec }: VolumeClaim): string | number {
  return spec.resources?.requests?.['storage'] ?? '1Gi';
}

function referenceTo({ metadata }: VolumeClaim): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid,
    resourceVersion,
  };
}

/** A volume made for the claim, on the node that was chosen for its pod. */
export function provisionedVolume(claim: VolumeClaim, storageClass: StorageClass, node: string | undefined): Draft {
  const spec: Volume['spec'] = {
    capacity: { storage: storageAsked(claim) },
    accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
    claimRef: referenceTo(claim),
    persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
    storageClassName: storageClass.metadata.name,
    volumeMode: claim.spec.volumeMode ?? 'Filesystem',
    csi: { driver: storageClass.provisioner, volumeHandle: `pvc-${claim.metadata.uid}` },
  };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: `pvc-${claim.metadata.uid}`,
      annotations: {
        'pv.kubernetes.io/provisioned-by': storageClass.provisioner,
        ...(node === undefined ? {} : { 'volume.kubernetes.io/selected-node': node }),
      },
      finalizers: [VOLUME_PROTECTION],
    },
    spec,
    status: { phase: 'Pending' },
  };
}

/** The smallest free volume that serves the claim, if there is one. */
export function fittingVolume(volumes: readonly Volume[], claim: VolumeClaim): Volume | undefined {
  const size = parseQuantity(storageAsked(claim));
  const modes = claim.spec.accessModes ?? [];
  const fitting = volumes.filter(
    ({ spec, metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      (status?.phase === 'Available' ||
        spec.claimRef?.uid === claim.metadata.uid ||
        isReservedFor(spec.claimRef, claim)) &&
      (spec.storageClassName ?? '') === (claim.spec.storageClassName ?? '') &&
      modes.every((mode) => spec.accessModes?.includes(mode) === true) &&
      parseQuantity(spec.capacity?.['storage']) >= size,
  );
  return fitting.sort(
    (left, right) => parseQuantity(left.spec.capacity?.['storage']) - parseQuantity(right.spec.capacity?.['storage']),
  )[0];
}

function isReservedFor(reference: ObjectReference | undefined, { metadata }: VolumeClaim): boolean {
  return (
    reference?.uid === undefined && reference?.name === metadata.name && reference.namespace === metadata.namespace
  );
}

export function withClaim(volume: Volume, claim: VolumeClaim): Volume {
  if (volume.spec.claimRef?.uid === claim.metadata.uid) return volume;
  return { ...volume, spec: { ...volume.spec, claimRef: referenceTo(claim) } };
}

/** The volume at the size its claim has grown to; volumes never shrink. */
export function expandedVolume(volume: Volume, claim: VolumeClaim): Volume {
  const asked = storageAsked(claim);
  if (parseQuantity(asked) <= parseQuantity(volume.spec.capacity?.['storage'])) return volume;
  return { ...volume, spec: { ...volume.spec, capacity: { ...volume.spec.capacity, storage: asked } } };
}

/** The claim bound to the volume. */
export function boundClaim(claim: VolumeClaim, volume: Volume): VolumeClaim {
  return {
    ...claim,
    metadata: {
      ...claim.metadata,
      annotations: {
        ...claim.metadata.annotations,
        'pv.kubernetes.io/bind-completed': 'yes',
        'pv.kubernetes.io/bound-by-controller': 'yes',
      },
    },
    spec: { ...claim.spec, volumeName: volume.metadata.name },
    status: {
      phase: 'Bound',
      accessModes: volume.spec.accessModes ?? [],
      capacity: volume.spec.capacity ?? {},
    },
  };
}
