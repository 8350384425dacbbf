import { covers, type GrantedScope } from '../../platform/http/scopes.js';
import type { Principal } from '../principal.js';

/** The scopes that a caller does not have in that tenant (null: over the whole installation), and so cannot give. */
export function beyond(principal: Principal, tenantId: string | null, wanted: readonly GrantedScope[]): GrantedScope[] {
  const held = heldIn(principal, tenantId);
  return wanted.filter((scope) => !held.some((has) => covers(has, scope)));
}

function heldIn(principal: Principal, tenantId: string | null): readonly GrantedScope[] {
  if (principal.kind === 'operator') return principal.granted;
  return principal.grants.find(({ tenant }) => tenant.id === tenantId)?.granted ?? [];
}

/** Limits of a key; null: none. */
export interface KeyLimits {
  readonly expiresAt: Date | null;
  readonly rateLimitPerMinute: number | null;
}

/** What is made with a key lives no longer and is let do no more than that key; what the request leaves open follows from it. */
export function withinLimits(principal: Principal, wanted: Partial<KeyLimits>): KeyLimits {
  return {
    expiresAt: wanted.expiresAt === undefined ? principal.expiresAt : wanted.expiresAt,
    rateLimitPerMinute:
      wanted.rateLimitPerMinute === undefined ? principal.rateLimitPerMinute : wanted.rateLimitPerMinute,
  };
}

/** Which limits are wider than the caller's own. */
export function widerLimits(principal: Principal, { expiresAt, rateLimitPerMinute }: KeyLimits): (keyof KeyLimits)[] {
  const lives = principal.expiresAt !== null && (expiresAt === null || expiresAt > principal.expiresAt);
  const does =
    principal.rateLimitPerMinute !== null &&
    (rateLimitPerMinute === null || rateLimitPerMinute > principal.rateLimitPerMinute);
  return [...(lives ? (['expiresAt'] as const) : []), ...(does ? (['rateLimitPerMinute'] as const) : [])];
}
