import { readBearerToken } from './bearer-token.js';

describe('the Authorization header', () => {
  it.each([undefined, '', ' '])('%j is missing', (header) => {
    expect(readBearerToken(header)).toEqual({ state: 'missing' });
  });

  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER  a.b-c_d~e+f/g== ', 'a.b-c_d~e+f/g=='],
  ])('%j holds %s', (header, token) => {
    expect(readBearerToken(header)).toEqual({ state: 'present', token });
  });

  it.each([
    'Bearer',
    'Bearer ',
    'abc',
    'Basic YWJj',
    'Bearer a b',
    'Bearer a,b',
    'Bearer ä',
    'Bearer a=b',
    'xBearer a',
  ])('%j is malformed', (header) => {
    expect(readBearerToken(header)).toEqual({ state: 'malformed' });
  });

  it('answers in time however long it is', () => {
    const start = performance.now();
    expect(readBearerToken(`Bearer ${'='.repeat(100_000)}!`).state).toBe('malformed');
    expect(readBearerToken(`Bearer ${' '.repeat(100_000)}!`).state).toBe('malformed');
    expect(performance.now() - start).toBeLessThan(500);
  });
});
