import { isNewer } from './resource-version.js';

test.each([
  ['2', '1', true],
  ['1', '2', false],
  ['10', '9', true],
  ['9', '10', false],
  ['5', '5', false],
  ['18446744073709551617', '18446744073709551616', true],
  ['', '', false],
  ['abc', 'abc', false],
  ['abc', '5', true],
  ['5', '', true],
])('%j is newer than %j: %s', (version, than, expected) => {
  expect(isNewer(version, than)).toBe(expected);
});
