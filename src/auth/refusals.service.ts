import { Injectable } from '@nestjs/common';
import { DeniedAttempts } from '../audit/denied-attempts.service.js';
import { TenantryError } from '../platform/errors.js';
import { currentContext } from '../platform/request-context.js';
import type { Principal } from './principal.js';
import { type CallerReply, heed } from './rate-limits/heed.js';
import { RequestLimits } from './rate-limits/request-limits.service.js';

/** What a refused caller reached for. */
interface Reached {
  readonly type: string;
  readonly id: string;
}

const longestId = 100;

/** Counts refusals and writes them to the trail before they are answered. Every method rejects: with the refusal that it is given, or `rate_limited`. */
@Injectable()
export class Refusals {
  constructor(
    private readonly denied: DeniedAttempts,
    private readonly limits: RequestLimits,
  ) {}

  /**
   * Somebody whose credential proves nothing, or who has none. Callers without any are noise; one that is wrong may be a guess, and a flood of
   * them is neither logged nor written down beyond the limit. The credential itself is never written.
   */
  async stranger(error: unknown, route: string, hasCredential: boolean, reply: CallerReply): Promise<never> {
    if (error instanceof TenantryError && error.kind === 'unauthenticated' && hasCredential) {
      heed(await this.limits.failedAuthentication(currentContext()?.address ?? ''), reply);
      await this.denied.record({ action: route, reason: 'unauthenticated' });
    }
    throw error;
  }

  /** Somebody known who may not do this, or for whom this does not exist: theirs is the trail that tells of it. */
  async caller(error: TenantryError, principal: Principal, route: string, reached?: Reached): Promise<never> {
    await this.denied.record({
      action: route,
      reason: error.kind,
      tenantId: tenantOf(principal),
      ...(reached === undefined ? {} : { resource: { type: reached.type, id: reached.id.slice(0, longestId) } }),
    });
    throw error;
  }
}

/** The one tenant of a caller; null for an operator and for who belongs to several. */
function tenantOf(principal: Principal): string | null {
  if (principal.kind === 'operator' || principal.grants.length !== 1) return null;
  return principal.grants[0]?.tenant.id ?? null;
}
