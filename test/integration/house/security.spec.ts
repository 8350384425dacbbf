import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

async function exists(path: string): Promise<boolean> {
  return access(join(root, path)).then(
    () => true,
    () => false,
  );
}

describe('docs/security.md', () => {
  let text: string;
  beforeAll(async () => {
    text = await readFile(join(root, 'docs', 'security.md'), 'utf8');
  });

  it('names tests that are there', async () => {
    const named = new Set(
      [...text.matchAll(/`((?:src|test|scripts)\/[\w./-]+\.(?:ts|mjs))`/g)].map(([, path]) => path ?? ''),
    );
    expect(named.size).toBeGreaterThan(40);
    const missing: string[] = [];
    for (const path of named) if (!(await exists(path))) missing.push(path);
    expect(missing).toEqual([]);
  });

  it('has each item of the ASVS once, in order, with something that shows it', () => {
    const rows = [...text.matchAll(/^\| (V\d[^|]*?) *\| ([^|]+?) *\| ([^|]+?) *\|$/gm)];
    const items = rows.flatMap(([, cell = '']) => cell.split(', '));
    expect(items.length).toBeGreaterThan(120);
    expect(items.filter((item) => !/^V\d{1,2}\.\d{1,2}\.\d{1,2}$/.test(item))).toEqual([]);
    expect(items.filter((item, index) => items.indexOf(item) !== index)).toEqual([]);
    const firsts = rows.map(([, cell = '']) => sortable(cell.split(', ')[0] ?? ''));
    expect(firsts).toEqual(firsts.toSorted());
  });
});

function sortable(item: string): string {
  return item
    .slice(1)
    .split('.')
    .map((part) => part.padStart(2, '0'))
    .join('.');
}
