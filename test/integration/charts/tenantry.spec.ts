import { ChartHelm } from '../../charts/chart-helm.js';
import { TENANTRY_VALUES } from '../../charts/charts.js';
import { only, serverPod, serverWorkload, type Manifest } from '../../charts/manifest-pods.js';

const CHART = 'helm/tenantry';
let helm: ChartHelm;

beforeAll(async () => {
  helm = await ChartHelm.open('v34');
});
afterAll(() => helm.close());

async function rendered(values: Record<string, unknown> = {}): Promise<Manifest[]> {
  const options = { release: 'tenantry', namespace: 'control', values: { ...TENANTRY_VALUES, ...values } };
  const answer = await helm.template(CHART, options);
  expect(answer.stderr).toBe('');
  return answer.objects;
}

describe('what must be named before Tenantry can be installed', () => {
  it('says all that is missing at once, and how to make it', async () => {
    const answer = await helm.template(CHART, { namespace: 'control' });
    expect(answer.exitCode).toBe(1);
    for (const missing of [
      'supabase.url',
      'supabase.publishableKey',
      'secrets.supabase.name: a Secret in namespace control whose key SUPABASE_SECRET_KEY holds the Supabase secret key',
      'secrets.adminKey.name',
      'secrets.encryptionKey.name',
      'secrets.auditSigningKey.name',
      'docs/deploying.md',
    ]) {
      expect(answer.stderr).toContain(missing);
    }
  });

  it('names the Supabase secret alone when only that is missing', async () => {
    const secrets = { ...TENANTRY_VALUES.secrets, supabase: { name: '' } };
    const answer = await helm.template(CHART, { values: { ...TENANTRY_VALUES, secrets } });
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toContain('secrets.supabase.name');
    expect(answer.stderr).not.toContain('secrets.adminKey.name');
  });

  it.each<[string, Record<string, unknown>]>([
    ['/image/tag', { image: { tag: 'latest' } }],
    ['/image/digest', { image: { digest: 'sha256:short' } }],
    ['/roles/0', { roles: ['admin'] }],
    ['/roles', { roles: [] }],
    ['/logLevel', { logLevel: 'loud' }],
    ['/supabase/url', { supabase: { url: 'project.supabase.co' } }],
    ['/supabase', { supabase: { secretKey: 'sb_secret_in_clear' } }],
    ['/rbac/extraRules/0/verbs/0', { rbac: { extraRules: [{ apiGroups: [''], resources: ['pods'], verbs: ['*'] }] } }],
    [
      '/rbac/extraRules/0/verbs/0',
      { rbac: { extraRules: [{ apiGroups: [''], resources: ['x'], verbs: ['escalate'] }] } },
    ],
    [
      '/rbac/extraRules/0/resources/0',
      { rbac: { extraRules: [{ apiGroups: [''], resources: ['*'], verbs: ['get'] }] } },
    ],
    ['/ingress/host', { ingress: { enabled: true } }],
    ['/persistence/size', { persistence: { size: '2' } }],
    ['/persistence/size', { persistence: { size: '0Gi' } }],
    ['/persistence/storageClassName', { persistence: { storageClassName: 'Fast SSD' } }],
    ['/persistence/accessModes', { persistence: { accessModes: [] } }],
    ['/persistence/accessModes/0', { persistence: { accessModes: ['ReadOnlyMany'] } }],
    ['/persistence', { persistence: { existingClaim: 'one-for-all' } }],
    ['', { securityContext: {} }],
  ])('refuses %s in %j', async (pointer, values) => {
    const answer = await helm.template(CHART, { values: { ...TENANTRY_VALUES, ...values } });
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toContain(`at '${pointer}'`);
  });
});

