import { join } from 'node:path';
import { z } from 'zod';

const packageRoot = join(import.meta.dirname, '..', '..');

/** How instances are provisioned. */
export const provisionerEnvironment = z.object({
  TENANTRY_CHARTS_DIR: z.string().min(1).optional(),
  TENANTRY_ENCRYPTION_KEY: z
    .string()
    .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64 (openssl rand -base64 32)')
    .optional(),
  TENANTRY_DRIFT_SWEEP_SECONDS: z.coerce.number().int().min(5).max(86_400).default(60),
  TENANTRY_HELM_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
});

export class ProvisionerConfig {
  /** Chart paths of blueprints count from here. */
  readonly chartRoot: string;
  /** Set by an operator who does not want charts from elsewhere on the machine. */
  readonly chartsOnlyInRoot: boolean;
  /** AES-256 key for secret values at rest. */
  readonly encryptionKey: Buffer;
  readonly driftSweepSeconds: number;
  /** Helm saturates two cores at four installs at once. */
  readonly helmConcurrency: number;

  /** @param encryptionKey base64 of 32 bytes: the configured one, or the kept one */
  constructor(environment: z.infer<typeof provisionerEnvironment>, encryptionKey: string) {
    this.chartRoot = environment.TENANTRY_CHARTS_DIR ?? packageRoot;
    this.chartsOnlyInRoot = environment.TENANTRY_CHARTS_DIR !== undefined;
    this.encryptionKey = Buffer.from(encryptionKey, 'base64');
    this.driftSweepSeconds = environment.TENANTRY_DRIFT_SWEEP_SECONDS;
    this.helmConcurrency = environment.TENANTRY_HELM_CONCURRENCY;
  }
}
