import { z } from 'zod';

const perMinute = z.coerce.number().int().min(0).max(1_000_000_000);

/** How many requests are served. 0 is no limit. */
export const rateLimitsEnvironment = z.object({
  TENANTRY_RATE_LIMIT_PER_MINUTE: perMinute.default(6_000),
  TENANTRY_RATE_LIMIT_OPERATOR_PER_MINUTE: perMinute.default(0),
  TENANTRY_RATE_LIMIT_PER_ADDRESS_PER_MINUTE: perMinute.default(600),
  TENANTRY_RATE_LIMIT_FAILED_AUTH_PER_MINUTE: perMinute.default(60),
});

export class RateLimitsConfig {
  /** For callers that have none of their own. */
  readonly perMinute: number;
  /** For the operator key, who else could lock out those that repair things. */
  readonly operatorPerMinute: number;
  /** For requests of nobody in particular, from one address. */
  readonly perAddressPerMinute: number;
  /** For credentials that prove nobody, from one address. */
  readonly failedAuthenticationsPerMinute: number;

  constructor(environment: z.infer<typeof rateLimitsEnvironment>) {
    this.perMinute = environment.TENANTRY_RATE_LIMIT_PER_MINUTE;
    this.operatorPerMinute = environment.TENANTRY_RATE_LIMIT_OPERATOR_PER_MINUTE;
    this.perAddressPerMinute = environment.TENANTRY_RATE_LIMIT_PER_ADDRESS_PER_MINUTE;
    this.failedAuthenticationsPerMinute = environment.TENANTRY_RATE_LIMIT_FAILED_AUTH_PER_MINUTE;
  }
}
