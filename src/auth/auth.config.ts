import { z } from 'zod';
import { environments, type KeyEnvironment } from './api-keys/key-text.js';

/** How callers prove who they are. */
export const authEnvironment = z.object({
  /** 32 characters of 62 are 190 bits: beyond guessing, so that no slow hash is needed on each request. */
  TENANTRY_ADMIN_KEY: z
    .string()
    .regex(/^[A-Za-z0-9._~+/=-]{32,256}$/, 'must be 32 to 256 characters that a bearer token may have')
    .optional(),
  TENANTRY_ENVIRONMENT: z.enum(environments).optional(),
  TENANTRY_REQUIRE_SECOND_FACTOR: z.enum(['true', 'false']).optional(),
});

export class AuthConfig {
  /** The first operator key; absent: one is made and kept in the data directory. */
  readonly adminKey: string | undefined;
  /** What new API keys say they are for. It grants and refuses nothing. */
  readonly environment: KeyEnvironment;
  /** User tokens count only where their session has a second factor (`aal2`). */
  readonly secondFactor: boolean;

  /** @param usualEnvironment unless the settings say another: an evaluation's keys are for tests */
  constructor(environment: z.infer<typeof authEnvironment>, usualEnvironment: KeyEnvironment = 'test') {
    this.adminKey = environment.TENANTRY_ADMIN_KEY;
    this.secondFactor = environment.TENANTRY_REQUIRE_SECOND_FACTOR === 'true';
    this.environment = environment.TENANTRY_ENVIRONMENT ?? usualEnvironment;
  }
}
