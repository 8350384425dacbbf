import { createHash, randomInt, timingSafeEqual } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomLength = 40;
const prefix = 'tnt_op_';

/** A new operator key: `tnt_op_` and 40 random characters (238 bits). The prefix lets secret scanners find lost ones. */
export function newOperatorKey(): string {
  return prefix + Array.from({ length: randomLength }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** Whether a text is a key that `newOperatorKey` made. */
export function isMadeOperatorKey(text: string): boolean {
  return /^tnt_op_[0-9A-Za-z]{32,}$/.test(text);
}

/** What is kept of a key in memory: comparing hashes takes the same time wherever, and however long, a guess differs. */
export class KeyHash {
  private readonly digest: Buffer;

  constructor(key: string) {
    this.digest = sha256(key);
  }

  matches(candidate: string): boolean {
    return timingSafeEqual(this.digest, sha256(candidate));
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