describe('the pods of Tenantry', () => {
  it('take their settings from values and their secrets from Secrets', async () => {
    const env = serverPod(await rendered({ roles: ['worker'], logLevel: 'debug' })).spec.containers[0]?.env ?? [];
    expect(Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]))).toEqual({
      HOST: '0.0.0.0',
      PORT: '3000',
      TENANTRY_CLUSTER: 'in-cluster',
      TENANTRY_ROLES: 'worker',
      LOG_LEVEL: 'debug',
      TENANTRY_REPLICA: { fieldRef: { fieldPath: 'metadata.name' } },
      TENANTRY_DRAIN_SECONDS: '50',
      TENANTRY_DATA_DIR: '/var/lib/tenantry',
      SUPABASE_URL: 'https://project.supabase.co',
      SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_example',
      SUPABASE_SECRET_KEY: { secretKeyRef: { name: 'tenantry-supabase', key: 'SUPABASE_SECRET_KEY' } },
      TENANTRY_ADMIN_KEY: { secretKeyRef: { name: 'tenantry-keys', key: 'TENANTRY_ADMIN_KEY' } },
      TENANTRY_ENCRYPTION_KEY: { secretKeyRef: { name: 'tenantry-keys', key: 'TENANTRY_ENCRYPTION_KEY' } },
      TENANTRY_AUDIT_SIGNING_KEY: { secretKeyRef: { name: 'tenantry-keys', key: 'TENANTRY_AUDIT_SIGNING_KEY' } },
    });
  });

  it('write to two places only, and are asked whether they live, are ready and have started', async () => {
    const { spec } = serverPod(await rendered());
    expect(spec.containers[0]?.volumeMounts).toEqual([
      { name: 'data', mountPath: '/var/lib/tenantry' },
      { name: 'tmp', mountPath: '/tmp' },
    ]);
    expect(spec.containers[0]).toMatchObject({
      startupProbe: { httpGet: { path: '/readyz' } },
      livenessProbe: { httpGet: { path: '/livez' } },
      readinessProbe: { httpGet: { path: '/livez' } },
    });
  });

  it('run by digest rather than by tag when one is given', async () => {
    const image = { repository: 'registry.example/tenantry', tag: '9.9.9', digest: `sha256:${'a'.repeat(64)}` };
    expect(serverPod(await rendered({ image })).spec.containers[0]?.image).toBe(
      `registry.example/tenantry@sha256:${'a'.repeat(64)}`,
    );
  });

  it.each([
    [1, true, 0, undefined],
    [2, true, 1, 1],
    [3, true, 1, 1],
    [1, false, 0, undefined],
    [2, false, 1, 1],
  ])(
    'with %i replicas, persistent %s, have %i budget with %s available',
    async (replicas, enabled, budgets, minAvailable) => {
      const objects = await rendered({ replicas, persistence: { enabled } });
      const found = objects.filter(({ kind }) => kind === 'PodDisruptionBudget');
      expect(found.map(({ spec }) => spec?.['minAvailable'])).toEqual(budgets === 0 ? [] : [minAvailable]);
      expect(serverPod(objects).spec.topologySpreadConstraints?.length).toBe(budgets === 0 ? undefined : 2);
    },
  );

  it('can always be evicted one at a time, whatever the budget says', async () => {
    const objects = await rendered({ replicas: 2, podDisruptionBudget: { minAvailable: 5 } });
    expect(only(objects, 'PodDisruptionBudget').spec?.['minAvailable']).toBe(1);
  });

  it('are reached by the Service, which the pod of the test is not', async () => {
    const objects = await rendered();
    const selector = only(objects, 'Service').spec?.selector ?? {};
    expect(serverPod(objects).metadata?.labels).toEqual(selector);
    expect(only(objects, 'Pod').metadata.labels).not.toMatchObject(selector);
  });

  it('make an Ingress and a NetworkPolicy only when asked', async () => {
    const kinds = (await rendered()).map(({ kind }) => kind);
    expect(kinds).not.toContain('Ingress');
    expect(kinds).not.toContain('NetworkPolicy');
    const from = [{ podSelector: { matchLabels: { app: 'gateway' } } }];
    const policy = only(await rendered({ networkPolicy: { enabled: true, from } }), 'NetworkPolicy');
    expect(policy.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'], ingress: [{ from }] });
  });
});

describe('the data directories of Tenantry', () => {
  it('are claims that neither scaling down nor an uninstall takes, one a replica, of a class and size that the values say', async () => {
    const persistence = { size: '10Gi', storageClassName: 'fast', accessModes: ['ReadWriteOncePod'] };
    const { kind, spec } = serverWorkload(await rendered({ persistence, image: { tag: '9.9.9' } }));
    expect(kind).toBe('StatefulSet');
    expect(spec).toMatchObject({
      podManagementPolicy: 'Parallel',
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      template: { spec: { terminationGracePeriodSeconds: 60 } },
    });
    expect(spec?.volumeClaimTemplates).toEqual([
      {
        metadata: { name: 'data', labels: spec?.selector?.['matchLabels'] },
        spec: {
          accessModes: ['ReadWriteOncePod'],
          storageClassName: 'fast',
          resources: { requests: { storage: '10Gi' } },
        },
      },
    ]);
    expect(spec?.template?.spec.volumes?.map(({ name }) => name)).toEqual(['tmp']);
  });

  it('leave the class to the cluster when none is named', async () => {
    const [claim] = serverWorkload(await rendered()).spec?.volumeClaimTemplates ?? [];
    expect(claim?.spec).toEqual({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } });
  });

  it('can be written to by the group of the user that the pods run as, without a walk through all files at each start', async () => {
    const { securityContext } = serverPod(await rendered()).spec;
    expect(securityContext).toMatchObject({
      runAsUser: 10_001,
      fsGroup: 10_001,
      fsGroupChangePolicy: 'OnRootMismatch',
    });
  });

  it('go with the pod of a Deployment when nothing is to persist', async () => {
    const { kind, spec } = serverWorkload(await rendered({ persistence: { enabled: false } }));
    expect([kind, spec?.['strategy']]).toEqual([
      'Deployment',
      { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    ]);
    expect(spec?.template?.spec.volumes?.[0]).toEqual({ name: 'data', emptyDir: { sizeLimit: '2Gi' } });
  });
});
