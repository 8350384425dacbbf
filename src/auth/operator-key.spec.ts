import { createHash } from 'node:crypto';
import { isMadeOperatorKey, newOperatorKey, OperatorKey } from './operator-key.js';

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

describe('what is kept of the key', () => {
  const key = newOperatorKey();
  const kept = new OperatorKey(key);
  const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

  it('tells the key alone', () => {
    expect(kept.hasDigest(digestOf(key))).toBe(true);
    for (const other of ['', key.slice(0, -1), `${key}x`, key.toLowerCase(), newOperatorKey()]) {
      expect(kept.hasDigest(digestOf(other))).toBe(false);
    }
  });

  it('is not the key', () => {
    expect(JSON.stringify(kept)).not.toContain(key);
  });
});
