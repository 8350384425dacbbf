import type { KubeObject } from '../../store/kube-object.js';
import { ObjectStore } from '../../store/object-store.js';
import { draft } from '../../store/testing/draft.js';
import { authorize, authorizePath } from './authorize.js';
import { checkEscalation } from './escalation.js';
import { impersonated } from './impersonation.js';
import { Rbac, type Attributes } from './rbac.js';
import { ADMIN, serviceAccountUser, type User } from './user.js';

const RBAC = 'rbac.authorization.k8s.io';
const BOB = serviceAccountUser('ns', 'bob', 'u');
const DEV: User = { name: 'dev', groups: ['developers'] };

function wanted(change: Partial<Attributes> = {}): Attributes {
  return { verb: 'get', group: '', resource: 'pods', subresource: '', name: 'p', namespace: 'ns', ...change };
}

function clusterWide(object: KubeObject): KubeObject {
  const { namespace: _namespace, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function role(kind: 'Role' | 'ClusterRole', name: string, rules: readonly object[]): KubeObject {
  const made = draft(`${RBAC}/v1`, kind, { name }, { rules });
  return kind === 'Role' ? made : clusterWide(made);
}

function binding(
  kind: 'RoleBinding' | 'ClusterRoleBinding',
  name: string,
  ref: [string, string],
  subject: object,
): KubeObject {
  const made = draft(
    `${RBAC}/v1`,
    kind,
    { name },
    { roleRef: { kind: ref[0], name: ref[1], apiGroup: RBAC }, subjects: [subject] },
  );
  return kind === 'RoleBinding' ? made : clusterWide(made);
}

const READ_PODS = { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] };
const SCALE = { apiGroups: ['apps'], resources: ['*/scale'], verbs: ['*'] };
const ONE_SECRET = { apiGroups: [''], resources: ['secrets'], resourceNames: ['mine'], verbs: ['get'] };
const METRICS = { nonResourceURLs: ['/metrics', '/debug/*'], verbs: ['get'] };

function cluster(): { store: ObjectStore; rbac: Rbac } {
  const store = new ObjectStore();
  store.create(`${RBAC}/roles`, role('Role', 'reader', [READ_PODS, ONE_SECRET]));
  store.create(`${RBAC}/clusterroles`, role('ClusterRole', 'scaler', [SCALE, METRICS]));
  store.create(
    `${RBAC}/rolebindings`,
    binding('RoleBinding', 'bob-reads', ['Role', 'reader'], { kind: 'ServiceAccount', name: 'bob' }),
  );
  store.create(
    `${RBAC}/rolebindings`,
    binding('RoleBinding', 'dev-scales', ['ClusterRole', 'scaler'], { kind: 'User', name: 'dev' }),
  );
  store.create(
    `${RBAC}/clusterrolebindings`,
    binding('ClusterRoleBinding', 'developers', ['ClusterRole', 'scaler'], { kind: 'Group', name: 'developers' }),
  );
  return { store, rbac: new Rbac(store) };
}

describe('Rbac', () => {
  const { rbac } = cluster();

  it.each([
    ['an administrator anything', ADMIN, wanted({ verb: 'delete', resource: 'nodes', namespace: undefined }), true],
    ['an account what its role says', BOB, wanted(), true],
    ['it not in another namespace', BOB, wanted({ namespace: 'other' }), false],
    ['it not in all namespaces', BOB, wanted({ namespace: undefined }), false],
    ['it no other verb', BOB, wanted({ verb: 'delete' }), false],
    ['a subresource that is named', BOB, wanted({ subresource: 'log' }), true],
    ['no subresource that is not', BOB, wanted({ subresource: 'exec' }), false],
    ['a secret that is named', BOB, wanted({ resource: 'secrets', name: 'mine' }), true],
    ['no other secret', BOB, wanted({ resource: 'secrets', name: 'other' }), false],
    ['no list of secrets where one is named', BOB, wanted({ resource: 'secrets', name: '' }), false],
    [
      'a group everywhere through a cluster role binding',
      DEV,
      wanted({ group: 'apps', resource: 'deployments', subresource: 'scale', verb: 'patch', namespace: 'other' }),
      true,
    ],
    [
      'nothing but the subresource of all types',
      DEV,
      wanted({ group: 'apps', resource: 'deployments', verb: 'patch' }),
      false,
    ],
  ])('allows %s', (_what, user, attributes, expected) => {
    expect(rbac.allows(user, attributes)).toBe(expected);
  });

  it.each([
    ['/metrics', true],
    ['/debug/pprof', true],
    ['/metrics/more', false],
  ])('of path %s: %s', (path, expected) => {
    expect(rbac.allowsPath(DEV, { verb: 'get', path })).toBe(expected);
  });
});

describe('the words of a refusal', () => {
  const { rbac } = cluster();

  it.each([
    [
      wanted({ verb: 'list', group: 'apps', resource: 'deployments', name: '' }),
      'deployments.apps is forbidden: User "system:serviceaccount:ns:bob" cannot list resource "deployments" in API group "apps" in the namespace "ns"',
    ],
    [
      wanted({ verb: 'delete' }),
      'pods "p" is forbidden: User "system:serviceaccount:ns:bob" cannot delete resource "pods" in API group "" in the namespace "ns"',
    ],
    [
      wanted({ verb: 'list', resource: 'nodes', name: '', namespace: undefined }),
      'nodes is forbidden: User "system:serviceaccount:ns:bob" cannot list resource "nodes" in API group "" at the cluster scope',
    ],
    [
      wanted({ verb: 'patch', group: 'apps', resource: 'deployments', subresource: 'scale', name: 'web' }),
      'deployments.apps "web" is forbidden: User "system:serviceaccount:ns:bob" cannot patch resource "deployments/scale" in API group "apps" in the namespace "ns"',
    ],
  ])('%#', (attributes, message) => {
    expect(() => authorize(rbac, BOB, attributes)).toThrow(
      expect.objectContaining({ code: 403, reason: 'Forbidden', message }),
    );
  });

  it('lets everybody discover, and asks for a rule for other paths', () => {
    expect(() => authorizePath(rbac, BOB, 'GET', '/apis')).not.toThrow();
    expect(() => authorizePath(rbac, BOB, 'GET', '/metrics')).toThrow(
      'forbidden: User "system:serviceaccount:ns:bob" cannot get path "/metrics"',
    );
    expect(() => authorizePath(rbac, DEV, 'GET', '/metrics')).not.toThrow();
  });
});

describe('checkEscalation', () => {
  const { store, rbac } = cluster();
  store.create(`${RBAC}/roles`, role('Role', 'strong', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]));

  it('lets an administrator grant anything', () => {
    expect(() =>
      checkEscalation(rbac, ADMIN, role('Role', 'x', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }])),
    ).not.toThrow();
  });

  it('lets somebody grant what he holds', () => {
    expect(() =>
      checkEscalation(rbac, BOB, role('Role', 'x', [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }])),
    ).not.toThrow();
    const own = binding('RoleBinding', 'x', ['Role', 'reader'], { kind: 'User', name: 'friend' });
    expect(() => checkEscalation(rbac, BOB, own)).not.toThrow();
  });

  it('refuses a role that grants more, and lists what is missing', () => {
    const more = role('Role', 'x', [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'delete'] }]);
    expect(() => checkEscalation(rbac, BOB, more)).toThrow(
      'roles.rbac.authorization.k8s.io "x" is forbidden: user "system:serviceaccount:ns:bob" ' +
        '(groups=["system:serviceaccounts" "system:serviceaccounts:ns" "system:authenticated"]) ' +
        'is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
    );
  });

  it('refuses a binding to a role that grants more', () => {
    const strong = binding('RoleBinding', 'x', ['Role', 'strong'], { kind: 'User', name: 'friend' });
    expect(() => checkEscalation(rbac, BOB, strong)).toThrow('rolebindings.rbac.authorization.k8s.io "x" is forbidden');
  });

  it('does not let somebody widen a rule about one name to all', () => {
    const all = role('Role', 'x', [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]);
    expect(() => checkEscalation(rbac, BOB, all)).toThrow('not currently held');
    expect(() => checkEscalation(rbac, BOB, role('Role', 'x', [ONE_SECRET]))).not.toThrow();
  });

  it('cares for nothing but roles and bindings', () => {
    expect(() => checkEscalation(rbac, BOB, draft('v1', 'ConfigMap', { name: 'x' }))).not.toThrow();
  });
});

describe('impersonated', () => {
  const { rbac } = cluster();

  it('is the one who asks without the header', () => {
    expect(impersonated(rbac, DEV, {})).toBe(DEV);
  });

  it('lets an administrator be a service account, with its groups', () => {
    const user = impersonated(rbac, ADMIN, { 'impersonate-user': 'system:serviceaccount:ns:bob' });
    expect(user).toEqual({
      name: 'system:serviceaccount:ns:bob',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
    });
  });

  it('takes named groups, and refuses those who may not', () => {
    const headers = { 'impersonate-user': 'x', 'impersonate-group': 'a, b' };
    expect(impersonated(rbac, ADMIN, headers).groups).toEqual(['a', 'b', 'system:authenticated']);
    expect(() => impersonated(rbac, DEV, headers)).toThrow(
      'users "x" is forbidden: User "dev" cannot impersonate resource "users"',
    );
  });
});
