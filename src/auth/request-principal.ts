import type { Principal } from './principal.js';

/** Node's own request, whichever server it came through. */
interface RawRequest {
  readonly raw: object;
}

const principals = new WeakMap<object, Principal>();

/** Who made a request that was let in, for what runs after the guard; undefined on public routes. */
export function principalOf({ raw }: RawRequest): Principal | undefined {
  return principals.get(raw);
}

export function keepPrincipal({ raw }: RawRequest, principal: Principal): void {
  principals.set(raw, principal);
}
