import { decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import type { UserTokenIssuer } from '../../platform/user-token-issuer.js';

/** What a verified token says of its bearer. */
export interface UserClaims {
  /** Of the user in Supabase; a UUID in lower case. */
  readonly userId: string;
  /** For people to read; it proves nothing. */
  readonly email: string | undefined;
  readonly expiresAt: Date;
  /** Whether they proved who they are by a second factor in the session that the token is of. */
  readonly secondFactor: boolean;
}

/** What must show that a token is from its issuer. Decided by what the issuer has, before any key is looked at. */
export type TokenProof =
  | { readonly kind: 'secret'; readonly algorithm: string; readonly secret: Uint8Array }
  | { readonly kind: 'public_key'; readonly algorithm: string; readonly keyId: string | undefined };

/** Characters. Supabase's own are 1,000 to 3,000; a whole header section over HTTP is 16 KiB at most. */
const maxTokenLength = 8_192;

const audience = 'authenticated';
const role = 'authenticated';

const publicKeyAlgorithms: ReadonlySet<string> = new Set(['ES256', 'RS256', 'EdDSA']);

const header = z.object({ alg: z.string(), kid: z.string().max(256).optional() });

const claims = z.object({
  sub: z.uuid().toLowerCase(),
  role: z.literal(role),
  email: z.string().max(320).optional().catch(undefined),
  exp: z.number(),
  aal: z.string().optional().catch(undefined),
});

/**
 * How the token must be proven: HS256 by the secret alone and the others by a listed key alone, so that a public key is never
 * taken for a secret; undefined for everything else, `none` among it.
 */
export function proofOf(token: string, issuer: UserTokenIssuer): TokenProof | undefined {
  const read = readHeader(token);
  if (read === undefined) return undefined;
  const { alg: algorithm, kid: keyId } = read;
  if (algorithm === 'HS256') {
    return issuer.secret === undefined
      ? undefined
      : { kind: 'secret', algorithm, secret: new TextEncoder().encode(issuer.secret) };
  }
  if (!publicKeyAlgorithms.has(algorithm) || issuer.jwksUrl === undefined) return undefined;
  return { kind: 'public_key', algorithm, keyId };
}

/** What every token must say, whoever signed it. */
export function requirementsOf(issuer: UserTokenIssuer): {
  audience: string;
  issuer?: string;
  requiredClaims: string[];
} {
  const always = { audience, requiredClaims: ['exp', 'sub', 'role'] };
  return issuer.name === undefined ? always : { ...always, issuer: issuer.name };
}

/** The claims of a token whose signature holds; undefined where they are not those of a user. */
export function claimsOf(payload: unknown): UserClaims | undefined {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) return undefined;
  const { sub, email, exp, aal } = parsed.data;
  const expiresAt = new Date(exp * 1_000);
  if (Number.isNaN(expiresAt.getTime())) return undefined;
  return { userId: sub, email, expiresAt, secondFactor: aal === 'aal2' };
}

function readHeader(token: string): z.infer<typeof header> | undefined {
  if (token.length > maxTokenLength) return undefined;
  try {
    return header.safeParse(decodeProtectedHeader(token)).data;
  } catch {
    return undefined;
  }
}
