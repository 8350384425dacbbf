import type { Verdict } from './rate-limit.js';

/**
 * The fields of draft-ietf-httpapi-ratelimit-headers-11 for one verdict, names in lower case:
 * `ratelimit-policy: "caller";q=6000;w=60` and `ratelimit: "caller";r=5999;t=42`.
 */
export function rateLimitHeaders({ limit, quota, remaining, resetSeconds }: Verdict): Record<string, string> {
  return {
    'ratelimit-policy': `"${limit.name}";q=${quota};w=${limit.windowSeconds}`,
    ratelimit: `"${limit.name}";r=${remaining};t=${resetSeconds}`,
  };
}
