import { randomFillSync } from 'node:crypto';

/** The system is asked for many at once: a question costs more than what it brings. */
const pool = Buffer.alloc(4_096);
let used = pool.length;

/** Random bytes of cryptographic quality, for names such as request ids; secrets take their own. They hold until the next call. */
export function pooledRandom(bytes: number): Buffer {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.subarray(used - bytes, used);
}
