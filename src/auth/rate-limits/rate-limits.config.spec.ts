import { loadConfig } from '../../platform/config.js';
import { RateLimitsConfig, rateLimitsEnvironment } from './rate-limits.config.js';

const load = (environment: Record<string, string>) =>
  new RateLimitsConfig(loadConfig(environment, { limits: rateLimitsEnvironment }).limits);

describe('the settings of limits', () => {
  it('are generous by default, and leave the operator alone', () => {
    expect(load({})).toEqual({
      perMinute: 6_000,
      operatorPerMinute: 0,
      perAddressPerMinute: 600,
      failedAuthenticationsPerMinute: 60,
    });
  });

  it('may each be another number, or 0 for none', () => {
    expect(
      load({
        TENANTRY_RATE_LIMIT_PER_MINUTE: '100',
        TENANTRY_RATE_LIMIT_OPERATOR_PER_MINUTE: '1000000000',
        TENANTRY_RATE_LIMIT_PER_ADDRESS_PER_MINUTE: '0',
        TENANTRY_RATE_LIMIT_FAILED_AUTH_PER_MINUTE: '1',
      }),
    ).toEqual({
      perMinute: 100,
      operatorPerMinute: 1_000_000_000,
      perAddressPerMinute: 0,
      failedAuthenticationsPerMinute: 1,
    });
  });

  it.each(['-1', '1.5', 'many', '1000000001'])('are not %s', (value) => {
    expect(() => load({ TENANTRY_RATE_LIMIT_PER_MINUTE: value })).toThrow('TENANTRY_RATE_LIMIT_PER_MINUTE: ');
  });
});
