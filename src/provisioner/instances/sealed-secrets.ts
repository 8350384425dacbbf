import { z } from 'zod';
import { keyedHash, type SealingKeys, sealText, unsealText } from '../../platform/sealed-text.js';
import type { SecretValues } from './instance-values.js';

const secretValues = z.record(z.string(), z.string());

/** Seals secret values for the database. Bound to their owner, so that a row's secrets cannot be moved to another row. */
export function seal(secrets: SecretValues, owner: string, keys: SealingKeys): string {
  return sealText(JSON.stringify(secrets), owner, keys);
}

/** @throws Error when the text was sealed with another key or for another owner, or was changed */
export function unseal(text: string, owner: string, keys: SealingKeys): SecretValues {
  return secretValues.parse(JSON.parse(unsealText(text, owner, keys)));
}

/**
 * Tells whether secrets changed. Keyed, so that who reads the database or the cluster cannot try out secrets against it.
 * @param known the fingerprint so far, which stays where an older key made it of the same secrets: a new key alone is no change
 */
export function fingerprint(secrets: SecretValues, keys: SealingKeys, known: string | null = null): string {
  const [newest] = keys;
  return keys.map((key) => fingerprintBy(key, secrets)).find((one) => one === known) ?? fingerprintBy(newest, secrets);
}

function fingerprintBy(key: Buffer, secrets: SecretValues): string {
  const sorted = Object.entries(secrets).sort(([a], [b]) => (a < b ? -1 : 1));
  return keyedHash(JSON.stringify(sorted), key).slice(0, 32);
}
