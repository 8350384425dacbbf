import { hash } from 'node:crypto';
import type { UserClaims } from './user-token.js';

interface Verified {
  readonly claims: UserClaims;
  readonly until: number;
}

/**
 * Remembers tokens that were verified, by their hashes, so that one in use costs no signature check. The least recently used are forgotten
 * first, and each after a while although it has not expired: a key that its issuer took back must not be believed for long.
 */
export class VerifiedTokens {
  /** In the order of their last use. */
  private readonly known = new Map<string, Verified>();

  constructor(
    private readonly capacity: number,
    private readonly rememberMs: number,
  ) {}

  get size(): number {
    return this.known.size;
  }

  get(token: string, now: Date): UserClaims | undefined {
    const key = keyOf(token);
    const found = this.known.get(key);
    if (found === undefined) return undefined;
    this.known.delete(key);
    if (found.until <= now.getTime()) return undefined;
    this.known.set(key, found);
    return found.claims;
  }

  add(token: string, claims: UserClaims, now: Date): void {
    const until = Math.min(claims.expiresAt.getTime(), now.getTime() + this.rememberMs);
    this.known.set(keyOf(token), { claims, until });
    const [oldest] = this.known.keys();
    if (this.known.size > this.capacity && oldest !== undefined) this.known.delete(oldest);
  }

  clear(): void {
    this.known.clear();
  }
}

// A dump of the memory shows no token that opens anything.
function keyOf(token: string): string {
  return hash('sha256', token, 'base64url');
}
