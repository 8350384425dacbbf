import { isUri, isUriReference } from './uri.js';

describe('a URI reference', () => {
  it.each([
    'my-app',
    '/billing',
    'https://example.com/a/b?c=d#e',
    'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66',
    'mailto:cncf@example.com',
    '//host:8080/path',
    'https://[2001:db8::1]/x',
    '1-555-123-4567',
    'a/b:c',
    '?q',
    '#f',
    '%20',
    'cloudevents.io/spec(1)',
  ])('%s', (text) => {
    expect(isUriReference(text)).toBe(true);
  });

  it.each([
    'a b',
    '<x>',
    'a%2',
    'a%zz',
    'ä',
    '1a:b',
    ':x',
    'a#b#c',
    'https://exa mple.com',
    '[x]',
    'a\\b',
    '"x"',
    'a\nb',
    '`',
    '{x}',
    '^',
  ])('%j is none', (text) => {
    expect(isUriReference(text)).toBe(false);
  });

  it('is a URI with a scheme', () => {
    expect(isUri('https://example.com/schema')).toBe(true);
    expect(isUri('schema.json')).toBe(false);
  });

  it('is told in linear time', () => {
    const began = performance.now();
    isUriReference(`//${'a:'.repeat(20_000)} `);
    isUriReference(`${'a@'.repeat(20_000)} `);
    expect(performance.now() - began).toBeLessThan(200);
  });
});
