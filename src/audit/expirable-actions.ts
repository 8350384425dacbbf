const expirable = new Set(['instance', 'operation']);

/**
 * Whether retention may remove the content of rows of this action. Everything that is not named here is kept whole for ever.
 * `public.audit_may_expire` says the same.
 */
export function mayExpire(action: string): boolean {
  return expirable.has(action.split('.', 1)[0] ?? '');
}
