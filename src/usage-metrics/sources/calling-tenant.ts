import type { Principal } from '../../auth/principal.js';
import type { Reach } from '../../platform/reach.js';

/**
 * The tenant whose call it is: the caller's, or that of several which the call was about. Undefined: an operator's, a stranger's, or one about
 * several tenants of a user, which counts for none of them. Pure.
 */
export function callingTenant(principal: Principal | undefined, reach: Reach | undefined): string | undefined {
  if (principal === undefined || principal.kind === 'operator') return undefined;
  const [only, ...others] = principal.grants;
  if (only !== undefined && others.length === 0) return only.tenant.id;
  return reach !== undefined && reach !== 'all' && reach.length === 1 ? reach[0]?.id : undefined;
}
