import { dnsNameFaults } from './dns-name.js';

const label = (length: number): string => 'a'.repeat(length);
/** A name of that length, with labels that are short enough. */
const long = (length: number): string => `${label(63)}.${label(63)}.${label(63)}.${label(length - 192)}`;

describe('a DNS name', () => {
  it.each([
    ['has dots', 'shop.acme.example.com'],
    ['may have none', 'localhost'],
    ['may begin with a digit', '4you.example.com'],
    ['may have a number as a label, but not as its last', '7.example.com'],
    ['may end in a label that has digits', 'example.a1'],
    ['may have dashes inside of labels', 'a--b.xn--bcher-kva.example'],
    ['has labels of up to 63 characters', `${label(63)}.example.com`],
    ['has up to 253 characters', long(253)],
  ])('%s', (_what, name) => {
    expect(dnsNameFaults(name)).toEqual([]);
  });

  it.each([
    ['nothing', '', [/empty labels/]],
    ['254 characters', long(254), [/at most 253/]],
    ['a label of 64 characters', `${label(64)}.example.com`, [/at most 63/]],
    ['a wildcard', '*.example.com', [/wildcard/]],
    ['a dot at its end', 'example.com.', [/empty labels/]],
    ['a dot at its beginning', '.example.com', [/empty labels/]],
    ['two dots in a row', 'shop..example.com', [/empty labels/]],
    ['a dash at the beginning of a label', 'shop.-acme.com', [/no dash/]],
    ['a dash at the end of a label', 'shop-.acme.com', [/no dash/]],
    ['an underscore', 'my_shop.example.com', [/lower-case letters/]],
    ['upper case', 'Shop.example.com', [/lower-case letters/]],
    ['a space', 'shop.example.com ', [/lower-case letters/]],
    ['a line break', 'shop.example.com\n', [/lower-case letters/]],
    ['another script', 'bücher.example', [/xn--/]],
    ['a port', 'shop.example.com:80', [/lower-case letters/]],
    ['a scheme', 'https://shop.example.com', [/lower-case letters/]],
    ['a placeholder that nobody fills', '{region}.example.com', [/lower-case letters/]],
    ['an IP address', '10.0.0.1', [/IP address/]],
    ['everything wrong at once', `*.${label(64)}_.-a..${label(200)}.1`, Array(7).fill(/./)],
  ])('has not %s', (_what, name, faults) => {
    const found = dnsNameFaults(name);
    expect(found).toEqual(faults.map((pattern: RegExp) => expect.stringMatching(pattern)));
  });
});
