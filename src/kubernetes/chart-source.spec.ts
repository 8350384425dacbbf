import { chartFaults, type ChartSource } from './chart-source.js';

test.each<ChartSource>([
  { path: '/charts/web' },
  { path: '/charts/-odd name' },
  { oci: 'oci://registry.example.com/charts/web' },
  { oci: 'oci://registry.example.com:5000/web', version: '1.2.3' },
  { repository: 'https://charts.example.com', name: 'web', version: '^2.0.0' },
  { repository: 'https://charts.example.com/x', name: 'web', version: '>=1.0.0 <2.0.0' },
  { repository: 'https://charts.example.com', name: 'web_2.x', version: '1.0.0-rc.1+build.5' },
])('%j can be passed on', (chart) => {
  expect(chartFaults(chart)).toEqual([]);
});

test.each<readonly [string, ChartSource]>([
  ['a relative path', { path: 'charts/web' }],
  ['a flag as path', { path: '--post-renderer=/bin/sh' }],
  ['a NUL in the path', { path: '/charts/a\0b' }],
  ['another scheme', { oci: 'https://example.com/web' }],
  ['no reference', { oci: 'oci://' }],
  ['credentials in the reference', { oci: 'oci://user:secret@registry.example.com/web' }],
  ['credentials in the repository', { repository: 'https://user:secret@example.com', name: 'web' }],
  ['a repository that is a file', { repository: 'file:///etc', name: 'web' }],
  ['a flag as name', { repository: 'https://example.com', name: '--set=a=b' }],
  ['a path as name', { repository: 'https://example.com', name: '../web' }],
  ['a flag as version', { oci: 'oci://example.com/web', version: '--devel' }],
  ['a line break in the version', { oci: 'oci://example.com/web', version: '1.0.0\n--debug' }],
])('%s is refused', (_what, chart) => {
  expect(chartFaults(chart)).not.toEqual([]);
});

test('all faults are told together', () => {
  expect(chartFaults({ repository: 'nowhere', name: '-x', version: '-y' })).toHaveLength(3);
});
