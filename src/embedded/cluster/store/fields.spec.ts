import { fieldsAt, isFields, itemsAt, numberAt, stringAt, stringsAt, textAt, valueAt } from './fields.js';

const OBJECT = {
  spec: { name: 'a', replicas: 3, paused: false, list: [1, 2], labels: { a: 'b', bad: 1 } },
  none: null,
};

describe('reading fields of unknown JSON', () => {
  it.each([
    ['a string', stringAt(OBJECT, 'spec', 'name'), 'a'],
    ['a string that is a number', stringAt(OBJECT, 'spec', 'replicas'), undefined],
    ['a number', numberAt(OBJECT, 'spec', 'replicas'), 3],
    ['a number that is a string', numberAt(OBJECT, 'spec', 'name'), undefined],
    ['the items of a list', itemsAt(OBJECT, 'spec', 'list'), [1, 2]],
    ['the items of no list', itemsAt(OBJECT, 'spec', 'name'), []],
    ['the members of no object', fieldsAt(OBJECT, 'spec', 'name'), {}],
    ['only the strings of an object', stringsAt(OBJECT, 'spec', 'labels'), { a: 'b' }],
    ['a number as text', textAt(OBJECT, 'spec', 'replicas'), '3'],
    ['a boolean as text', textAt(OBJECT, 'spec', 'paused'), 'false'],
    ['an object as text', textAt(OBJECT, 'spec'), undefined],
    ['a path that ends early', valueAt(OBJECT, 'none', 'deeper', 'still'), undefined],
  ])('%s', (_what, found, expected) => {
    expect(found).toEqual(expected);
  });

  it.each([
    [{}, true],
    [[], false],
    [null, false],
    ['text', false],
  ])('%j is an object: %s', (value, expected) => {
    expect(isFields(value)).toBe(expected);
  });
});
