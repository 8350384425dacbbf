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
