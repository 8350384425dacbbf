import type { StorageClass, Volume, VolumeClaim } from '../kinds.js';
import { meta } from '../testing/objects.js';
import { boundClaim, expandedVolume, fittingVolume, provisionedVolume, withClaim } from './volumes.js';

function claim(storage: string, spec: VolumeClaim['spec'] = {}): VolumeClaim {
  const whole = {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'manual',
    resources: { requests: { storage } },
    ...spec,
  };
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta('data'), spec: whole };
}

function volume(name: string, storage: string, spec: Partial<Volume['spec']> = {}, phase = 'Available'): Volume {
  const { namespace: _none, ...metadata } = meta(name);
  const whole = { capacity: { storage }, accessModes: ['ReadWriteOnce'], storageClassName: 'manual', ...spec };
  return { apiVersion: 'v1', kind: 'PersistentVolume', metadata, spec: whole, status: { phase } };
}

describe('the volume for a claim', () => {
  const rows: [string, Volume[], string | undefined][] = [
    ['none', [], undefined],
    ['the smallest that suffices', [volume('large', '9Gi'), volume('right', '2Gi'), volume('small', '500Mi')], 'right'],
    ['not one of another class', [volume('v', '2Gi', { storageClassName: 'fast' })], undefined],
    ['not one that cannot be used so', [volume('v', '2Gi', { accessModes: ['ReadOnlyMany'] })], undefined],
    ['not one that is taken', [volume('v', '2Gi', {}, 'Bound')], undefined],
    [
      'not one that was',
      [volume('v', '2Gi', { claimRef: { name: 'data', namespace: 'ns', uid: 'earlier' } }, 'Released')],
      undefined,
    ],
    ['one that is kept for it', [volume('v', '2Gi', { claimRef: { name: 'data', namespace: 'ns' } }, 'Pending')], 'v'],
    ['its own, after a restart', [volume('v', '2Gi', { claimRef: { uid: 'uid-of-data' } }, 'Bound')], 'v'],
  ];
  it.each(rows)('%s', (_which, volumes, expected) => {
    expect(fittingVolume(volumes, claim('1Gi'))?.metadata.name).toBe(expected);
  });
});

describe('a volume that is made', () => {
  const storageClass: StorageClass = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: meta('standard'),
    provisioner: 'embedded.tenantry.io/pretended',
    reclaimPolicy: 'Retain',
  };

  it('is as the claim and the class ask', () => {
    const draft = provisionedVolume(claim('3Gi'), storageClass, 'n1');
    expect(draft).toMatchObject({
      metadata: { name: 'pvc-uid-of-data', annotations: { 'volume.kubernetes.io/selected-node': 'n1' } },
      spec: {
        capacity: { storage: '3Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'standard',
        claimRef: { kind: 'PersistentVolumeClaim', name: 'data', namespace: 'ns', uid: 'uid-of-data' },
      },
    });
  });

  it('has no node when nobody chose one', () => {
    const { annotations } = provisionedVolume(claim('3Gi'), storageClass, undefined).metadata;
    expect(Object.keys(annotations ?? {})).toEqual(['pv.kubernetes.io/provisioned-by']);
  });
});

describe('a claim and its volume', () => {
  it('name each other', () => {
    const [one, other] = [claim('1Gi'), volume('v', '2Gi')];
    expect(withClaim(other, one).spec.claimRef).toMatchObject({ name: 'data', uid: 'uid-of-data' });
    expect(withClaim(withClaim(other, one), one)).toEqual(withClaim(other, one));
    expect(boundClaim(one, other)).toMatchObject({
      spec: { volumeName: 'v' },
      status: { phase: 'Bound', capacity: { storage: '2Gi' } },
    });
  });

  it('grow together and never shrink', () => {
    expect(expandedVolume(volume('v', '1Gi'), claim('2Gi')).spec.capacity).toEqual({ storage: '2Gi' });
    expect(expandedVolume(volume('v', '2Gi'), claim('1Gi')).spec.capacity).toEqual({ storage: '2Gi' });
  });
});
