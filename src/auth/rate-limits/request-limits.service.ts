import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { TenantryError } from '../../platform/errors.js';
import { type Admission, Doorkeeper } from '../../platform/http/doorkeeper.js';
import { addressBlock } from './address-block.js';
import { addressLimit, callerLimit, failedAuthenticationLimit, type RateLimit, type Verdict } from './rate-limit.js';
import { rateLimitHeaders } from './rate-limit-headers.js';
import { RateLimiter } from './rate-limiter.service.js';
import { RateLimitsConfig } from './rate-limits.config.js';

/** What limits need to know of a principal. */
export interface LimitedCaller {
  readonly kind: string;
  /** Whose requests count together. */
  readonly id: string;
  /** Requests a minute where the caller has a limit of its own. */
  readonly rateLimitPerMinute?: number | null | undefined;
}

const unlimited: Admission = { headers: {} };

/**
 * Which limit a request counts against. Callers that prove who they are have one of their own wherever they come from, so that nobody behind
 * the same address can use it up; everything else counts against its address.
 */
@Injectable()
export class RequestLimits implements OnModuleInit {
  private readonly logger = new Logger(RequestLimits.name);

  constructor(
    private readonly limiter: RateLimiter,
    private readonly config: RateLimitsConfig,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  onModuleInit(): void {
    this.doorkeeper.put((address) => this.admit(addressLimit, addressBlock(address), this.config.perAddressPerMinute));
  }

  /** A request of somebody who is known. */
  caller({ kind, id, rateLimitPerMinute }: LimitedCaller): Admission | Promise<Admission> {
    const { operatorPerMinute, perMinute } = this.config;
    return this.admit(callerLimit, id, rateLimitPerMinute ?? (kind === 'operator' ? operatorPerMinute : perMinute));
  }

  /**
   * A credential that proved nobody. It is checked before it is counted: a good one is served wherever it comes from, and a bad one beyond the
   * limit is refused like any other, but not logged.
   */
  async failedAuthentication(address: string): Promise<Admission> {
    const block = addressBlock(address);
    const admission = await this.admit(failedAuthenticationLimit, block, this.config.failedAuthenticationsPerMinute);
    // The credential itself is never logged.
    if (!admission.refusal) this.logger.warn({ message: 'a caller was refused', remote: address });
    return admission;
  }

  private admit(limit: RateLimit, subject: string, quota: number): Admission | Promise<Admission> {
    if (quota === 0) return unlimited;
    const verdict = this.limiter.take(limit, subject, quota);
    return verdict instanceof Promise ? verdict.then(admissionOf) : admissionOf(verdict);
  }
}

function admissionOf(verdict: Verdict): Admission {
  const headers = rateLimitHeaders(verdict);
  return verdict.passed ? { headers } : { headers, refusal: refusalOf(verdict) };
}

function refusalOf({ limit, quota, resetSeconds }: Verdict): TenantryError {
  const message = `More than ${quota} requests in ${limit.windowSeconds} s; ask again in ${resetSeconds} s.`;
  return new TenantryError('limited', 'rate_limited', message, {
    members: { limit: limit.name, retry_after_seconds: resetSeconds },
  });
}
