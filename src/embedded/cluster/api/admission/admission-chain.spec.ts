import { draft, podDraft } from '../../store/testing/draft.js';
import { app, cluster } from './testing/admitted-store.js';

describe('the life of namespaces', () => {
  it('makes nothing where there is none', () => {
    const { store } = cluster();
    expect(() => store.create('/configmaps', draft('v1', 'ConfigMap', { name: 'c', namespace: 'none' }))).toThrow(
      'namespaces "none" not found',
    );
  });

  it('makes nothing where one is going, and says so in a cause', () => {
    const { store } = cluster();
    store.delete('/namespaces', undefined, 'ns');
    expect(() => store.create('/configmaps', draft('v1', 'ConfigMap', { name: 'c' }))).toThrow(
      expect.objectContaining({
        code: 403,
        message:
          'configmaps "c" is forbidden: unable to create new content in namespace ns because it is being terminated',
        details: {
          name: 'c',
          kind: 'configmaps',
          causes: [
            {
              reason: 'NamespaceTerminating',
              message: 'namespace ns is being terminated',
              field: 'metadata.namespace',
            },
          ],
        },
      }),
    );
  });

  it('begins with a finalizer, a phase and its name as a label, which stays', () => {
    const { store } = cluster({ team: 'a' });
    const namespace = store.get('/namespaces', undefined, 'ns');
    expect(namespace).toMatchObject({
      metadata: { labels: { team: 'a', 'kubernetes.io/metadata.name': 'ns' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    if (namespace === undefined) throw new Error('no namespace');
    const bare = store.update('/namespaces', { ...namespace, metadata: { ...namespace.metadata, labels: {} } });
    expect(bare.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'ns' });
  });
});

describe('what the server sets on new objects', () => {
  it('is the first status, whatever the writer said', () => {
    const { store } = cluster();
    const pod = store.create('/pods', { ...podDraft('p'), status: { phase: 'Running' } });
    expect(pod['status']).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  it.each([
    [{ requests: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1000m', memory: '1Gi' } }, 'Guaranteed'],
    [{ limits: { cpu: '1' }, requests: { cpu: '1' } }, 'Burstable'],
  ])('is the class of service of a pod with %j', (resources, qosClass) => {
    const { store } = cluster();
    expect(store.create('/pods', podDraft('p', app(resources)))).toMatchObject({ status: { qosClass } });
  });

  it('is the service account, with its pull secrets', () => {
    const { store } = cluster();
    store.create(
      '/serviceaccounts',
      draft('v1', 'ServiceAccount', { name: 'bob' }, { imagePullSecrets: [{ name: 'reg' }] }),
    );
    expect(store.create('/pods', podDraft('p'))).toMatchObject({
      spec: { serviceAccountName: 'default', serviceAccount: 'default' },
    });
    expect(store.create('/pods', podDraft('q', { ...app(), serviceAccountName: 'bob' }))).toMatchObject({
      spec: { serviceAccountName: 'bob', imagePullSecrets: [{ name: 'reg' }] },
    });
  });

  it.each([
    [
      'account',
      { serviceAccountName: 'none' },
      'pods "p" is forbidden: error looking up service account ns/none: serviceaccount "none" not found',
    ],
    [
      'priority class',
      { priorityClassName: 'none' },
      'pods "p" is forbidden: no PriorityClass with name none was found',
    ],
  ])('refuses a pod whose %s does not exist', (_what, spec, message) => {
    const { store } = cluster();
    expect(() => store.create('/pods', podDraft('p', { ...app(), ...spec }))).toThrow(
      expect.objectContaining({ code: 403, message }),
    );
  });

  it('is the selector of a job, by its own uid', () => {
    const { store } = cluster();
    const job = store.create(
      'batch/jobs',
      draft('batch/v1', 'Job', { name: 'j' }, { spec: { template: { spec: { ...app(), restartPolicy: 'Never' } } } }),
    );
    const { uid } = job.metadata;
    expect(job).toMatchObject({
      spec: {
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
        template: {
          metadata: { labels: { 'batch.kubernetes.io/job-name': 'j', 'job-name': 'j', 'controller-uid': uid } },
        },
      },
    });
  });

  it('is the default storage class and the protection of a claim', () => {
    const { store } = cluster();
    const { namespace: _namespace, ...metadata } = draft('storage.k8s.io/v1', 'StorageClass', {
      name: 'standard',
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    }).metadata;
    store.create('storage.k8s.io/storageclasses', {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata,
      provisioner: 'x',
    });
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    expect(
      store.create('/persistentvolumeclaims', draft('v1', 'PersistentVolumeClaim', { name: 'c' }, { spec })),
    ).toMatchObject({
      metadata: { finalizers: ['kubernetes.io/pvc-protection'] },
      spec: { storageClassName: 'standard' },
      status: { phase: 'Pending' },
    });
  });
});

describe('Pod Security', () => {
  it('is enforced where the namespace says so', () => {
    const { store } = cluster({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    expect(() => store.create('/pods', podDraft('p'))).toThrow(
      'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
    );
  });

  it('does not concern what only makes pods', () => {
    const { store } = cluster({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const template = { metadata: { labels: { a: 'b' } }, spec: app() };
    const set = draft(
      'apps/v1',
      'ReplicaSet',
      { name: 'r' },
      { spec: { selector: { matchLabels: { a: 'b' } }, template } },
    );
    expect(() => store.create('apps/replicasets', set)).not.toThrow();
  });
});
