import { randomBytes } from 'node:crypto';
import { keyedHash, sealText, unsealText } from './sealed-text.js';

const key = randomBytes(32);

describe('a sealed text', () => {
  it.each(['', 's3cret', 'pä✓ 🚀', 'x'.repeat(1_000_000)])('opens for its owner with its key', (text) => {
    expect(unsealText(sealText(text, 'a', key), 'a', key)).toBe(text);
  });

  it('never looks the same twice, and shows nothing', () => {
    const sealed = sealText('s3cret', 'a', key);
    expect(sealed).not.toBe(sealText('s3cret', 'a', key));
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('s3cret');
  });

  it.each([
    ['for another owner', (sealed: string) => unsealText(sealed, 'b', key)],
    ['with another key', (sealed: string) => unsealText(sealed, 'a', randomBytes(32))],
    ['when it was cut', (sealed: string) => unsealText(sealed.slice(0, -8), 'a', key)],
    ['when it was changed', (sealed: string) => unsealText(`${sealed.slice(0, -4)}AAA=`, 'a', key)],
    ['when it is none', () => unsealText('none', 'a', key)],
  ])('does not open %s', (_, open) => {
    expect(() => open(sealText('s3cret', 'a', key))).toThrow(/authenticate|tag/);
  });
});

describe('a keyed hash', () => {
  it('is the same for the same text and key, and for no other', () => {
    expect(keyedHash('a', key)).toMatch(/^[0-9a-f]{64}$/);
    expect(keyedHash('a', key)).toBe(keyedHash('a', key));
    expect(keyedHash('b', key)).not.toBe(keyedHash('a', key));
    expect(keyedHash('a', randomBytes(32))).not.toBe(keyedHash('a', key));
  });
});
