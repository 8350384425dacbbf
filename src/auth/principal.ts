import { type GrantedScope, type Scope, scopesOf } from '../platform/http/scopes.js';
import type { TenantRef } from '../platform/reach.js';

/** Who makes a request. */
export type Principal = OperatorPrincipal | TenantKeyPrincipal | UserPrincipal;

/** Scopes as they were granted, and what they amount to. */
export interface Allowance {
  readonly granted: readonly GrantedScope[];
  readonly scopes: ReadonlySet<Scope>;
}

/** What somebody may do in one tenant. */
export interface Grant extends Allowance {
  readonly tenant: TenantRef;
}

interface Known {
  /** Stable, and what audit rows and `requested_by` hold: `operator`, `key:<id>` or `user:<id>`. */
  readonly id: string;
  /** For people to read. */
  readonly display: string;
  /** The id of the API key, where it is one. */
  readonly credential: string | undefined;
  /** Requests; null: as many as anybody. */
  readonly rateLimitPerMinute: number | null;
  /** When the credential ends by itself; null: never. */
  readonly expiresAt: Date | null;
}

/** Somebody who runs the installation: of every tenant's things, those that the scopes allow. */
export interface OperatorPrincipal extends Known, Allowance {
  readonly kind: 'operator';
}

/** A program of a tenant. */
export interface TenantKeyPrincipal extends Known {
  readonly kind: 'tenant_key';
  readonly grants: readonly [Grant];
}

/** A person, who may be a member of several tenants. */
export interface UserPrincipal extends Known {
  readonly kind: 'user';
  readonly userId: string;
  readonly grants: readonly Grant[];
}

export function allowance(granted: readonly GrantedScope[]): Allowance {
  return { granted, scopes: scopesOf(granted) };
}

/** Whoever holds the first operator key: may do everything. */
export const firstOperator: OperatorPrincipal = {
  kind: 'operator',
  id: 'operator',
  display: 'Operator',
  credential: undefined,
  rateLimitPerMinute: null,
  expiresAt: null,
  ...allowance(['*']),
};
