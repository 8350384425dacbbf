import type { Draft } from '../cluster-view.js';
import type { VolumeClaim } from '../kinds.js';
import { barePod, podSpec, VirtualCluster } from '../testing/virtual-cluster.js';

const KEY = '/persistentvolumeclaims';
const VOLUMES = '/persistentvolumes';
let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster();
});

afterEach(() => cluster.stop());

function claim(name: string, spec: VolumeClaim['spec'] = {}): Draft {
  const whole = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec };
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec: whole };
}

function storageClass(name: string, fields: Record<string, unknown>): void {
  cluster.view.create('storage.k8s.io/storageclasses', {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'embedded.tenantry.io/pretended',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    ...fields,
  });
}

function user(name: string, claimName: string): void {
  cluster.add(
    '/pods',
    barePod(name, podSpec('x/app:1', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }] })),
  );
}

function phase(name: string): string | undefined {
  return cluster.get(KEY, name).status?.phase;
}

describe('a claim of the default class', () => {
  it('waits for the first pod that uses it, then both go on', () => {
    cluster.add(KEY, claim('data'));
    cluster.seconds(60);
    expect(phase('data')).toBe('Pending');
    expect(cluster.eventsOf('data')).toEqual([
      'WaitForFirstConsumer: waiting for first consumer to be created before binding',
    ]);
    user('p', 'data');
    cluster.seconds(1);
    const bound = cluster.get(KEY, 'data');
    const volumeName = `pvc-${bound.metadata.uid}`;
    expect(bound.spec).toMatchObject({ storageClassName: 'standard', volumeName });
    expect(bound.status).toEqual({ phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } });
    expect(bound.metadata).toMatchObject({
      finalizers: ['kubernetes.io/pvc-protection'],
      annotations: { 'volume.kubernetes.io/selected-node': 'embedded-1', 'pv.kubernetes.io/bind-completed': 'yes' },
    });
    expect(cluster.get(VOLUMES, volumeName)).toMatchObject({
      spec: {
        capacity: { storage: '1Gi' },
        persistentVolumeReclaimPolicy: 'Delete',
        claimRef: { name: 'data', namespace: 'ns' },
      },
      status: { phase: 'Bound' },
    });
    expect(cluster.get('/pods', 'p').status?.phase).toBe('Running');
    expect(cluster.eventsOf('data').at(-1)).toBe(
      `ProvisioningSucceeded: Successfully provisioned volume ${volumeName}`,
    );
  });

  it('grows but never shrinks', () => {
    cluster.add(KEY, claim('data'));
    user('p', 'data');
    cluster.seconds(1);
    const ask = (storage: string) =>
      cluster.edit(KEY, 'data', (object) => ({
        ...object,
        spec: { ...object.spec, resources: { requests: { storage } } },
      }));
    ask('2Gi');
    cluster.seconds(1);
    expect(cluster.get(KEY, 'data').status?.capacity).toEqual({ storage: '2Gi' });
    ask('1Gi');
    cluster.seconds(1);
    expect(cluster.get(KEY, 'data').status?.capacity).toEqual({ storage: '2Gi' });
  });
});

describe('a claim of another class', () => {
  it('is bound at once when the class says so', () => {
    storageClass('fast', {});
    cluster.add(KEY, claim('data', { storageClassName: 'fast' }));
    cluster.seconds(1);
    expect(phase('data')).toBe('Bound');
  });

  const rows: [string, string, string][] = [
    ['that does not exist', 'none-such', 'ProvisioningFailed: storageclass.storage.k8s.io "none-such" not found'],
    [
      'that it refuses to have',
      '',
      'FailedBinding: no persistent volumes available for this claim and no storage class is set',
    ],
  ];
  it.each(rows)('%s waits', (_which, storageClassName, event) => {
    cluster.add(KEY, claim('data', { storageClassName }));
    user('p', 'data');
    cluster.seconds(5);
    expect(phase('data')).toBe('Pending');
    expect(cluster.eventsOf('data')).toContain(event);
    const message = 'pod has unbound immediate PersistentVolumeClaims';
    expect(cluster.eventsOf('p')[0]).toContain(`FailedScheduling: 0/3 nodes are available: ${message}.`);
  });

  it('whose provisioner is not there waits for it', () => {
    storageClass('cloud', { provisioner: 'ebs.csi.aws.com' });
    cluster.add(KEY, claim('data', { storageClassName: 'cloud' }));
    cluster.seconds(5);
    expect(phase('data')).toBe('Pending');
    expect(cluster.eventsOf('data')[0]).toMatch(
      /^ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'ebs\.csi\.aws\.com'/,
    );
  });
});

