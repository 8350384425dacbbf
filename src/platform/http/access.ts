import type { Scope } from './scopes.js';

/** Things with an owner. A room that has one says how its owner is found (`OwnerLookups`). */
export const ownedKinds = ['tenant', 'instance', 'operation', 'api_key', 'invoice', 'subscription'] as const;
export type OwnedKind = (typeof ownedKinds)[number];

interface Needed {
  readonly scope: Scope;
  /**
   * How old the knowledge of who the caller is may be while the database cannot be asked; absent: such a request is 503. For routes
   * whose callers could not send again what is refused now.
   */
  readonly staleSeconds?: number;
}

/** About the thing that a parameter of the path names: for operators, and for callers of the tenant that owns it. */
export interface ThingAccess extends Needed {
  readonly of: OwnedKind;
  readonly param: string;
}

/**
 * About many things, or new ones: the route itself keeps to what `callerReach()` says. `own` is for everybody, and for an operator
 * everything is; `my` is for callers of tenants alone.
 */
export interface ReachAccess extends Needed {
  readonly of: 'own' | 'my';
}

/** About the whole installation: for operators alone. */
export interface PlatformAccess extends Needed {
  readonly of: 'platform';
}

/** Who may call a route. `public` is everybody, known or not. */
export type Access = 'public' | ThingAccess | ReachAccess | PlatformAccess;

/** Whether a route is about one thing, which a parameter of its path names. */
export function isThingAccess(access: Exclude<Access, 'public'>): access is ThingAccess {
  return 'param' in access;
}
