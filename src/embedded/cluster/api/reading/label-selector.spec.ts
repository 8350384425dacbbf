import { parseLabelSelector } from './label-selector.js';

const LABELS = { app: 'web', tier: 'front', 'example.com/size': '5' };

describe('parseLabelSelector', () => {
  it.each([
    ['app=web', true],
    ['app==web', true],
    ['app=db', false],
    ['app!=db', true],
    ['none!=db', true],
    ['app=web,tier=front', true],
    ['app=web,tier=back', false],
    ['app in (web, db)', true],
    ['app in (db)', false],
    ['app notin (db)', true],
    ['none notin (db)', true],
    ['app notin (web),tier=front', false],
    ['app', true],
    ['none', false],
    ['!none', true],
    ['!app', false],
    ['example.com/size>4', true],
    ['example.com/size<4', false],
    ['none=', false],
    ['constructor', false],
  ])('%s matches: %s', (text, expected) => {
    expect(parseLabelSelector(text)?.(LABELS)).toBe(expected);
  });

  it('is nothing when it is empty', () => {
    expect(parseLabelSelector('')).toBeUndefined();
    expect(parseLabelSelector(' , ')).toBeUndefined();
  });

  it.each(['app=web=db', 'app in web', '=web', 'a b'])('refuses %s', (text) => {
    expect(() => parseLabelSelector(text)).toThrow(expect.objectContaining({ code: 400 }));
  });
});
