import { z } from 'zod';

/** How callers prove who they are. */
export const authEnvironment = z.object({
  /** 32 characters of 62 are 190 bits: beyond guessing, so that no slow hash is needed on each request. */
  TENANTRY_ADMIN_KEY: z
    .string()
    .regex(/^[A-Za-z0-9._~+/=-]{32,256}$/, 'must be 32 to 256 characters that a bearer token may have')
    .optional(),
});

export class AuthConfig {
  /** The first operator key; absent: one is made and kept in the data directory. */
  readonly adminKey: string | undefined;

  constructor(environment: z.infer<typeof authEnvironment>) {
    this.adminKey = environment.TENANTRY_ADMIN_KEY;
  }
}
