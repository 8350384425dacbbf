import { parseManifest } from './manifest.js';

const configMap = (data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: ${data}\n`;

test('documents become objects in order; empty ones and comments are left out', () => {
  const text = `---\n# Source: a\n---\n${configMap('"1"')}---\n\n---\n${configMap('"2"')}`;
  expect(parseManifest(text).map((object) => object['data'])).toEqual([{ k: '1' }, { k: '2' }]);
  expect(parseManifest('')).toEqual([]);
});

test('a list is opened', () => {
  const item = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } };
  expect(parseManifest(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [item, item] }))).toEqual([item, item]);
});

test.each([
  ['yes', true],
  ['on', true],
  ['y', true],
  ['"yes"', 'yes'],
  ['2026-11-20', '2026-11-20'],
  ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z'],
  ['22:22', '22:22'],
  ['0644', 420],
  ['1e3', 1000],
  ['~', null],
])('an unquoted %s reads as helm and kubectl read it', (text, value) => {
  expect(parseManifest(configMap(text))[0]?.['data']).toEqual({ k: value });
});

test.each([
  ['text', 'just text'],
  ['an object without a name', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n'],
  ['broken YAML', 'a: [1'],
])('%s is refused by its number, without quoting it', (_what, text) => {
  expect(() => parseManifest(`${configMap('a')}---\n${text}`)).toThrow(/^document 2 of the manifest is not/);
});
