import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** How a sealed text begins that this is the cipher of. */
const version = '1';

/** Keys of 32 bytes. The first seals; all of them open, so that a key can be replaced while its seals are still about. */
export type SealingKeys = readonly [Buffer, ...Buffer[]];

/**
 * Seals a text for the database with AES-256-GCM: `1.<key>.<base64 of nonce, tag and ciphertext>`, which says how, and names the key.
 * @param owner whose it is; bound into the seal, so that what is moved to another's row does not open there
 */
export function sealText(text: string, owner: string, [key]: SealingKeys): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(owner));
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  return sealPrefix(key) + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

/** @throws Error when the text was sealed with a key that is not among these, or for another owner, or was changed */
export function unsealText(sealed: string, owner: string, keys: SealingKeys): string {
  const key = keys.find((one) => sealed.startsWith(sealPrefix(one)));
  if (key === undefined) throw new Error('cannot authenticate: this was sealed with a key that is not configured');
  const bytes = Buffer.from(sealed.slice(sealPrefix(key).length), 'base64');
  const nonce = bytes.subarray(0, nonceBytes);
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(owner));
  decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8');
}

/** How everything begins that this key sealed. It tells keys apart, and nothing of them. */
export function sealPrefix(key: Buffer): string {
  return `${version}.${keyedHash('the name of a sealing key', key).slice(0, 12)}.`;
}

/** HMAC-SHA-256 in hex: whoever reads it where it is kept cannot try out guesses against it. */
export function keyedHash(text: string, key: Buffer): string {
  return createHmac('sha256', key).update(text).digest('hex');
}