describe('a volume made by hand', () => {
  const volume = (name: string, storage: string, policy = 'Retain'): Draft => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: policy,
      storageClassName: 'manual',
    },
  });

  it('the smallest that is large enough serves a claim', () => {
    for (const [name, size] of [
      ['small', '500Mi'],
      ['large', '10Gi'],
      ['right', '1Gi'],
    ] as const)
      cluster.view.create(VOLUMES, volume(name, size));
    cluster.seconds(1);
    expect(cluster.get(VOLUMES, 'right').status?.phase).toBe('Available');
    cluster.add(KEY, claim('data', { storageClassName: 'manual' }));
    cluster.seconds(1);
    expect(cluster.get(KEY, 'data').spec.volumeName).toBe('right');
    expect(cluster.get(VOLUMES, 'right').status?.phase).toBe('Bound');
  });

  it('that comes later serves a claim that waits', () => {
    cluster.add(KEY, claim('data', { storageClassName: 'manual' }));
    cluster.seconds(1);
    expect(phase('data')).toBe('Pending');
    cluster.view.create(VOLUMES, volume('late', '1Gi'));
    cluster.seconds(1);
    expect(phase('data')).toBe('Bound');
  });

  it('is released, and kept, when its claim goes', () => {
    cluster.view.create(VOLUMES, volume('kept', '1Gi'));
    cluster.seconds(1);
    cluster.add(KEY, claim('data', { storageClassName: 'manual' }));
    cluster.seconds(1);
    cluster.remove(KEY, 'data');
    cluster.seconds(1);
    expect(cluster.get(VOLUMES, 'kept').status?.phase).toBe('Released');
    cluster.remove(VOLUMES, 'kept');
    cluster.seconds(1);
    expect(cluster.list(VOLUMES)).toEqual([]);
  });

  it('stays while a claim is bound to it; the claim is lost without it', () => {
    cluster.view.create(VOLUMES, volume('v', '1Gi'));
    cluster.seconds(1);
    cluster.add(KEY, claim('data', { storageClassName: 'manual' }));
    cluster.seconds(1);
    cluster.remove(VOLUMES, 'v');
    cluster.seconds(1);
    expect(cluster.list(VOLUMES)).toHaveLength(1);
    cluster.edit(VOLUMES, 'v', (object) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } }));
    cluster.seconds(1);
    expect([cluster.list(VOLUMES), phase('data')]).toEqual([[], 'Lost']);
  });
});

describe('deleting a claim', () => {
  it('waits until no pod uses it, then its volume goes too', () => {
    cluster.add(KEY, claim('data'));
    user('p', 'data');
    cluster.seconds(1);
    cluster.remove(KEY, 'data');
    cluster.seconds(60);
    expect(cluster.get(KEY, 'data').metadata.deletionTimestamp).toBeDefined();
    user('late', 'data');
    cluster.seconds(1);
    expect(cluster.eventsOf('late')[0]).toContain('persistentvolumeclaim "data" is being deleted');
    cluster.remove('/pods', 'late');
    cluster.remove('/pods', 'p');
    cluster.seconds(1);
    expect([cluster.list(KEY), cluster.list(VOLUMES)]).toEqual([[], []]);
  });

  it('is at once when nothing uses it', () => {
    cluster.add(KEY, claim('data'));
    cluster.seconds(1);
    cluster.remove(KEY, 'data');
    cluster.seconds(1);
    expect(cluster.list(KEY)).toEqual([]);
  });
});
