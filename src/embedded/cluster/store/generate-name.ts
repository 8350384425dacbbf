import { randomInt } from 'node:crypto';

/** The alphabet of the real server: no vowels and no digits that look like them, so that no words appear. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const LONGEST_BASE = 58;

/** `base` and five random characters, at most 63 long. */
export function generateName(base: string): string {
  let suffix = '';
  for (let i = 0; i < 5; i += 1) suffix += ALPHABET[randomInt(ALPHABET.length)];
  return base.slice(0, LONGEST_BASE) + suffix;
}
