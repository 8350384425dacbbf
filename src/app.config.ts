import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { AuditConfig, auditEnvironment } from './audit/audit.config.js';
import { isSigningKey, newSigningKey } from './audit/signing-key.js';
import { AuthConfig, authEnvironment } from './auth/auth.config.js';
import { type FoundOperatorKey, findOperatorKey } from './auth/operator-key.service.js';
import { RateLimitsConfig, rateLimitsEnvironment } from './auth/rate-limits/rate-limits.config.js';
import { BackgroundTasksConfig, backgroundTasksEnvironment } from './background-tasks/background-tasks.config.js';
import { KubernetesConfig, kubernetesEnvironment } from './kubernetes/kubernetes.config.js';
import { BillingConfig, billingEnvironment } from './billing/billing.config.js';
import { paymentFaults, PaymentsConfig, paymentsEnvironment } from './billing/payments/payments.config.js';
import { ConfigError, type Environment, loadConfig } from './platform/config.js';
import { keepSecret } from './platform/kept-secret.js';
import { PlatformConfig, platformEnvironment } from './platform/platform.config.js';
import { ProvisionerConfig, provisionerEnvironment } from './provisioner/provisioner.config.js';
import { UsageMetricsConfig, usageMetricsEnvironment } from './usage-metrics/usage-metrics.config.js';

/** The settings of every room. */
export interface AppConfig {
  readonly platform: PlatformConfig;
  readonly kubernetes: KubernetesConfig;
  readonly audit: AuditConfig;
  readonly rateLimits: RateLimitsConfig;
  readonly backgroundTasks: BackgroundTasksConfig;
  readonly provisioner: ProvisionerConfig;
  readonly usageMetrics: UsageMetricsConfig;
  readonly billing: BillingConfig;
  readonly payments: PaymentsConfig;
  readonly auth: AuthConfig;
  readonly operatorKey: FoundOperatorKey;
  /** Absolute. */
  readonly dataDirectory: string;
}

/**
 * Parses the environment for every room, and finds or makes the keys that it leaves out.
 * @throws ConfigError with every fault of every room
 */
export async function appConfig(environment: Environment): Promise<AppConfig> {
  const parsed = loadConfig(environment, {
    platform: platformEnvironment,
    kubernetes: kubernetesEnvironment,
    audit: auditEnvironment,
    auth: authEnvironment,
    rateLimits: rateLimitsEnvironment,
    backgroundTasks: backgroundTasksEnvironment,
    provisioner: provisionerEnvironment,
    usageMetrics: usageMetricsEnvironment,
    billing: billingEnvironment,
    payments: paymentsEnvironment,
  });
  const platform = new PlatformConfig(parsed.platform);
  const faults = paymentFaults(parsed.payments, platform.supabase !== undefined);
  if (faults.length > 0) throw new ConfigError(faults);
  const dataDirectory = resolve(platform.dataDirectory);
  const encryption = parsed.provisioner.TENANTRY_ENCRYPTION_KEY;
  const signing = parsed.audit.TENANTRY_AUDIT_SIGNING_KEY;
  if (platform.supabase !== undefined) requireSharedKeys({ encryption, signing });
  const encryptionKeys = encryption ?? [
    await keptKey(dataDirectory, 'encryption-key', newEncryptionKey, isEncryptionKey),
  ];
  const signingKey = signing ?? (await keptKey(dataDirectory, 'audit-signing-key', newSigningKey, isSigningKey));
  const auth = new AuthConfig(parsed.auth, platform.supabase === undefined ? 'test' : 'live');
  return {
    platform,
    dataDirectory,
    kubernetes: new KubernetesConfig(parsed.kubernetes),
    audit: new AuditConfig(parsed.audit, signingKey),
    rateLimits: new RateLimitsConfig(parsed.rateLimits),
    backgroundTasks: new BackgroundTasksConfig(parsed.backgroundTasks),
    provisioner: new ProvisionerConfig(parsed.provisioner, encryptionKeys),
    usageMetrics: new UsageMetricsConfig(parsed.usageMetrics, dataDirectory),
    billing: new BillingConfig(parsed.billing),
    payments: new PaymentsConfig(parsed.payments),
    auth,
    operatorKey: await findOperatorKey(auth, dataDirectory),
  };
}

/** What is sealed in a shared database must open on every replica, and what is signed be theirs, after this machine is gone. */
function requireSharedKeys(keys: { encryption: readonly string[] | undefined; signing: string | undefined }): void {
  const faults = [
    ...(keys.encryption === undefined ? ['TENANTRY_ENCRYPTION_KEY: is required with SUPABASE_URL'] : []),
    ...(keys.signing === undefined ? ['TENANTRY_AUDIT_SIGNING_KEY: is required with SUPABASE_URL'] : []),
  ];
  if (faults.length > 0) throw new ConfigError(faults);
}

async function keptKey(
  dataDirectory: string,
  name: string,
  make: () => string,
  isOne: (text: string) => boolean,
): Promise<string> {
  const { secret } = await keepSecret(join(dataDirectory, name), make, isOne);
  return secret;
}

function newEncryptionKey(): string {
  return randomBytes(32).toString('base64');
}

function isEncryptionKey(text: string): boolean {
  return Buffer.from(text, 'base64').length === 32;
}
