import { array, assert, option, property, string } from 'fast-check';
import { encodeFields, sha256Hex } from './encoding.js';

describe('the encoding of fields', () => {
  it.each([
    ['nothing', [], ''],
    ['null', [null], '-'],
    ['empty text', [''], '0:'],
    ['text', ['abc'], '3:abc'],
    ['text by its bytes, not by its characters', ['ä日🚀'], '9:ä日🚀'],
    ['a dash, which is not null', ['-'], '1:-'],
    ['several fields', ['a', null, '', '2:bc'], '1:a-0:4:2:bc'],
  ])('%s', (_, fields, text) => {
    expect(encodeFields(fields)).toBe(text);
  });

  it('gives no text for two lists of fields', () => {
    const fields = array(option(string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 4 });
    assert(
      property(fields, fields, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(encodeFields(one) === encodeFields(other)).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is hashed in UTF-8', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256Hex('ä')).toBe('33e6d73fee82904c8d7afb78de1154d1e8dc2a0edb08120e63df5b9385c2d9cc');
  });
});
