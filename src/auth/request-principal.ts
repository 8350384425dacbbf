import type { Principal } from './principal.js';

/** Node's own request, whichever server it came through. */
interface RawRequest {
  readonly raw: object;
}

/** A property of the request itself: a map beside it costs each request more than what it holds. */
const known = Symbol('principal');

interface Carrier {
  [known]?: Principal;
}

/** Who made a request that was let in, for what runs after the guard; undefined on public routes. */
export function principalOf({ raw }: RawRequest): Principal | undefined {
  const carrier: Carrier = raw;
  return carrier[known];
}

export function keepPrincipal({ raw }: RawRequest, principal: Principal): void {
  const carrier: Carrier = raw;
  carrier[known] = principal;
}
