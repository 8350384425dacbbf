import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** The public half of a key as RFC 8037 writes it. */
export const publicJwk = z
  .object({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: z.string().regex(/^[\w-]{43}$/),
    kid: z.string().describe('The thumbprint of the key (RFC 7638), which checkpoints name.'),
    use: z.literal('sig'),
    alg: z.literal('EdDSA'),
  })
  .meta({ id: 'AuditPublicKey' });
export type PublicJwk = z.infer<typeof publicJwk>;

/** The key that signs checkpoints: Ed25519. */
export class SigningKey {
  readonly id: string;
  /** The member x of its JWK. */
  readonly publicKey: string;
  private readonly key: KeyObject;

  /** @param pkcs8 DER in base64. @throws Error when it is not an Ed25519 key */
  constructor(pkcs8: string) {
    this.key = createPrivateKey({ key: Buffer.from(pkcs8, 'base64'), format: 'der', type: 'pkcs8' });
    if (this.key.asymmetricKeyType !== 'ed25519') throw new Error('the key is not of Ed25519');
    this.publicKey = z.object({ x: z.string() }).parse(createPublicKey(this.key).export({ format: 'jwk' })).x;
    this.id = keyIdOf(this.publicKey);
  }

  /** Signs a text in UTF-8. @returns base64url */
  sign(text: string): string {
    return sign(null, Buffer.from(text), this.key).toString('base64url');
  }
}

/** A new key: PKCS8, DER, base64. */
export function newSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}

export function isSigningKey(text: string): boolean {
  try {
    return new SigningKey(text).id !== '';
  } catch {
    return false;
  }
}

/** RFC 7638, with the members in the order that it wants. */
export function keyIdOf(x: string): string {
  return createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url');
}

export function jwkOf(x: string): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x, kid: keyIdOf(x), use: 'sig', alg: 'EdDSA' };
}

/** Whether a signature (base64url) over a text was made with the key whose JWK has this x. */
export function isSignedBy(x: string, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}
