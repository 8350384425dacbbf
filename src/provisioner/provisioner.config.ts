import { join } from 'node:path';
import { z } from 'zod';
import type { SealingKeys } from '../platform/sealed-text.js';

/** As a URL has it: without the port that goes without saying. */
const isHost = (text: string): boolean => text !== '' && URL.parse(`https://${text}`)?.host === text;
const bytesOf = (key: string): Buffer => Buffer.from(key, 'base64');
const isKey = (text: string): boolean => bytesOf(text).length === 32;

const packageRoot = join(import.meta.dirname, '..', '..');

/** How instances are provisioned. */
export const provisionerEnvironment = z.object({
  TENANTRY_CHARTS_DIR: z.string().min(1).optional(),
  TENANTRY_CHART_HOSTS: z
    .string()
    .transform((text) => text.split(',').map((host) => host.trim().toLowerCase()))
    .refine((hosts) => hosts.every(isHost), 'must be hosts, by commas, each with its port where it has one')
    .optional(),
  TENANTRY_ENCRYPTION_KEY: z
    .string()
    .transform((text) => text.split(',').map((key) => key.trim()))
    .pipe(z.tuple([z.string()], z.string()))
    .refine(
      (keys) => keys.every(isKey),
      'must be 32 bytes in base64 (openssl rand -base64 32), or several, the newest first',
    )
    .optional(),
  TENANTRY_DRIFT_SWEEP_SECONDS: z.coerce.number().int().min(5).max(86_400).default(60),
  TENANTRY_HELM_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
});

export class ProvisionerConfig {
  /** Chart paths of blueprints count from here. */
  readonly chartRoot: string;
  /** Set by an operator who does not want charts from elsewhere on the machine. */
  readonly chartsOnlyInRoot: boolean;
  /** Where charts may be fetched from, such as `charts.example.com` or `registry.example.com:5000`; absent: from anywhere. */
  readonly chartHosts: readonly string[] | undefined;
  /** AES-256 keys for secret values at rest, the newest first. */
  readonly encryptionKeys: SealingKeys;
  readonly driftSweepSeconds: number;
  /** Helm saturates two cores at four installs at once. */
  readonly helmConcurrency: number;

  /** @param encryptionKeys each base64 of 32 bytes: the configured ones, or the kept one */
  constructor(environment: z.infer<typeof provisionerEnvironment>, encryptionKeys: readonly [string, ...string[]]) {
    this.chartRoot = environment.TENANTRY_CHARTS_DIR ?? packageRoot;
    this.chartHosts = environment.TENANTRY_CHART_HOSTS;
    this.chartsOnlyInRoot = environment.TENANTRY_CHARTS_DIR !== undefined;
    const [newest, ...older] = encryptionKeys;
    this.encryptionKeys = [bytesOf(newest), ...older.map(bytesOf)];
    this.driftSweepSeconds = environment.TENANTRY_DRIFT_SWEEP_SECONDS;
    this.helmConcurrency = environment.TENANTRY_HELM_CONCURRENCY;
  }
}
