import { z } from 'zod';
import { logLevels } from './telemetry/logger.js';

const roles = ['api', 'worker'] as const;
export type Role = (typeof roles)[number];

const roleList = z
  .string()
  .transform((text) => text.split(',').map((role) => role.trim()))
  .pipe(z.array(z.enum(roles)).min(1));

/** Where this replica listens, what it does, and which Supabase it works on. */
export const platformEnvironment = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(3_000),
    HOST: z.string().default('127.0.0.1'),
    TENANTRY_DATA_DIR: z.string().default('.tenantry'),
    TENANTRY_ROLES: roleList.default(() => [...roles]),
    TENANTRY_DRAIN_SECONDS: z.coerce.number().min(0).max(600).default(10),
    LOG_LEVEL: z.enum(logLevels).default('info'),
    SUPABASE_URL: z.url({ protocol: /^https?$/ }).optional(),
    SUPABASE_SECRET_KEY: z.string().optional(),
    SUPABASE_PUBLISHABLE_KEY: z.string().optional(),
    SUPABASE_JWT_SECRET: z.string().min(32).optional(),
    SUPABASE_JWT_ISSUER: z.string().optional(),
  })
  .superRefine((environment, context) => {
    const names = ['SUPABASE_URL', 'SUPABASE_SECRET_KEY', 'SUPABASE_PUBLISHABLE_KEY'] as const;
    for (const name of ['SUPABASE_JWT_SECRET', 'SUPABASE_JWT_ISSUER'] as const) {
      if (environment[name] === undefined || environment.SUPABASE_URL !== undefined) continue;
      context.addIssue({ code: 'custom', path: [name], message: 'comes with SUPABASE_URL' });
    }
    const missing = names.filter((name) => environment[name] === undefined);
    if (missing.length === 0 || missing.length === names.length) return;
    for (const name of missing) {
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `is missing: ${names.join(', ')} come together or not at all`,
      });
    }
  });

export interface SupabaseSettings {
  url: string;
  secretKey: string;
  publishableKey: string;
  /** What users' tokens are signed with, where it is not by keys that Supabase lists. */
  jwtSecret: string | undefined;
  /** What users' tokens name as their issuer, where that is not the URL. */
  jwtIssuer: string | undefined;
}

export class PlatformConfig {
  readonly port: number;
  readonly host: string;
  readonly dataDirectory: string;
  readonly roles: readonly Role[];
  readonly logLevel: (typeof logLevels)[number];
  readonly drainSeconds: number;
  /** Absent: the embedded one. */
  readonly supabase: SupabaseSettings | undefined;

  constructor(environment: z.infer<typeof platformEnvironment>) {
    this.port = environment.PORT;
    this.host = environment.HOST;
    this.dataDirectory = environment.TENANTRY_DATA_DIR;
    this.roles = environment.TENANTRY_ROLES;
    this.logLevel = environment.LOG_LEVEL;
    this.drainSeconds = environment.TENANTRY_DRAIN_SECONDS;
    const { SUPABASE_URL: url, SUPABASE_SECRET_KEY: secretKey, SUPABASE_PUBLISHABLE_KEY: publishableKey } = environment;
    const { SUPABASE_JWT_SECRET: jwtSecret, SUPABASE_JWT_ISSUER: jwtIssuer } = environment;
    this.supabase =
      url && secretKey && publishableKey ? { url, secretKey, publishableKey, jwtSecret, jwtIssuer } : undefined;
  }
}
