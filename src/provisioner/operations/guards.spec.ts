import { blueprintSpec } from '../blueprints/blueprint.js';
import { guardObjects, type GuardSubject, namespaceObject, secretObject } from './guards.js';

function subject(spec: object = {}, plan: GuardSubject['plan'] = 'free'): GuardSubject {
  const parsed = blueprintSpec.parse({ name: 'web-app', chart: { path: 'charts/web-app' }, ...spec });
  return {
    instanceId: 'i1',
    tenantId: 't1',
    namespace: 't-acme-main',
    plan,
    blueprint: { ...parsed, id: 'b1', version: 1, created_at: '2026-01-01T00:00:00.000Z' },
  };
}

const ours = { 'app.kubernetes.io/managed-by': 'tenantry', 'tenantry.io/instance': 'i1' };

describe('the guards of an instance', () => {
  it('are a labelled namespace that lets only restricted pods in', () => {
    expect(namespaceObject(subject())).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: 't-acme-main',
        labels: {
          ...ours,
          'tenantry.io/tenant': 't1',
          'pod-security.kubernetes.io/enforce': 'restricted',
          'pod-security.kubernetes.io/warn': 'restricted',
        },
      },
    });
  });

  it('let in what the blueprint allows', () => {
    expect(namespaceObject(subject({ pod_security: 'baseline' })).metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'baseline',
    });
  });

  it('carry the label of the instance, in its namespace', () => {
    const objects = guardObjects(subject());
    expect(objects.map(({ kind, metadata: { name } }) => `${kind} ${name}`)).toEqual([
      'ResourceQuota tenantry',
      'LimitRange tenantry',
      'NetworkPolicy tenantry-isolation',
    ]);
    for (const { metadata } of objects) expect(metadata).toMatchObject({ namespace: 't-acme-main', labels: ours });
  });

  it.each([
    ['free', '500m', '512Mi'],
    ['starter', '1', '1Gi'],
    ['professional', '2', '4Gi'],
    ['enterprise', '8', '16Gi'],
  ] as const)('limit the plan %s to %s and %s', (plan, cpu, memory) => {
    expect(guardObjects(subject({}, plan))[0]?.spec).toEqual({
      hard: { 'requests.cpu': cpu, 'requests.memory': memory, 'limits.cpu': cpu, 'limits.memory': memory },
    });
  });

  it('limit a plan to what the blueprint says instead', () => {
    const spec = { resources_by_plan: { starter: { cpu: '3', memory: '2Gi' } } };
    expect(guardObjects(subject(spec, 'starter'))[0]?.spec).toMatchObject({
      hard: { 'limits.cpu': '3', 'limits.memory': '2Gi' },
    });
    expect(guardObjects(subject(spec, 'free'))[0]?.spec).toMatchObject({ hard: { 'limits.cpu': '500m' } });
  });

  it('give a container limits that asks for none, or the quota would refuse its pod', () => {
    expect(guardObjects(subject())[1]?.spec).toEqual({
      limits: [
        {
          type: 'Container',
          default: { cpu: '100m', memory: '128Mi' },
          defaultRequest: { cpu: '50m', memory: '64Mi' },
        },
      ],
    });
  });

  it('deny all traffic of every pod but inside the namespace and to DNS', () => {
    expect(guardObjects(subject())[2]?.spec).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: {} }] }],
      egress: [
        { to: [{ podSelector: {} }] },
        {
          to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
      ],
    });
  });

  it('make the exceptions that the blueprint names', () => {
    const rule = { from: [{ namespaceSelector: { matchLabels: { role: 'ingress' } } }] };
    const out = { ports: [{ port: 443 }] };
    const spec = guardObjects(subject({ network: { ingress: [rule], egress: [out] } }))[2]?.spec;
    expect(spec).toMatchObject({ ingress: [{ from: [{ podSelector: {} }] }, rule], egress: [{}, {}, out] });
  });

  it('hold secrets in a Secret by their names', () => {
    expect(secretObject(subject(), { API_TOKEN: 's3cret', ÜML: 'pä✓' })).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'tenantry-values', namespace: 't-acme-main', labels: ours },
      type: 'Opaque',
      data: { API_TOKEN: 'czNjcmV0', ÜML: Buffer.from('pä✓').toString('base64') },
    });
  });
});
