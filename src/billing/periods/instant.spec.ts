import { instant } from './instant.js';

describe('an instant', () => {
  it.each([
    ['2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z'],
    ['2026-03-01T01:00:00.5+01:00', '2026-03-01T00:00:00.5Z'],
    ['2026-03-01T00:00:00.123456Z', '2026-03-01T00:00:00.123456Z'],
    // The database would round the first down and the second up; what is text beside it would differ.
    ['2026-03-01T00:00:00.000000499Z', '2026-03-01T00:00:00Z'],
    ['2026-03-01T00:00:00.000000999Z', '2026-03-01T00:00:00Z'],
    ['1969-12-31T23:59:59.9999999Z', '1969-12-31T23:59:59.999999Z'],
  ])('%s is %s', (text, parsed) => {
    expect(instant.parse(text)).toBe(parsed);
  });

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-03-01',
    '0000-01-01T00:00:00+23:59',
    '0000-01-01T00:00:00Z',
    '0000-12-31T23:59:59+23:59',
    '9999-12-31T23:59:59-23:59',
    '',
  ])('refuses %j', (text) => {
    expect(instant.safeParse(text).success).toBe(false);
  });
});
