import { ObjectStore } from '../store/object-store.js';
import { Rbac, type Attributes } from './access/rbac.js';
import { draft } from '../store/testing/draft.js';
import { admissionChain } from './admission/admission-chain.js';
import { ServiceNetwork } from './admission/service-network.js';
import { ensureFirstObjects } from './first-objects.js';

const RBAC = 'rbac.authorization.k8s.io';

function freshCluster(): ObjectStore {
  const store = new ObjectStore();
  store.admitWith(admissionChain(store, new ServiceNetwork(store)));
  ensureFirstObjects(store);
  return store;
}

describe('what a fresh cluster holds', () => {
  it('is four namespaces and the service of the API, once', () => {
    const store = freshCluster();
    const version = store.resourceVersion;
    ensureFirstObjects(store);
    expect(store.resourceVersion).toBe(version);
    expect(store.list('/namespaces').map(({ metadata }) => metadata.name)).toEqual([
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ]);
    expect(store.get('/services', 'default', 'kubernetes')).toMatchObject({ spec: { clusterIP: '10.96.0.1' } });
  });

  const wanted = (change: Partial<Attributes>): Attributes => ({
    verb: 'get',
    group: '',
    resource: 'pods',
    subresource: '',
    name: '',
    namespace: 'default',
    ...change,
  });

  it.each([
    ['view', wanted({ verb: 'list' }), true],
    ['view', wanted({ verb: 'delete' }), false],
    ['view', wanted({ resource: 'secrets' }), false],
    ['view', wanted({ resource: 'pods', subresource: 'log' }), true],
    ['edit', wanted({ verb: 'create', group: 'apps', resource: 'deployments' }), true],
    ['edit', wanted({ verb: 'patch', group: 'apps', resource: 'deployments', subresource: 'scale' }), true],
    ['edit', wanted({ resource: 'secrets' }), true],
    ['edit', wanted({ verb: 'create', group: RBAC, resource: 'roles' }), false],
    ['admin', wanted({ verb: 'create', group: RBAC, resource: 'rolebindings' }), true],
    ['admin', wanted({ verb: 'delete', resource: 'resourcequotas' }), true],
    ['cluster-admin', wanted({ verb: 'delete', resource: 'nodes', namespace: 'default' }), true],
  ])('binds to %s: %#', (role, attributes, expected) => {
    const store = freshCluster();
    const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: role };
    const subjects = [{ apiGroup: RBAC, kind: 'User', name: 'dev' }];
    store.create(
      `${RBAC}/rolebindings`,
      draft(`${RBAC}/v1`, 'RoleBinding', { name: 'b', namespace: 'default' }, { roleRef, subjects }),
    );
    expect(new Rbac(store).allows({ name: 'dev', groups: [] }, attributes)).toBe(expected);
  });

  it('lets everybody ask what he may', () => {
    const rbac = new Rbac(freshCluster());
    const review = wanted({
      verb: 'create',
      group: 'authorization.k8s.io',
      resource: 'selfsubjectaccessreviews',
      namespace: undefined,
    });
    expect(rbac.allows({ name: 'dev', groups: ['system:authenticated'] }, review)).toBe(true);
    expect(rbac.allows({ name: 'dev', groups: [] }, review)).toBe(false);
  });
});
