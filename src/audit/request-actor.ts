import { currentContext } from '../platform/request-context.js';
import { bySystem, type ChangeContext } from './change-context.js';

/** Who makes the change that the running request asks for; the system outside of any request. */
export function requestActor(): ChangeContext {
  const context = currentContext();
  if (context?.actor === undefined) return bySystem;
  return { actor: context.actor, request_id: context.requestId };
}
