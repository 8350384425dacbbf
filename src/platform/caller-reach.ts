import type { GrantedScope, TenantRole } from './http/scopes.js';
import type { Reach } from './reach.js';
import { currentContext } from './request-context.js';

/**
 * The reach of the running request's caller, for what its route asks.
 * @throws Error where no caller was let in by a declaration: nothing is shown by oversight
 */
export function callerReach(): Reach {
  const reach = currentContext()?.reach;
  if (reach === undefined) throw new Error('there is no caller whose reach could be asked for');
  return reach;
}

/**
 * The scopes that a role in a tenant comes with and the running request's caller does not have there: nobody gives what they do not have.
 * @throws Error where no caller is known: nothing is given by oversight
 */
export function scopesLackingFor(tenantId: string, role: TenantRole): readonly GrantedScope[] {
  const lacking = currentContext()?.lackingForRole;
  if (lacking === undefined) throw new Error('there is no caller who could give a role');
  return lacking(tenantId, role);
}
