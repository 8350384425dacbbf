import { isMadeOperatorKey, KeyHash, newOperatorKey } from './operator-key.js';

describe('a new operator key', () => {
  it('is recognizable, long, and never the same', () => {
    const keys = Array.from({ length: 200 }, newOperatorKey);
    for (const key of keys) expect(key).toMatch(/^tnt_op_[0-9A-Za-z]{40}$/);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.every((key) => isMadeOperatorKey(key))).toBe(true);
  });

  it('uses the whole alphabet', () => {
    const characters = new Set(Array.from({ length: 200 }, newOperatorKey).join('').replaceAll('tnt_op_', ''));
    expect(characters.size).toBe(62);
  });

  it.each([
    '',
    'tnt_op_',
    'tnt_op_short',
    `tnt_key_${'a'.repeat(40)}`,
    `tnt_op_${'a'.repeat(40)}\n`,
    `tnt_op_${'-'.repeat(40)}`,
  ])('is not %j', (text) => {
    expect(isMadeOperatorKey(text)).toBe(false);
  });
});

describe('the hash of a key', () => {
  const key = newOperatorKey();
  const hash = new KeyHash(key);

  it('matches the key alone', () => {
    expect(hash.matches(key)).toBe(true);
    for (const other of ['', key.slice(0, -1), `${key}x`, key.toLowerCase(), newOperatorKey()]) {
      expect(hash.matches(other)).toBe(false);
    }
  });

  it('does not hold the key', () => {
    expect(JSON.stringify(hash)).not.toContain(key);
  });
});
