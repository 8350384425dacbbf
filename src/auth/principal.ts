/** Who makes a request. Later kinds (API keys of tenants, Supabase users) join the union. */
export type Principal = OperatorPrincipal;

/** Somebody who holds the operator key: may do everything. */
export interface OperatorPrincipal {
  readonly kind: 'operator';
  /** Stable, and what audit rows and `requested_by` hold. */
  readonly id: string;
  /** For people to read. */
  readonly display: string;
}

/** The one operator of a fresh installation. */
export const firstOperator: OperatorPrincipal = { kind: 'operator', id: 'operator', display: 'Operator' };
