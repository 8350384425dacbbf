/** The least that helm/tenantry can be installed with. */
export const TENANTRY_VALUES = {
  supabase: { url: 'https://project.supabase.co', publishableKey: 'sb_publishable_example' },
  secrets: {
    supabase: { name: 'tenantry-supabase' },
    adminKey: { name: 'tenantry-keys' },
    encryptionKey: { name: 'tenantry-keys' },
    auditSigningKey: { name: 'tenantry-keys' },
  },
};

/** What Tenantry passes to every chart. */
export const RESERVED = {
  instanceId: '0199aa00-0000-7000-8000-000000000001',
  tenant: 'acme',
  plan: 'starter',
  secrets: { name: 'tenantry-values', hash: '6b86b273ff34fce19d6b804eff5a3f57' },
};

/** What each chart is rendered with, for the golden files and for every rule that holds for all of them. */
export const RENDERINGS: readonly {
  name: string;
  chart: string;
  values: Record<string, unknown>;
  args?: readonly string[];
}[] = [
  { name: 'web-app', chart: 'helm/blueprints/web-app', values: {} },
  {
    name: 'web-app-of-a-tenant',
    chart: 'helm/blueprints/web-app',
    values: {
      replicas: 3,
      env: { GREETING: 'Grüß Gott: "you"\n', EMPTY: '' },
      host: 'shop.example.com',
      ingress: { className: 'nginx', tlsSecret: 'shop-tls' },
      tenantry: { ...RESERVED, imagePullSecret: 'acme-registry' },
    },
  },
  { name: 'stateful-app', chart: 'test/fixtures/charts/stateful-app', values: { tenantry: RESERVED } },
  { name: 'crashes', chart: 'test/fixtures/charts/crashes', values: { tenantry: RESERVED } },
  { name: 'slow', chart: 'test/fixtures/charts/slow', values: {} },
  { name: 'tenantry', chart: 'helm/tenantry', values: TENANTRY_VALUES },
  {
    name: 'tenantry-without-persistence',
    chart: 'helm/tenantry',
    values: { ...TENANTRY_VALUES, replicas: 2, persistence: { enabled: false } },
  },
  {
    name: 'tenantry-with-everything',
    chart: 'helm/tenantry',
    values: {
      ...TENANTRY_VALUES,
      replicas: 2,
      image: { repository: 'registry.example/tenantry', digest: `sha256:${'0'.repeat(64)}`, pullSecrets: ['registry'] },
      extraEnv: [{ name: 'HELM_REGISTRY_CONFIG', value: '/etc/helm/config.json' }],
      extraVolumes: [{ name: 'helm', secret: { secretName: 'helm-registry' } }],
      extraVolumeMounts: [{ name: 'helm', mountPath: '/etc/helm' }],
      persistence: { size: '10Gi', storageClassName: 'fast-ssd', accessModes: ['ReadWriteOncePod'] },
      podAnnotations: { 'example.com/note': 'yes' },
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'control', operator: 'Exists' }],
      priorityClassName: 'system-cluster-critical',
      serviceAccount: { annotations: { 'example.com/role': 'tenantry' } },
      rbac: { extraRules: [{ apiGroups: ['cert-manager.io'], resources: ['certificates'], verbs: ['get', 'create'] }] },
      ingress: { enabled: true, className: 'nginx', host: 'tenantry.example.com', tlsSecret: 'tenantry-tls' },
      networkPolicy: { enabled: true },
    },
    args: ['--api-versions', 'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy'],
  },
];
