import { type CryptoKey, errors, jwtVerify } from 'jose';
import type { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import type { UserTokenIssuer } from '../../platform/user-token-issuer.js';
import { SigningKeys, SigningKeysUnavailable, type SigningKeyTimes } from './signing-keys.client.js';
import { claimsOf, proofOf, requirementsOf, type TokenProof, type UserClaims } from './user-token.js';
import { VerifiedTokens } from './verified-tokens.js';

export interface UserTokensOptions {
  readonly times?: Partial<SigningKeyTimes>;
  /** How many verified tokens are remembered at most; about 500 bytes each. */
  readonly remembered?: number;
  /** Only who has signed in with a second factor is let in. */
  readonly secondFactor?: boolean;
}

/** Between the issuer's clock and ours. */
const skewSeconds = 5;
const rememberMs = 600_000;

/** Tells which user a Supabase token was given to. */
export class UserTokens {
  private readonly keys: SigningKeys | undefined;
  private readonly verified: VerifiedTokens;
  private readonly needsSecondFactor: boolean;
  /** How often everything was forgotten. */
  flushes = 0;

  constructor(
    private readonly issuer: UserTokenIssuer,
    private readonly clock: Clock,
    { times, remembered = 10_000, secondFactor = false }: UserTokensOptions = {},
  ) {
    this.keys = issuer.jwksUrl === undefined ? undefined : new SigningKeys(issuer.jwksUrl, clock, times);
    this.verified = new VerifiedTokens(remembered, rememberMs);
    this.needsSecondFactor = secondFactor;
  }

  /**
   * @throws TenantryError `unauthenticated`, in the same words whatever is wrong but a second factor that is missing; `unavailable` when the issuer's keys are
   * needed and cannot be had
   */
  async verify(token: string): Promise<UserClaims> {
    const now = this.clock.now();
    const known = this.verified.get(token, now);
    if (known !== undefined) return known;
    const claims = await this.check(token, now);
    if (this.needsSecondFactor && !claims.secondFactor) throw onlyOneFactor();
    this.verified.add(token, claims, now);
    return claims;
  }

  /** Forgets the issuer's keys and every verified token: after a key was taken back, or a secret changed. */
  flush(): void {
    this.flushes += 1;
    this.verified.clear();
    this.keys?.flush();
  }

  private async check(token: string, now: Date): Promise<UserClaims> {
    const proof = proofOf(token, this.issuer);
    if (proof === undefined) throw refused();
    const key = await this.keyFor(proof);
    if (key === undefined) throw refused();
    try {
      const { payload } = await jwtVerify(token, key, {
        ...requirementsOf(this.issuer),
        algorithms: [proof.algorithm],
        clockTolerance: skewSeconds,
        currentDate: now,
      });
      const claims = claimsOf(payload);
      if (claims !== undefined) return claims;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
    }
    throw refused();
  }

  private async keyFor(proof: TokenProof): Promise<CryptoKey | Uint8Array | undefined> {
    if (proof.kind === 'secret') return proof.secret;
    try {
      return await this.keys?.find(proof.algorithm, proof.keyId);
    } catch (error) {
      if (!(error instanceof SigningKeysUnavailable)) throw error;
      throw new TenantryError(
        'unavailable',
        'user_tokens_unavailable',
        'User tokens cannot be verified at the moment.',
        {
          cause: error,
          members: { retry_after_seconds: 2 },
        },
      );
    }
  }
}

// Without the reason as cause: it holds what the token claims, and a log is no place for that.
function refused(): TenantryError {
  return new TenantryError('unauthenticated', 'unauthenticated', 'The user token is not accepted; sign in again.');
}

/** Said to whom the token was given to: its signature holds. */
function onlyOneFactor(): TenantryError {
  const message = 'The user token is of a session without a second factor; sign in with one.';
  return new TenantryError('unauthenticated', 'unauthenticated', message);
}
