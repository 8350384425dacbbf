import { z } from 'zod';
import { keyedHash, sealText, unsealText } from '../../platform/sealed-text.js';
import type { SecretValues } from './instance-values.js';

const secretValues = z.record(z.string(), z.string());

/** Seals secret values for the database. Bound to their owner, so that a row's secrets cannot be moved to another row. */
export function seal(secrets: SecretValues, owner: string, key: Buffer): string {
  return sealText(JSON.stringify(secrets), owner, key);
}

/** @throws Error when the text was sealed with another key or for another owner, or was changed */
export function unseal(text: string, owner: string, key: Buffer): SecretValues {
  return secretValues.parse(JSON.parse(unsealText(text, owner, key)));
}

/** Tells whether secrets changed. Keyed, so that who reads the database or the cluster cannot try out secrets against it. */
export function fingerprint(secrets: SecretValues, key: Buffer): string {
  const sorted = Object.entries(secrets).sort(([a], [b]) => (a < b ? -1 : 1));
  return keyedHash(JSON.stringify(sorted), key).slice(0, 32);
}
