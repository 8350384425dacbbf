import { currentContext } from '../platform/request-context.js';
import { bySystem, type ChangeContext } from './change-context.js';

/** Who makes the change that the running request asks for; the system outside of any request. */
export function requestActor(): ChangeContext {
  const context = currentContext();
  if (context?.actor === undefined) return bySystem;
  const { actor, requestId, credential = null, member = null, address = null } = context;
  return { actor, request_id: requestId, credential, member, address };
}
