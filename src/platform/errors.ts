/** The closed set of ways a request or an action can fail. The HTTP status is decided in `problem.ts` alone. */
export const errorKinds = [
  'invalid',
  'unauthenticated',
  'payment_required',
  'forbidden',
  'not_found',
  'conflict',
  'precondition_failed',
  'too_large',
  'unprocessable',
  'limited',
  'unavailable',
  'unsupported',
  'internal',
] as const;

export type ErrorKind = (typeof errorKinds)[number];

/** One fault of an input. `pointer` is a JSON pointer into the body (`/chart/path`), or names a parameter (`?limit`, `{tenant}`, `Header-Name:`). */
export interface InputFault {
  pointer: string;
  message: string;
}

export interface TenantryErrorOptions {
  cause?: unknown;
  /** Every fault of the input, not only the first. */
  faults?: InputFault[];
  /** Extra members of the problem document, in snake_case, such as `operation_id`. Never secrets. */
  members?: Record<string, unknown>;
}

/**
 * What domain code throws. `code` is stable, snake_case and public; `message` is read by callers as the problem's
 * `detail` (but for kind `internal`, whose message is only logged); `cause` is only logged.
 */
export class TenantryError extends Error {
  override readonly name = 'TenantryError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly faults: readonly InputFault[];
  readonly members: Readonly<Record<string, unknown>>;

  constructor(kind: ErrorKind, code: string, message: string, options: TenantryErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.kind = kind;
    this.code = code;
    this.faults = options.faults ?? [];
    this.members = options.members ?? {};
  }
}
