import { conditionOf } from '../conditions.js';
import { deployment, VirtualCluster } from '../testing/virtual-cluster.js';

let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster();
});

afterEach(() => cluster.stop());

function content(): string[] {
  return ['/pods', '/configmaps', '/serviceaccounts', '/events', 'apps/replicasets', 'apps/deployments'].flatMap(
    (key) => cluster.store.list(key, 'ns').map(({ kind }) => kind),
  );
}

function verdict(type: string): string {
  const found = conditionOf(cluster.get('/namespaces', 'ns').status?.conditions, type);
  return `${found?.status} ${found?.reason}: ${found?.message}`;
}

describe('a namespace', () => {
  it('holds the default account and the certificate of the server, again when they are deleted', () => {
    expect(content()).toEqual(['ConfigMap', 'ServiceAccount']);
    cluster.store.delete('/serviceaccounts', 'ns', 'default');
    cluster.store.delete('/configmaps', 'ns', 'kube-root-ca.crt');
    expect(content()).toEqual([]);
    cluster.seconds(1);
    expect(content()).toEqual(['ConfigMap', 'ServiceAccount']);
  });

  it('that is deleted goes when its content has gone', () => {
    cluster.add('apps/deployments', deployment('web', { replicas: 2 }));
    cluster.seconds(1);
    cluster.remove('/namespaces', 'ns');
    cluster.pass(20);
    expect(cluster.get('/namespaces', 'ns').status?.phase).toBe('Terminating');
    expect(verdict('NamespaceContentRemaining')).toBe(
      'True SomeResourcesRemain: Some resources are remaining: pods. has 2 resource instances',
    );
    expect(verdict('NamespaceFinalizersRemaining')).toBe(
      'False ContentHasNoFinalizers: All content-preserving finalizers finished',
    );
    cluster.seconds(1);
    expect(cluster.view.get('/namespaces', undefined, 'ns')).toBeUndefined();
    expect(content()).toEqual([]);
  });

  it('names what holds it', () => {
    for (const name of ['a', 'b']) {
      cluster.put('/configmaps', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, finalizers: ['example.com/hold'] },
      });
    }
    cluster.remove('/namespaces', 'ns');
    cluster.seconds(60);
    expect(verdict('NamespaceContentRemaining')).toBe(
      'True SomeResourcesRemain: Some resources are remaining: configmaps. has 2 resource instances',
    );
    expect(verdict('NamespaceFinalizersRemaining')).toBe(
      'True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/hold in 2 resource instances',
    );
    expect(verdict('NamespaceDeletionContentFailure')).toBe(
      'False ContentDeleted: All content successfully deleted, may be waiting on finalization',
    );
    for (const object of cluster.store.list('/configmaps', 'ns')) {
      cluster.store.update('/configmaps', { ...object, metadata: { ...object.metadata, finalizers: [] } });
    }
    cluster.seconds(1);
    expect(cluster.view.get('/namespaces', undefined, 'ns')).toBeUndefined();
  });

  it('waits for pods that hang, and for finalizers of its own', () => {
    cluster.add('apps/deployments', deployment('web', {}, 'x/hang-termination:1'));
    cluster.seconds(1);
    cluster.edit('/namespaces', 'ns', (namespace) => ({
      ...namespace,
      spec: { finalizers: ['kubernetes', 'example.com/own'] },
    }));
    cluster.remove('/namespaces', 'ns');
    cluster.seconds(20);
    expect(verdict('NamespaceContentRemaining')).toContain('pods. has 1 resource instances');
    cluster.seconds(20);
    expect(cluster.get('/namespaces', 'ns').spec?.finalizers).toEqual(['example.com/own']);
    cluster.edit('/namespaces', 'ns', (namespace) => ({ ...namespace, spec: { finalizers: [] } }));
    expect(cluster.view.get('/namespaces', undefined, 'ns')).toBeUndefined();
  });
});
