import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..', '..');

const entry = z.looseObject({
  name: z.string().optional(),
  version: z.string(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  hasInstallScript: z.boolean().optional(),
});
type Entry = z.infer<typeof entry>;
const lockFile = z.object({ lockfileVersion: z.number(), packages: z.record(z.string(), entry) });
const manifest = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
  overrides: z.record(z.string(), z.string()),
  allowScripts: z.record(z.string(), z.boolean()),
});

async function read<T>(name: string, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(JSON.parse(await readFile(join(root, name), 'utf8')));
}

/** What packages may be under another name: nothing at all, or an older one of its kind, for tools of development. */
const aliases = new Set(['empty-npm-package', 'react-is', 'string-width', 'strip-ansi', 'wrap-ansi']);

/** What is wrong with an entry of the lock file. lockfile-lint looks at hosts, which ours leaves out: every registry is as good as its hashes. */
function faultsOf(path: string, { name, version, integrity, ...rest }: Entry): string[] {
  const faults: string[] = [];
  if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '')) faults.push(`${path} has no SHA-512`);
  if ('resolved' in rest) faults.push(`${path} names where it comes from`);
  if ('link' in rest) faults.push(`${path} is a link`);
  if (!/^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version)) faults.push(`${path} has no plain version`);
  if (name !== undefined && !aliases.has(name)) faults.push(`${path} is another package, ${name}`);
  return faults;
}

const plain: Entry = { version: '1.0.0', integrity: `sha512-${'a'.repeat(86)}==` };

describe('the lock file', () => {
  it('has a hash of every package, and nothing that does not come from the registry', async () => {
    const { lockfileVersion, packages } = await read('package-lock.json', lockFile);
    expect(lockfileVersion).toBe(3);
    const entries = Object.entries(packages).filter(([path]) => path !== '');
    expect(entries.length).toBeGreaterThan(500);
    expect(entries.flatMap(([path, found]) => faultsOf(path, found))).toEqual([]);
  });

  it.each<[what: string, planted: Partial<Entry>]>([
    ['a package without a hash', { integrity: undefined }],
    ['a weak hash', { integrity: 'sha1-aaaaaaaaaaaaaaaaaaaaaaaaaaa=' }],
    ['a host', { resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz' }],
    ['a repository', { version: 'git+ssh://git@github.com/a/a.git#0123' }],
    ['a file', { version: 'file:../a' }],
    ['a link', { link: true }],
    ['another package under its name', { name: 'evil' }],
  ])('would be refused for %s', (_, planted) => {
    expect(faultsOf('node_modules/a', { ...plain, ...planted })).not.toEqual([]);
  });

  it('takes a plain one', () => {
    expect(faultsOf('node_modules/a', plain)).toEqual([]);
  });
});

describe('package.json', () => {
  it('asks for exact versions of the registry', async () => {
    const { dependencies, devDependencies, optionalDependencies, overrides } = await read('package.json', manifest);
    const asked = { ...dependencies, ...devDependencies, ...optionalDependencies, ...overrides };
    const loose = Object.entries(asked).filter(
      ([, version]) => !/^(npm:empty-npm-package@)?\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });
});

describe('install scripts', () => {
  it('are those that CONTRIBUTING.md lists, each with what it does and whether it runs', async () => {
    const { packages } = await read('package-lock.json', lockFile);
    const { allowScripts } = await read('package.json', manifest);
    const scripted = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const names = scripted.map(([path]) => nameAt(path));
    expect(new Set(Object.keys(allowScripts))).toEqual(new Set(names));
    expect(await listed()).toEqual(allowScripts);
  });
});

/** The name that a package is installed under. */
function nameAt(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

async function listed(): Promise<Record<string, boolean>> {
  const text = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8');
  const table = text.slice(text.indexOf('| package with an install script'));
  const rows = [...table.matchAll(/^\| `([^`]+)` +\| (yes|no) +\| \w.*\|$/gm)];
  return Object.fromEntries(rows.map(([, name, runs]) => [name, runs === 'yes']));
}

describe('licences', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tenantry-licences-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  async function check(planted: Record<string, unknown>): Promise<{ exitCode?: number | undefined; stderr: string }> {
    const path = join(directory, 'package-lock.json');
    await writeFile(path, JSON.stringify({ packages: { '': {}, 'node_modules/a': { ...plain, ...planted } } }));
    return execa(process.execPath, [join(root, 'scripts', 'licences.mjs'), '--check', path], { reject: false });
  }

  it('of all packages are allowed', async () => {
    const script = join(root, 'scripts', 'licences.mjs');
    const { stdout, exitCode } = await execa(process.execPath, [script], { reject: false });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^## MIT$/m);
    expect(stdout).toMatch(/^- fastify \d/m);
  });

  it.each([
    [{ license: 'AGPL-3.0-only' }, 'a 1.0.0: AGPL-3.0-only'],
    [{ license: '(MIT OR GPL-3.0)' }, 'a 1.0.0: (MIT OR GPL-3.0)'],
    [{ license: 'SEE LICENSE IN LICENSE.md' }, 'a 1.0.0: SEE LICENSE IN LICENSE.md'],
    [{}, 'a 1.0.0: none told'],
    [{ license: 'CC-BY-4.0' }, 'a 1.0.0: CC-BY-4.0'],
  ])('%j is refused', async (planted, message) => {
    const { exitCode, stderr } = await check(planted);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
  });

  it.each([{ license: 'MIT' }, { license: 'CC-BY-4.0', dev: true }])('%j is allowed', async (planted) => {
    expect(await check(planted)).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('the bill of materials', () => {
  const bom = z.looseObject({
    bomFormat: z.literal('CycloneDX'),
    specVersion: z.literal('1.5'),
    serialNumber: z.string().regex(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/),
    metadata: z.looseObject({ component: z.looseObject({ name: z.literal('tenantry') }) }),
    components: z.array(z.looseObject({ name: z.string(), purl: z.string(), hashes: z.array(z.unknown()).min(1) })),
  });

  it('lists what is shipped with its hashes, and is the same each time', async () => {
    const make = () => execa(process.execPath, [join(root, 'scripts', 'sbom.mjs')]);
    const [first, second] = [await make(), await make()];
    expect(second.stdout).toBe(first.stdout);
    const names = bom.parse(JSON.parse(first.stdout)).components.map(({ name }) => name);
    const { dependencies, devDependencies } = await read('package.json', manifest);
    for (const name of Object.keys(dependencies)) expect(names).toContain(name);
    const { packages } = await read('package-lock.json', lockFile);
    const shipped = Object.entries(packages).filter(
      ([path, { dev, name }]) => path !== '' && dev !== true && name === undefined,
    );
    expect(new Set(names)).toEqual(new Set(shipped.map(([path]) => nameAt(path))));
    for (const name of ['jest', 'typescript', 'oxlint']) {
      expect(Object.keys(devDependencies)).toContain(name);
      expect(names).not.toContain(name);
    }
  });
});
