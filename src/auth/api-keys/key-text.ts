import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const environments = ['live', 'test'] as const;
export type KeyEnvironment = (typeof environments)[number];

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomLength = 30;
const checksumLength = 6;
/** So much of the random part is shown: the rest still has 142 bits. */
const shownLength = 6;

const format = /^(tnt_(?:live|test)_[0-9A-Za-z]{30})([0-9A-Za-z]{6})$/;

/** A new key: `tnt_live_`, 30 random characters (178 bits), and 6 that sum up the rest. */
export function newKeyText(environment: KeyEnvironment): string {
  const random = Array.from({ length: randomLength }, () => alphabet[randomInt(alphabet.length)]).join('');
  const body = `tnt_${environment}_${random}`;
  return body + checksumOf(body);
}

/** Whether a text can be a key at all: what was mistyped, cut or made up is told without asking anybody. */
export function isKeyText(text: string): boolean {
  const [, body, checksum] = format.exec(text) ?? [];
  return body !== undefined && checksum === checksumOf(body);
}

/** The beginning of a key, to tell it from others by. */
export function shownPrefix(key: string): string {
  return key.slice(0, key.length - checksumLength - randomLength + shownLength);
}

/** CRC-32 in base 62, padded: 62^6 is more than 2^32. */
function checksumOf(body: string): string {
  let rest = crc32(body);
  let digits = '';
  while (digits.length < checksumLength) {
    digits = (alphabet[rest % alphabet.length] ?? '') + digits;
    rest = Math.floor(rest / alphabet.length);
  }
  return digits;
}
