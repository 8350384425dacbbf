import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { rateLimitHeaders } from '../../auth/rate-limits/rate-limit-headers.js';
import type { RateLimit, Verdict } from '../../auth/rate-limits/rate-limit.js';
import { RateLimiter } from '../../auth/rate-limits/rate-limiter.service.js';
import { TenantryError } from '../../platform/errors.js';
import type { Admission } from '../../platform/http/doorkeeper.js';
import { EventsConfig } from './events.config.js';

/** Its unit is the event. */
const usageLimit: RateLimit = { name: 'usage', windowSeconds: 60 };

const unlimited: Admission = { headers: {} };

/** How many events callers may send. */
@Injectable()
export class IngestLimits {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly config: EventsConfig,
  ) {}

  /** Counts events of a caller, all of them or none. At once while allowance is at hand. */
  take({ kind, id }: Pick<Principal, 'kind' | 'id'>, events: number): Admission | Promise<Admission> {
    const quota = kind === 'operator' ? this.config.operatorPerMinute : this.config.perMinute;
    if (quota === 0) return unlimited;
    const verdict = this.limiter.take(usageLimit, id, quota, events);
    return verdict instanceof Promise ? verdict.then(admissionOf) : admissionOf(verdict);
  }
}

function admissionOf(verdict: Verdict): Admission {
  const headers = rateLimitHeaders(verdict);
  return verdict.passed ? { headers } : { headers, refusal: refusalOf(verdict) };
}

function refusalOf({ limit, quota, resetSeconds }: Verdict): TenantryError {
  const message = `More than ${quota} events in ${limit.windowSeconds} s; send them again in ${resetSeconds} s.`;
  return new TenantryError('limited', 'rate_limited', message, {
    members: { limit: limit.name, retry_after_seconds: resetSeconds },
  });
}
