import { labelFaults, namespaceFaults, objectNameFaults, releaseFaults } from './names.js';

describe('a release name', () => {
  test.each(['a', 'main', 'a-1', '0', 'x'.repeat(53)])('%s is fine', (name) => {
    expect(releaseFaults(name)).toEqual([]);
  });

  test.each(['', '-a', 'a-', 'A', 'a.b', 'a_b', 'a b', '--debug', 'x'.repeat(54), 'a\n', 'ä'])(
    '%j is refused',
    (name) => {
      expect(releaseFaults(name)).toHaveLength(1);
    },
  );
});

test('a namespace has up to 63 characters', () => {
  expect(namespaceFaults('x'.repeat(63))).toEqual([]);
  expect(namespaceFaults('x'.repeat(64))).toHaveLength(1);
  expect(namespaceFaults('-n')).toHaveLength(1);
});

test('an object name may have dots, and never begins with a hyphen', () => {
  expect(objectNameFaults('a.b-c')).toEqual([]);
  expect(objectNameFaults('-f')).toHaveLength(1);
  expect(objectNameFaults('a/b')).toHaveLength(1);
});

describe('a label for a release record', () => {
  test.each([
    ['tenantry.io/instance', '0192-abc'],
    ['team', ''],
  ])('%s=%s is fine', (key, value) => {
    expect(labelFaults(key, value)).toEqual([]);
  });

  test.each([
    ['name', 'x', 'one of helm’s own'],
    ['a,b', 'x', 'a comma in the key, which would begin another label'],
    ['a', 'x,owner=me', 'a comma in the value'],
    ['a', 'null value', 'a space'],
    ['bad prefix/x', 'y', 'a space in the prefix'],
    ['', 'x', 'an empty key'],
  ])('%s=%s is refused: %s', (key, value) => {
    expect(labelFaults(key, value)).not.toEqual([]);
  });
});
