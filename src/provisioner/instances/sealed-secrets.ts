import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { SecretValues } from './instance-values.js';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const secretValues = z.record(z.string(), z.string());

/**
 * Seals secret values for the database: AES-256-GCM, base64 of nonce, tag and ciphertext. Bound to its owner, so that a row's secrets
 * cannot be moved to another row.
 */
export function seal(secrets: SecretValues, owner: string, key: Buffer): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(owner));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(secrets)), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

/** @throws Error when the text was sealed with another key or for another owner, or was changed */
export function unseal(text: string, owner: string, key: Buffer): SecretValues {
  const bytes = Buffer.from(text, 'base64');
  const nonce = bytes.subarray(0, nonceBytes);
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(owner));
  decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  const clear = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
  return secretValues.parse(JSON.parse(clear.toString('utf8')));
}

/** Tells whether secrets changed. Keyed, so that who reads the database or the cluster cannot try out secrets against it. */
export function fingerprint(secrets: SecretValues, key: Buffer): string {
  const sorted = Object.entries(secrets).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHmac('sha256', key).update(JSON.stringify(sorted)).digest('hex').slice(0, 32);
}
