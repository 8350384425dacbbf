import { WATCHED_KINDS } from '../../../src/kubernetes/watched-kinds.js';
import { accessFaults, allows } from '../../charts/access-rules.js';
import { ChartHelm } from '../../charts/chart-helm.js';
import { RENDERINGS, TENANTRY_VALUES } from '../../charts/charts.js';
import { serverPod, only, type Manifest, type PolicyRule } from '../../charts/manifest-pods.js';

const CHART = 'helm/tenantry';
const CAN_CONFINE = ['--api-versions', 'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy'];
const WRITE = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
let helm: ChartHelm;

beforeAll(async () => {
  helm = await ChartHelm.open('v34');
});
afterAll(() => helm.close());

async function rendered(values: Record<string, unknown> = {}, args: readonly string[] = []): Promise<Manifest[]> {
  const options = { release: 'tenantry', namespace: 'control', values: { ...TENANTRY_VALUES, ...values }, args };
  const answer = await helm.template(CHART, options);
  expect(answer.stderr).toBe('');
  return answer.objects;
}

async function grantedRules(values: Record<string, unknown> = {}): Promise<readonly PolicyRule[]> {
  return only(await rendered(values), 'ClusterRole').rules ?? [];
}

// Namespaced kinds of a Kubernetes 1.34 server that can be listed and deleted: what a namespace may be found to hold.
const NAMESPACED_KINDS: Record<string, string[]> = {
  '': [
    'configmaps',
    'endpoints',
    'limitranges',
    'persistentvolumeclaims',
    'pods',
    'podtemplates',
    'replicationcontrollers',
    'resourcequotas',
    'secrets',
    'serviceaccounts',
    'services',
  ],
  apps: ['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  autoscaling: ['horizontalpodautoscalers'],
  batch: ['cronjobs', 'jobs'],
  'coordination.k8s.io': ['leases'],
  'discovery.k8s.io': ['endpointslices'],
  'networking.k8s.io': ['ingresses', 'networkpolicies'],
  policy: ['poddisruptionbudgets'],
  'rbac.authorization.k8s.io': ['rolebindings', 'roles'],
  'resource.k8s.io': ['resourceclaims', 'resourceclaimtemplates'],
  'storage.k8s.io': ['csistoragecapacities'],
};

describe('the rights of Tenantry', () => {
  it('hold no wildcard, no way to more rights, and nothing of the nodes', async () => {
    expect(accessFaults(await grantedRules())).toEqual([]);
  });

  it.each<[string, Partial<PolicyRule>]>([
    ['wildcard in verbs', { verbs: ['*'] }],
    ['wildcard in resources', { resources: ['*/scale'] }],
    ['wildcard in apiGroups', { apiGroups: ['*'] }],
    ['verb escalate on roles', { resources: ['roles'], verbs: ['escalate'] }],
    ['resource nodes', { resources: ['nodes'] }],
    ['resource clusterrolebindings', { resources: ['clusterrolebindings'] }],
    ['resource serviceaccounts/token', { resources: ['serviceaccounts/token'] }],
  ])('are checked by a rule that sees %s', (fault, rule) => {
    expect(accessFaults([{ apiGroups: [''], resources: ['pods'], verbs: ['get'], ...rule }])).toEqual([fault]);
  });

  it('bind one service account of one namespace, by names that a second installation does not share', async () => {
    const objects = await rendered();
    const role = only(objects, 'ClusterRole').metadata.name;
    expect(role).toBe('control:tenantry');
    expect(only(objects, 'ClusterRoleBinding')).toMatchObject({
      roleRef: { kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name: 'tenantry', namespace: 'control' }],
    });
    expect(serverPod(objects).spec.serviceAccountName).toBe('tenantry');
  });

  it('let it look at every kind a namespace may hold, to prove that nothing is left', async () => {
    const rules = await grantedRules();
    const unseen = Object.entries(NAMESPACED_KINDS).flatMap(([group, resources]) =>
      resources.filter((resource) => !allows(rules, group, resource, 'list')),
    );
    expect(unseen).toEqual([]);
  });

  it('let it watch what it watches', async () => {
    const rules = await grantedRules();
    const unwatched = WATCHED_KINDS.filter(({ apiVersion, plural }) => {
      const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
      return !['list', 'watch'].every((verb) => allows(rules, group, plural, verb));
    });
    expect(unwatched).toEqual([]);
  });

  it('let it read what pods use, and nothing else of who measures that', async () => {
    const rules = await grantedRules();
    const may = ['list', 'get', 'watch'].filter((verb) => allows(rules, 'metrics.k8s.io', 'pods', verb));
    expect([may, allows(rules, 'metrics.k8s.io', 'nodes', 'list')]).toEqual([['list'], false]);
  });

  it('let it write every object of our charts, and pass on the rights in their Roles', async () => {
    const rules = await grantedRules();
    for (const { chart, values } of RENDERINGS.filter((one) => one.chart !== CHART)) {
      for (const object of (await helm.template(chart, { values })).objects) {
        const group = object.apiVersion.includes('/') ? (object.apiVersion.split('/')[0] ?? '') : '';
        const refused = WRITE.filter((verb) => !allows(rules, group, pluralOf(object.kind), verb));
        expect([object.kind, refused]).toEqual([object.kind, []]);
        expect(passedOn(object).filter(([g, resource, verb]) => !allows(rules, g, resource, verb))).toEqual([]);
      }
    }
  });

  it.each([
    ['', 'pods/exec', 'create'],
    ['', 'namespaces', 'update'],
    ['', 'nodes', 'get'],
    ['', 'events', 'create'],
    ['', 'endpoints', 'create'],
    ['apps', 'replicasets', 'delete'],
    ['rbac.authorization.k8s.io', 'clusterroles', 'get'],
    ['admissionregistration.k8s.io', 'validatingadmissionpolicies', 'delete'],
  ])('do not allow %s %s %s', async (group, resource, verb) => {
    expect(allows(await grantedRules(), group, resource, verb)).toBe(false);
  });

  it('grow only by what the operator lists', async () => {
    const extra = { apiGroups: ['cert-manager.io'], resources: ['certificates'], verbs: ['get', 'create'] };
    expect(await grantedRules({ rbac: { extraRules: [extra] } })).toEqual([...(await grantedRules()), extra]);
  });

  it('are left to somebody else when asked, and the service account too', async () => {
    const values = { rbac: { create: false }, serviceAccount: { create: false, name: 'given' } };
    const objects = await rendered(values);
    expect(objects.map(({ kind }) => kind)).toEqual(['Service', 'StatefulSet', 'Pod']);
    expect(serverPod(objects).spec.serviceAccountName).toBe('given');
  });
});

