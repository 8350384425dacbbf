import { randomBytes } from 'node:crypto';
import { keyedHash, sealPrefix, sealText, unsealText } from './sealed-text.js';

const key = randomBytes(32);
const keys = [key] as const;

describe('a sealed text', () => {
  it.each(['', 's3cret', 'pä✓ 🚀', 'x'.repeat(1_000_000)])('opens for its owner with its key', (text) => {
    expect(unsealText(sealText(text, 'a', keys), 'a', keys)).toBe(text);
  });

  it('never looks the same twice, and shows nothing', () => {
    const sealed = sealText('s3cret', 'a', keys);
    expect(sealed).not.toBe(sealText('s3cret', 'a', keys));
    expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64').toString('latin1')).not.toContain('s3cret');
  });

  it('names its cipher and its key, and opens with an older key beside the new one that seals', () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)];
    const old = sealText('s3cret', 'a', [older]);
    expect(old).toMatch(/^1\.[0-9a-f]{12}\.[\w+/=]+$/);
    expect(old.startsWith(sealPrefix(older))).toBe(true);
    expect(unsealText(old, 'a', [newer, older])).toBe('s3cret');
    expect(sealText('s3cret', 'a', [newer, older]).startsWith(sealPrefix(newer))).toBe(true);
    expect(() => unsealText(old, 'a', [newer])).toThrow('a key that is not configured');
  });

  it.each([
    ['for another owner', (sealed: string) => unsealText(sealed, 'b', keys)],
    ['with another key', (sealed: string) => unsealText(sealed, 'a', [randomBytes(32)])],
    ['when it was cut', (sealed: string) => unsealText(sealed.slice(0, -8), 'a', keys)],
    ['when it was changed', (sealed: string) => unsealText(`${sealed.slice(0, -4)}AAA=`, 'a', keys)],
    ['when it is none', () => unsealText('none', 'a', keys)],
  ])('does not open %s', (_, open) => {
    expect(() => open(sealText('s3cret', 'a', keys))).toThrow(/authenticate|tag/);
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
