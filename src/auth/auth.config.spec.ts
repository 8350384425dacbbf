import { loadConfig } from '../platform/config.js';
import { AuthConfig, authEnvironment } from './auth.config.js';
import { newOperatorKey } from './operator-key.js';

const load = (environment: Record<string, string>) =>
  new AuthConfig(loadConfig(environment, { auth: authEnvironment }).auth);

describe('the settings of auth', () => {
  it('stand without a key', () => {
    expect(load({}).adminKey).toBeUndefined();
    expect(load({ TENANTRY_ADMIN_KEY: '' }).adminKey).toBeUndefined();
  });

  it('say what new keys are for: what the installation is, unless they are told', () => {
    const { auth } = loadConfig({}, { auth: authEnvironment });
    expect([new AuthConfig(auth).environment, new AuthConfig(auth, 'live').environment]).toEqual(['test', 'live']);
    const told = loadConfig({ TENANTRY_ENVIRONMENT: 'test' }, { auth: authEnvironment });
    expect(new AuthConfig(told.auth, 'live').environment).toBe('test');
    expect(() => load({ TENANTRY_ENVIRONMENT: 'prod' })).toThrow('TENANTRY_ENVIRONMENT: ');
  });

  it('ask for no second factor unless they are told', () => {
    expect(['', 'false', 'true'].map((told) => load({ TENANTRY_REQUIRE_SECOND_FACTOR: told }).secondFactor)).toEqual([
      false,
      false,
      true,
    ]);
    expect(() => load({ TENANTRY_REQUIRE_SECOND_FACTOR: 'yes' })).toThrow('TENANTRY_REQUIRE_SECOND_FACTOR: ');
  });

  it('take a key that we made, and one that somebody else made', () => {
    const made = newOperatorKey();
    expect(load({ TENANTRY_ADMIN_KEY: made }).adminKey).toBe(made);
    expect(load({ TENANTRY_ADMIN_KEY: 'a'.repeat(32) }).adminKey).toBe('a'.repeat(32));
  });

  it.each(['admin', 'a'.repeat(31), 'a'.repeat(257), `${'a'.repeat(40)} b`, `${'a'.repeat(40)}\n`, 'ä'.repeat(40)])(
    'refuse %j, and do not repeat it',
    (key) => {
      expect(() => load({ TENANTRY_ADMIN_KEY: key })).toThrow(
        'The configuration has faults:\n  TENANTRY_ADMIN_KEY: must be 32 to 256 characters that a bearer token may have',
      );
    },
  );
});
