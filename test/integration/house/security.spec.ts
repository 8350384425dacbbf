import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

/** Built at the same time on branches of their own. Empty once they are merged. */
const underWay = new Set([
  'src/auth/user-tokens/user-tokens.service.spec.ts',
  'test/e2e/access-matrix.spec.ts',
  'test/integration/audit/chain.spec.ts',
  'test/integration/audit/denied-attempts.spec.ts',
  'test/integration/audit/rights.spec.ts',
  'test/integration/audit/tampering.spec.ts',
  'test/integration/auth/api-keys.spec.ts',
  'test/integration/auth/revocation.spec.ts',
  'test/integration/auth/user-tokens.spec.ts',
  'test/integration/auth/users.spec.ts',
  'test/integration/database/forged-tokens.spec.ts',
  'test/integration/database/isolation.properties.spec.ts',
  'test/integration/database/user-reads.spec.ts',
  'test/integration/http/idempotency-crash.spec.ts',
  'test/integration/http/idempotency.spec.ts',
]);

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
    for (const path of named) if (!(await exists(path)) && !underWay.has(path)) missing.push(path);
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
