import { loadConfig } from './config.js';
import { defaultHttpSettings } from './http/http-settings.js';
import { PlatformConfig, platformEnvironment } from './platform.config.js';

const load = (environment: Record<string, string>) =>
  new PlatformConfig(loadConfig(environment, { platform: platformEnvironment }).platform);

const supabase = {
  SUPABASE_URL: 'https://abc.supabase.co',
  SUPABASE_SECRET_KEY: 'sb_secret_1',
  SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_1',
};

describe('the settings of the platform', () => {
  it('stand without any variable', () => {
    expect(load({})).toEqual({
      port: 3_000,
      host: '127.0.0.1',
      dataDirectory: '.tenantry',
      roles: ['api', 'worker'],
      logLevel: 'info',
      drainSeconds: 10,
      http: defaultHttpSettings,
      supabase: undefined,
    });
  });

  it('are what the variables say', () => {
    expect(
      load({
        PORT: '0',
        HOST: '::1',
        TENANTRY_DATA_DIR: '/var/lib/tenantry',
        TENANTRY_ROLES: ' worker ',
        TENANTRY_DRAIN_SECONDS: '2.5',
        LOG_LEVEL: 'debug',
        TENANTRY_CORS_ORIGINS: 'https://app.example.com, http://localhost:5173',
        TENANTRY_TRUSTED_PROXIES: '10.0.0.0/8,2001:db8::1,',
        TENANTRY_HSTS_SECONDS: '31536000',
        ...supabase,
      }),
    ).toEqual({
      port: 0,
      host: '::1',
      dataDirectory: '/var/lib/tenantry',
      roles: ['worker'],
      logLevel: 'debug',
      drainSeconds: 2.5,
      http: {
        ...defaultHttpSettings,
        corsOrigins: ['https://app.example.com', 'http://localhost:5173'],
        trustedProxies: ['10.0.0.0/8', '2001:db8::1'],
        hstsSeconds: 31_536_000,
      },
      supabase: {
        url: 'https://abc.supabase.co',
        secretKey: 'sb_secret_1',
        publishableKey: 'sb_publishable_1',
        jwtSecret: undefined,
        jwtIssuer: undefined,
      },
    });
  });

  it.each([
    [{ PORT: '65536' }, 'PORT: '],
    [{ PORT: '80.5' }, 'PORT: '],
    [{ TENANTRY_ROLES: 'api,cook' }, 'TENANTRY_ROLES (at 1): '],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL: '],
    [{ TENANTRY_DRAIN_SECONDS: '-1' }, 'TENANTRY_DRAIN_SECONDS: '],
    [{ TENANTRY_CORS_ORIGINS: '*' }, 'TENANTRY_CORS_ORIGINS (at 0): is no origin'],
    [{ TENANTRY_CORS_ORIGINS: 'null' }, 'TENANTRY_CORS_ORIGINS (at 0): is no origin'],
    [{ TENANTRY_CORS_ORIGINS: 'https://a.example/' }, 'TENANTRY_CORS_ORIGINS (at 0): is no origin'],
    [
      { TENANTRY_CORS_ORIGINS: 'https://a.example,https://*.b.example/x' },
      'TENANTRY_CORS_ORIGINS (at 1): is no origin',
    ],
    [{ TENANTRY_TRUSTED_PROXIES: 'loopback' }, 'TENANTRY_TRUSTED_PROXIES (at 0): is no address'],
    [{ TENANTRY_TRUSTED_PROXIES: '10.0.0.0/33' }, 'TENANTRY_TRUSTED_PROXIES (at 0): is no address'],
    [{ TENANTRY_TRUSTED_PROXIES: 'true' }, 'TENANTRY_TRUSTED_PROXIES (at 0): is no address'],
    [{ TENANTRY_HSTS_SECONDS: '-1' }, 'TENANTRY_HSTS_SECONDS: '],
    [{ ...supabase, SUPABASE_URL: 'file:///etc/passwd' }, 'SUPABASE_URL: '],
    [{ ...supabase, SUPABASE_URL: 'http://abc.supabase.co' }, 'SUPABASE_URL: must be https'],
    [{ ...supabase, SUPABASE_URL: 'http://127.0.0.1.example.com' }, 'SUPABASE_URL: must be https'],
    [{ ...supabase, SUPABASE_URL: 'http://localhost.example.com' }, 'SUPABASE_URL: must be https'],
    [{ ...supabase, SUPABASE_URL: 'http://localhost@example.com' }, 'SUPABASE_URL: must be https'],
  ])('refuse %j', (environment, message) => {
    expect(() => load(environment)).toThrow(message);
  });

  it('know how users of that Supabase are told', () => {
    const told = { SUPABASE_JWT_SECRET: 's'.repeat(32), SUPABASE_JWT_ISSUER: 'https://login.acme.test/auth/v1' };
    expect(load({ ...supabase, ...told }).supabase).toMatchObject({
      jwtSecret: 's'.repeat(32),
      jwtIssuer: 'https://login.acme.test/auth/v1',
    });
    expect(() => load({ ...supabase, SUPABASE_JWT_SECRET: 'short' })).toThrow('SUPABASE_JWT_SECRET: ');
    expect(() => load(told)).toThrow(
      'SUPABASE_JWT_ISSUER: comes with SUPABASE_URL\n  SUPABASE_JWT_SECRET: comes with SUPABASE_URL',
    );
  });

  it.each(Object.keys(supabase))('take Supabase whole or not at all: without %s', (absent) => {
    const rest = Object.fromEntries(Object.entries(supabase).filter(([name]) => name !== absent));
    expect(() => load(rest)).toThrow(
      `${absent}: is missing: SUPABASE_URL, SUPABASE_SECRET_KEY, SUPABASE_PUBLISHABLE_KEY`,
    );
  });
});
