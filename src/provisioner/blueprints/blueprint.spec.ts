import { blueprintSpec, resourcesOf } from './blueprint.js';

const minimal = { name: 'web-app', chart: { path: 'charts/web-app' } };

/** Where a publication is at fault. */
function faultsOf(body: object): string[] {
  const parsed = blueprintSpec.safeParse({ ...minimal, ...body });
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('/'));
}

describe('a blueprint', () => {
  it('needs a name and a chart, and has sensible everything else', () => {
    expect(blueprintSpec.parse(minimal)).toEqual({
      ...minimal,
      values: {},
      readiness: { timeout_seconds: 180, deadline_seconds: 600 },
      drift: { mode: 'warn' },
      deletion: { volumes: 'delete' },
      resources_by_plan: {},
      pod_security: 'restricted',
      network: { ingress: [], egress: [] },
      start_order: [],
    });
  });

  it.each<[string, object]>([
    ['a chart from an OCI registry', { chart: { oci: 'oci://ghcr.io/acme/web', version: '1.2.3' } }],
    [
      'a chart from a repository',
      { chart: { repository: 'https://charts.example.com', name: 'web', version: '1.2.3' } },
    ],
    ['one wait set', { readiness: { timeout_seconds: 30 } }],
    ['both waits the same', { readiness: { timeout_seconds: 60, deadline_seconds: 60 } }],
    ['resources of one plan', { resources_by_plan: { starter: { cpu: '1.5', memory: '768Mi' } } }],
    ['a name of 63 characters', { name: 'a'.repeat(63) }],
  ])('takes %s', (_what, body) => {
    expect(faultsOf(body)).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    ['a name in upper case', { name: 'Web' }, ['name']],
    ['a name that begins with a dash', { name: '-web' }, ['name']],
    ['a name of 64 characters', { name: 'a'.repeat(64) }, ['name']],
    ['no chart', { chart: undefined }, ['chart']],
    ['two charts', { chart: { path: 'x', oci: 'oci://x', version: '1' } }, ['chart']],
    ['a chart path that passes for a flag', { chart: { path: '--post-renderer=/bin/sh' } }, ['chart/path']],
    [
      'a chart name that passes for a flag',
      { chart: { repository: 'https://x', name: '--devel', version: '1' } },
      ['chart/name'],
    ],
    ['a version that passes for a flag', { chart: { oci: 'oci://x', version: '--insecure' } }, ['chart/version']],
    ['a version with white space', { chart: { oci: 'oci://x', version: '1 --insecure' } }, ['chart/version']],
    ['a chart by another protocol', { chart: { oci: 'https://x', version: '1' } }, ['chart/oci']],
    [
      'a repository that is a file',
      { chart: { repository: 'file:///etc', name: 'x', version: '1' } },
      ['chart/repository'],
    ],
    [
      'a deadline before the wait',
      { readiness: { timeout_seconds: 60, deadline_seconds: 59 } },
      ['readiness/deadline_seconds'],
    ],
    ['no time at all', { readiness: { timeout_seconds: 0 } }, ['readiness/timeout_seconds']],
    ['half a second', { readiness: { timeout_seconds: 0.5 } }, ['readiness/timeout_seconds']],
    ['another drift mode', { drift: { mode: 'prune' } }, ['drift/mode']],
    ['another deletion', { deletion: { volumes: 'maybe' } }, ['deletion/volumes']],
    [
      'a plan that none can be called',
      { resources_by_plan: { 'Gold plan': { cpu: '1', memory: '1Gi' } } },
      ['resources_by_plan/Gold plan'],
    ],
    [
      'a quantity that is none',
      { resources_by_plan: { free: { cpu: 'much', memory: '1Gi' } } },
      ['resources_by_plan/free/cpu'],
    ],
    ['a host at no pointer', { hostname: { value: 'ingress.host' } }, ['hostname/value']],
    ['a host template with a slash', { hostname: { value: '/h', template: '{tenant}/x' } }, ['hostname/template']],
    ['a member nobody knows', { replicas: 3 }, ['']],
  ])('refuses %s', (_what, body, pointers) => {
    expect(faultsOf(body)).toEqual(pointers);
  });

  it('tells of every fault at once', () => {
    expect(
      faultsOf({ name: 'Web', drift: { mode: 'x' }, readiness: { timeout_seconds: -1 }, extra: 1 }).sort(),
    ).toEqual(['', 'drift/mode', 'name', 'readiness/timeout_seconds']);
  });

  it.each([
    ['free', { cpu: '500m', memory: '512Mi' }],
    ['starter', { cpu: '1', memory: '1Gi' }],
    ['professional', { cpu: '2', memory: '4Gi' }],
    ['enterprise', { cpu: '8', memory: '16Gi' }],
    // Plans of the operator's own.
    ['team', { cpu: '1', memory: '1Gi' }],
    ['constructor', { cpu: '1', memory: '1Gi' }],
  ] as const)('gives the plan %s its resources unless it says otherwise', (plan, standard) => {
    const own = { cpu: '3', memory: '3Gi' };
    expect(resourcesOf(blueprintSpec.parse(minimal), plan)).toEqual(standard);
    expect(resourcesOf(blueprintSpec.parse({ ...minimal, resources_by_plan: { [plan]: own } }), plan)).toEqual(own);
  });
});
