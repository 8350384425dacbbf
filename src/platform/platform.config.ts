import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { defaultHttpSettings, type HttpSettings } from './http/http-settings.js';
import { logLevels } from './telemetry/logger.js';

const roles = ['api', 'worker'] as const;
export type Role = (typeof roles)[number];

const roleList = z
  .string()
  .transform((text) => text.split(',').map((role) => role.trim()))
  .pipe(z.array(z.enum(roles)).min(1));

const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((part) => part.trim()))
  .transform((parts) => parts.filter((part) => part !== ''));

/** As browsers write it in `Origin`: scheme, host, and the port where it is not the scheme's own. */
function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Whether nobody between here and there can read along. */
function isPrivate(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function isAddressOrBlock(text: string): boolean {
  return text.includes('/') ? ipaddr.isValidCIDR(text) : ipaddr.isValid(text);
}

const origins = list.pipe(
  z.array(z.string().refine(isOrigin, 'is no origin: scheme, host and port alone, such as https://app.example.com')),
);
const proxies = list.pipe(
  z.array(z.string().refine(isAddressOrBlock, 'is no address or CIDR block, such as 10.0.0.0/8')),
);

/** Where this replica listens, what it does, and which Supabase it works on. */
export const platformEnvironment = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(3_000),
    HOST: z.string().default('127.0.0.1'),
    TENANTRY_DATA_DIR: z.string().default('.tenantry'),
    TENANTRY_ROLES: roleList.default(() => [...roles]),
    TENANTRY_DRAIN_SECONDS: z.coerce.number().min(0).max(600).default(10),
    TENANTRY_CORS_ORIGINS: origins,
    TENANTRY_TRUSTED_PROXIES: proxies,
    TENANTRY_HSTS_SECONDS: z.coerce.number().int().min(0).max(63_072_000).default(0),
    LOG_LEVEL: z.enum(logLevels).default('info'),
    SUPABASE_URL: z
      .url({ protocol: /^https?$/ })
      .refine(isPrivate, 'must be https, but on this machine: what is sent there opens everything')
      .optional(),
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
  readonly http: HttpSettings;
  /** Absent: the embedded one. */
  readonly supabase: SupabaseSettings | undefined;

  constructor(environment: z.infer<typeof platformEnvironment>) {
    this.port = environment.PORT;
    this.host = environment.HOST;
    this.dataDirectory = environment.TENANTRY_DATA_DIR;
    this.roles = environment.TENANTRY_ROLES;
    this.logLevel = environment.LOG_LEVEL;
    this.drainSeconds = environment.TENANTRY_DRAIN_SECONDS;
    this.http = {
      ...defaultHttpSettings,
      corsOrigins: environment.TENANTRY_CORS_ORIGINS,
      trustedProxies: environment.TENANTRY_TRUSTED_PROXIES,
      hstsSeconds: environment.TENANTRY_HSTS_SECONDS,
    };
    const { SUPABASE_URL: url, SUPABASE_SECRET_KEY: secretKey, SUPABASE_PUBLISHABLE_KEY: publishableKey } = environment;
    const { SUPABASE_JWT_SECRET: jwtSecret, SUPABASE_JWT_ISSUER: jwtIssuer } = environment;
    this.supabase =
      url && secretKey && publishableKey ? { url, secretKey, publishableKey, jwtSecret, jwtIssuer } : undefined;
  }
}
