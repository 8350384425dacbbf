import { readFile } from 'node:fs/promises';
import { auditEnvironment } from '../../../src/audit/audit.config.js';
import { authEnvironment } from '../../../src/auth/auth.config.js';
import { rateLimitsEnvironment } from '../../../src/auth/rate-limits/rate-limits.config.js';
import { backgroundTasksEnvironment } from '../../../src/background-tasks/background-tasks.config.js';
import { billingEnvironment } from '../../../src/billing/billing.config.js';
import { paymentsEnvironment } from '../../../src/billing/payments/payments.config.js';
import { kubernetesEnvironment } from '../../../src/kubernetes/kubernetes.config.js';
import { platformEnvironment } from '../../../src/platform/platform.config.js';
import { provisionerEnvironment } from '../../../src/provisioner/provisioner.config.js';
import { usageMetricsEnvironment } from '../../../src/usage-metrics/usage-metrics.config.js';

const schemas = [
  platformEnvironment,
  kubernetesEnvironment,
  auditEnvironment,
  authEnvironment,
  rateLimitsEnvironment,
  backgroundTasksEnvironment,
  provisionerEnvironment,
  usageMetricsEnvironment,
  billingEnvironment,
  paymentsEnvironment,
];

/** Not settings of Tenantry: what a process and a pod find in their environment anyway. */
const given = new Set(['HOME', 'PATH', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT']);

describe("the README's settings", () => {
  it('are the variables that the rooms parse, and no others', async () => {
    const parsed = schemas.flatMap(({ shape }) => Object.keys(shape)).filter((name) => !given.has(name));
    expect((await documented()).sort()).toEqual(parsed.sort());
  });

  it('have the defaults that the rooms have', async () => {
    const defaults = schemas.map((schema) => schema.parse({}));
    const readme = await section();
    expect(defaults).toEqual([
      expect.objectContaining({ PORT: 3000, HOST: '127.0.0.1', TENANTRY_ROLES: ['api', 'worker'] }),
      expect.objectContaining({ TENANTRY_CLUSTER: 'embedded', TENANTRY_CLUSTER_NAME: 'default' }),
      expect.objectContaining({ TENANTRY_AUDIT_CHECKPOINT_SECONDS: 300, TENANTRY_AUDIT_RETENTION_DAYS: 0 }),
      expect.objectContaining({}),
      expect.objectContaining({ TENANTRY_RATE_LIMIT_PER_MINUTE: 6000 }),
      expect.objectContaining({
        TENANTRY_OPERATION_CONCURRENCY: 32,
        TENANTRY_LEASE_SECONDS: 10,
        TENANTRY_OUTBOX_DAYS: 30,
      }),
      expect.objectContaining({ TENANTRY_HELM_CONCURRENCY: 4, TENANTRY_DRIFT_SWEEP_SECONDS: 60 }),
      expect.objectContaining({ TENANTRY_USAGE_RETENTION_DAYS: 90 }),
      expect.objectContaining({ TENANTRY_PAYMENT_TERMS_DAYS: 14, TENANTRY_DUNNING_DAYS: 14 }),
      { TENANTRY_PAYMENTS: 'none', STRIPE_API_BASE: 'https://api.stripe.com' },
    ]);
    for (const [name, value] of defaults.flatMap((values) => Object.entries(values))) {
      if (typeof value === 'number') expect(readme).toMatch(new RegExp(`\`${name}\`[^|]*\\| ${value}\\b`));
    }
  });
});

async function section(): Promise<string> {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  return readme.slice(readme.indexOf('## Settings'), readme.indexOf('## Read on'));
}

/** The names in the first column of the table. */
async function documented(): Promise<string[]> {
  const rows = (await section()).split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name ?? ''));
}
