import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

const root = join(import.meta.dirname, '..', '..', '..');

const reading = "export const key: string | undefined = process.env['TENANTRY_ADMIN_KEY'];\n";

/** Files that read the environment, and whether the house allows it. */
const plants: readonly [path: string, allowed: boolean][] = [
  ['src/main.ts', true],
  ['src/app.config.ts', false],
  ['src/platform/plant.ts', false],
  ['src/auth/plant.service.ts', false],
  ['src/embedded/cluster/plant.ts', false],
  ['src/embedded/plant.main.ts', false],
  ['test/setup/plant.ts', true],
  ['scripts/plant.mjs', true],
];

describe('the environment', () => {
  let tree: string;
  beforeAll(async () => {
    tree = await mkdtemp(join(tmpdir(), 'tenantry-environment-'));
    // Its paths count from where it stands.
    await copyFile(join(root, '.oxlintrc.json'), join(tree, '.oxlintrc.json'));
    for (const [path] of plants) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), path.endsWith('.mjs') ? reading.replace(/: string \| undefined/, '') : reading);
    }
  });
  afterAll(() => rm(tree, { recursive: true }));

  it('is read by src/main.ts alone; dependency-cruiser refuses node:process', async () => {
    const program = join(root, 'node_modules', '.bin', 'oxlint');
    const { stdout } = await execa(program, ['--format', 'unix'], { cwd: tree, reject: false });
    const refused = [...stdout.matchAll(/^(.+?):\d+:\d+:.*no-process-env/gm)].map(([, path]) => path);
    const unwelcome = plants.flatMap(([path, allowed]) => (allowed ? [] : [path]));
    expect(new Set(refused)).toEqual(new Set(unwelcome));
  });
});
