import { z } from 'zod';
import { isSigningKey, SigningKey } from './signing-key.js';

const shortestRetentionDays = 7;

/** How the trail is signed, and for how long it is kept whole. */
export const auditEnvironment = z.object({
  TENANTRY_AUDIT_SIGNING_KEY: z
    .string()
    .refine(
      isSigningKey,
      'must be an Ed25519 key, PKCS8 in base64 (openssl genpkey -algorithm ed25519 -outform DER | base64 -w0)',
    )
    .optional(),
  TENANTRY_AUDIT_CHECKPOINT_SECONDS: z.coerce.number().int().min(10).max(86_400).default(300),
  TENANTRY_AUDIT_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .max(36_500)
    .refine(
      (days) => days === 0 || days >= shortestRetentionDays,
      `must be 0 (for ever) or at least ${shortestRetentionDays}`,
    )
    .default(0),
});

export class AuditConfig {
  readonly signingKey: SigningKey;
  readonly checkpointSeconds: number;
  /** 0: content is kept for ever. */
  readonly retentionDays: number;

  /** @param signingKey PKCS8 in base64: the configured one, or the kept one */
  constructor(environment: z.infer<typeof auditEnvironment>, signingKey: string) {
    this.signingKey = new SigningKey(signingKey);
    this.checkpointSeconds = environment.TENANTRY_AUDIT_CHECKPOINT_SECONDS;
    this.retentionDays = environment.TENANTRY_AUDIT_RETENTION_DAYS;
  }
}
