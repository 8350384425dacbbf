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

/** What is kept of the operator key in memory: comparing digests takes the same time wherever, and however long, a guess differs. */
export class OperatorKey {
  private readonly digest: Buffer;

  constructor(key: string) {
    this.digest = createHash('sha256').update(key).digest();
  }

  /** @param digest SHA-256 of what the caller sent */
  hasDigest(digest: Buffer): boolean {
    return timingSafeEqual(this.digest, digest);
  }
}
