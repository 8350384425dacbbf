import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { AuthConfig, authEnvironment } from './auth/auth.config.js';
import { type FoundOperatorKey, findOperatorKey } from './auth/operator-key.service.js';
import { RateLimitsConfig, rateLimitsEnvironment } from './auth/rate-limits/rate-limits.config.js';
import { BackgroundTasksConfig, backgroundTasksEnvironment } from './background-tasks/background-tasks.config.js';
import { KubernetesConfig, kubernetesEnvironment } from './kubernetes/kubernetes.config.js';
import { ConfigError, type Environment, loadConfig } from './platform/config.js';
import { keepSecret } from './platform/kept-secret.js';
import { PlatformConfig, platformEnvironment } from './platform/platform.config.js';
import { ProvisionerConfig, provisionerEnvironment } from './provisioner/provisioner.config.js';

/** The settings of every room. */
export interface AppConfig {
  readonly platform: PlatformConfig;
  readonly kubernetes: KubernetesConfig;
  readonly rateLimits: RateLimitsConfig;
  readonly backgroundTasks: BackgroundTasksConfig;
  readonly provisioner: ProvisionerConfig;
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
    auth: authEnvironment,
    rateLimits: rateLimitsEnvironment,
    backgroundTasks: backgroundTasksEnvironment,
    provisioner: provisionerEnvironment,
  });
  const platform = new PlatformConfig(parsed.platform);
  const dataDirectory = resolve(platform.dataDirectory);
  if (platform.supabase !== undefined && parsed.provisioner.TENANTRY_ENCRYPTION_KEY === undefined) {
    // Secrets in a shared database must open on every replica, and after this machine is gone.
    throw new ConfigError(['TENANTRY_ENCRYPTION_KEY: is required with SUPABASE_URL']);
  }
  const encryptionKey = parsed.provisioner.TENANTRY_ENCRYPTION_KEY ?? (await keptEncryptionKey(dataDirectory));
  return {
    platform,
    dataDirectory,
    kubernetes: new KubernetesConfig(parsed.kubernetes),
    rateLimits: new RateLimitsConfig(parsed.rateLimits),
    backgroundTasks: new BackgroundTasksConfig(parsed.backgroundTasks),
    provisioner: new ProvisionerConfig(parsed.provisioner, encryptionKey),
    operatorKey: await findOperatorKey(new AuthConfig(parsed.auth), dataDirectory),
  };
}

async function keptEncryptionKey(dataDirectory: string): Promise<string> {
  const { secret } = await keepSecret(
    join(dataDirectory, 'encryption-key'),
    () => randomBytes(32).toString('base64'),
    isEncryptionKey,
  );
  return secret;
}

function isEncryptionKey(text: string): boolean {
  return Buffer.from(text, 'base64').length === 32;
}
