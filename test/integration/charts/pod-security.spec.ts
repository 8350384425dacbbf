import { ChartHelm } from '../../charts/chart-helm.js';
import { RENDERINGS } from '../../charts/charts.js';
import { podTemplateOf, serverWorkload, type Container, type PodSpec } from '../../charts/manifest-pods.js';
import { restrictedFaults } from '../../charts/pod-security.js';

const SAFE: Container = {
  name: 'app',
  image: 'registry.example/app:1',
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
};
const SAFE_POD: PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [SAFE],
};

function podWith(changed: NonNullable<Container['securityContext']>): PodSpec {
  return { ...SAFE_POD, containers: [{ ...SAFE, securityContext: { ...SAFE.securityContext, ...changed } }] };
}

describe('the rule for pods', () => {
  it.each<[string, PodSpec, string[]]>([
    ['a safe pod', SAFE_POD, []],
    [
      'a pod without any settings',
      { containers: [{ name: 'app', image: 'a' }] },
      [
        'app: allowPrivilegeEscalation is not false',
        'app: runAsNonRoot is not true',
        'app: seccompProfile is open',
        'app: capabilities are not dropped',
        'app: readOnlyRootFilesystem is not true',
      ],
    ],
    ['a privileged container', podWith({ privileged: true }), ['app: privileged']],
    ['root by number', podWith({ runAsUser: 0 }), ['app: runAsUser is root']],
    ['root allowed by the container', podWith({ runAsNonRoot: false }), ['app: runAsNonRoot is not true']],
    ['an unconfined profile', podWith({ seccompProfile: { type: 'Unconfined' } }), ['app: seccompProfile is open']],
    ['a capability', podWith({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }), ['app: capabilities are added']],
    ['low ports', podWith({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } }), []],
    ['the network of the host', { ...SAFE_POD, hostNetwork: true }, ['hostNetwork']],
    [
      'a path of the host',
      { ...SAFE_POD, volumes: [{ name: 'root', hostPath: { path: '/' } }] },
      ['volume root: hostPath'],
    ],
    [
      'an init container',
      { ...SAFE_POD, initContainers: [{ ...SAFE, name: 'init', securityContext: {} }] },
      [
        'init: allowPrivilegeEscalation is not false',
        'init: capabilities are not dropped',
        'init: readOnlyRootFilesystem is not true',
      ],
    ],
  ])('judges %s', (_, pod, faults) => {
    expect(restrictedFaults(pod)).toEqual(faults);
  });
});

describe('the pods of our charts', () => {
  let helm: ChartHelm;

  beforeAll(async () => {
    helm = await ChartHelm.open('v34');
  });
  afterAll(() => helm.close());

  it.each(RENDERINGS)(
    '$name: all satisfy Pod Security restricted and have bounds',
    async ({ chart, values, args = [] }) => {
      const { objects } = await helm.template(chart, { values, args });
      const pods = objects.flatMap((object) => podTemplateOf(object) ?? []);
      expect(pods.length).toBeGreaterThan(0);
      expect(pods.flatMap(({ spec }) => restrictedFaults(spec))).toEqual([]);
      const unbounded = pods.flatMap(({ spec }) => spec.containers.filter(({ resources }) => resources === undefined));
      expect(unbounded).toEqual([]);
    },
  );

  it.each(RENDERINGS)('$name: only Tenantry itself gets a token', async ({ chart, values, args = [] }) => {
    const { objects } = await helm.template(chart, { values, args });
    const withToken = objects.filter((object) => podTemplateOf(object)?.spec.automountServiceAccountToken !== false);
    const pods = withToken.filter((object) => podTemplateOf(object) !== undefined);
    expect(pods.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(
      chart === 'helm/tenantry' ? [`${serverWorkload(objects).kind}/tenantry-acme`] : [],
    );
  });
});