describe('the policy that confines writes', () => {
  it('is there where the cluster knows it, unless it is switched off', async () => {
    const policies = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];
    expect(admissionKinds(await rendered({}, CAN_CONFINE))).toEqual(policies);
    expect(admissionKinds(await rendered())).toEqual([]);
    expect(admissionKinds(await rendered({ rbac: { confineWrites: false } }, CAN_CONFINE))).toEqual([]);
  });

  it('binds this service account only, denies, and fails closed', async () => {
    const objects = await rendered({}, CAN_CONFINE);
    const policy = only(objects, 'ValidatingAdmissionPolicy');
    expect(policy.spec).toMatchObject({
      failurePolicy: 'Fail',
      matchConditions: [{ expression: 'request.userInfo.username == "system:serviceaccount:control:tenantry"' }],
    });
    expect(only(objects, 'ValidatingAdmissionPolicyBinding').spec).toEqual({
      policyName: policy.metadata.name,
      validationActions: ['Deny'],
    });
  });
});

function admissionKinds(objects: readonly Manifest[]): string[] {
  return objects.map(({ kind }) => kind).filter((kind) => kind.startsWith('ValidatingAdmission'));
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower.endsWith('y')) return `${lower.slice(0, -1)}ies`;
  return lower.endsWith('s') ? `${lower}es` : `${lower}s`;
}

/** Group, resource and verb of everything a Role grants; the creator must hold each. */
function passedOn(object: Manifest): [string, string, string][] {
  return (object.rules ?? []).flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb): [string, string, string] => [group, resource, verb])),
    ),
  );
}
