import { version } from './version.js';

it('the version is that of the package', () => {
  expect(version).toMatch(/^\d+\.\d+\.\d+/);
});
