import { pooledRandom } from './random-pool.js';

it('random bytes are new each time, also where the pool is filled anew', () => {
  const seen = new Set(Array.from({ length: 5_000 }, () => pooledRandom(16).toString('hex')));
  expect(seen.size).toBe(5_000);
  expect([...seen].every((hex) => hex.length === 32)).toBe(true);
});
