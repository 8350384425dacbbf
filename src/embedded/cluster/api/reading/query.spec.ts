import { draft } from '../../store/testing/draft.js';
import { flag, selectorOf, versionParameter, wholeNumber } from './query.js';

const query = (text: string) => new URLSearchParams(text);

describe('parameters of reads', () => {
  it.each([
    ['watch=true', true],
    ['watch=1', true],
    ['watch=T', true],
    ['watch=false', false],
    ['watch=yes', false],
    ['', false],
  ])('?%s is a flag: %s', (text, expected) => {
    expect(flag(query(text), 'watch')).toBe(expected);
  });

  it('are whole numbers, or nothing', () => {
    expect(wholeNumber(query('limit=500'), 'limit')).toBe(500);
    expect(wholeNumber(query('limit='), 'limit')).toBeUndefined();
    expect(wholeNumber(query(''), 'limit')).toBeUndefined();
    expect(() => wholeNumber(query('limit=1.5'), 'limit')).toThrow('strconv.ParseInt: parsing "1.5": invalid syntax');
  });

  it('are versions, or nothing', () => {
    expect(versionParameter(query('resourceVersion=7'))).toBe(7);
    expect(versionParameter(query(''))).toBeUndefined();
    expect(() => versionParameter(query('resourceVersion=-1'))).toThrow('resourceVersion: Invalid value: "-1"');
  });
});

describe('selectorOf', () => {
  const secret = draft('v1', 'Secret', { name: 'a', labels: { owner: 'helm' } }, { type: 'Opaque' });

  it.each([
    ['labelSelector=owner%3Dhelm', true],
    ['labelSelector=owner%3Dother', false],
    ['fieldSelector=type%3DOpaque', true],
    ['labelSelector=owner%3Dhelm&fieldSelector=type%3DOther', false],
    ['labelSelector=owner%3Dhelm&fieldSelector=type%3DOpaque', true],
  ])('?%s matches: %s', (text, expected) => {
    expect(selectorOf('/secrets', query(text))?.(secret)).toBe(expected);
  });

  it('treats an object without labels as one with none', () => {
    const { labels: _labels, ...metadata } = secret.metadata;
    expect(selectorOf('/secrets', query('labelSelector=!owner'))?.({ ...secret, metadata })).toBe(true);
  });

  it('is nothing when nothing is asked for', () => {
    expect(selectorOf('/secrets', query('limit=5'))).toBeUndefined();
  });
});
