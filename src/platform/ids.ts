import { v7 } from 'uuid';
import { remembered } from './idempotency/remembered.js';
import { pooledRandom } from './random-pool.js';

/** A new id: a UUID of version 7, so that ids made later sort later. A retry under an idempotency key makes those of the first attempt. */
export function newId(): string {
  return remembered('id', () => v7());
}

/** The same for a request; of one millisecond they sort in any order. */
export function newRequestId(): string {
  return v7({ random: pooledRandom(16) });
}
