import fc from 'fast-check';
import { isKeyText, newKeyText, shownPrefix } from './key-text.js';

describe('a new key', () => {
  it.each(['live', 'test'] as const)('says that it is of %s, and is never the same', (environment) => {
    const keys = Array.from({ length: 200 }, () => newKeyText(environment));
    for (const key of keys) expect(key).toMatch(new RegExp(`^tnt_${environment}_[0-9A-Za-z]{36}$`));
    expect(new Set(keys).size).toBe(200);
    expect(keys.every((key) => isKeyText(key))).toBe(true);
  });

  it('uses the whole alphabet', () => {
    const characters = new Set(Array.from({ length: 300 }, () => newKeyText('test').slice(9, 39)).join(''));
    expect(characters.size).toBe(62);
  });

  it('shows its beginning, and not enough to guess the rest', () => {
    const key = newKeyText('live');
    expect(shownPrefix(key)).toBe(key.slice(0, 15));
    expect(key.length - shownPrefix(key).length).toBe(30);
  });
});

describe('a text that is no key', () => {
  // Summed up by another implementation: zlib.crc32 of Python, written in base 62.
  it.each(['tnt_test_0000000000000000000000000000003Vft02', 'tnt_live_abcdefghijklmnopqrstuvwxyzABCD41vvhT'])(
    'is not %s, whose checksum is CRC-32 of all before it',
    (key) => {
      expect(isKeyText(key)).toBe(true);
    },
  );

  it('is every key with one other character', () => {
    const key = newKeyText('test');
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: key.length - 1 }),
        fc.constantFrom('0', 'a', 'Z', '_'),
        (place, character) => {
          const changed = key.slice(0, place) + character + key.slice(place + 1);
          expect(isKeyText(changed)).toBe(changed === key);
        },
      ),
    );
  });

  it('is everything that somebody makes up', () => {
    fc.assert(fc.property(fc.string(), (text) => !isKeyText(text)));
  });

  it.each([
    '',
    'tnt_',
    `tnt_prod_${'0'.repeat(36)}`,
    `tnt_op_${'a'.repeat(40)}`,
    `${newKeyText('live')}\n`,
    ` ${newKeyText('live')}`,
  ])('is %j', (text) => {
    expect(isKeyText(text)).toBe(false);
  });
});
