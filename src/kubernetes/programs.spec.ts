import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { Programs, type ProgramsOptions } from './programs.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function standIn(place: string, name: string, script: string, mode = 0o755): Promise<string> {
  await mkdir(join(directory, place), { recursive: true });
  const path = join(directory, place, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, mode);
  return path;
}

const helmOf = (version: string): string => `[ "$1" = version ] && printf 'v${version}'`;
const kubectl = `echo '{"clientVersion":{"gitVersion":"v1.34.5"}}'`;

function programs(options: Partial<ProgramsOptions>): Programs {
  return new Programs({ searchPath: '', cacheDirectory: join(directory, 'cache'), registry: null, ...options });
}

describe('helm is found', () => {
  test('where the setting says, before the PATH', async () => {
    const set = await standIn('set', 'my-helm', helmOf('3.17.2'));
    await standIn('path', 'helm', helmOf('4.1.4'));
    const found = await programs({ helmBin: set, searchPath: join(directory, 'path') }).helm();
    expect(found).toEqual({ name: 'helm', path: set, version: '3.17.2', major: 3, origin: 'setting' });
  });

  test('on the PATH, in its order, passing over what is not executable or not absolute', async () => {
    await standIn('first', 'helm', helmOf('9.9.9'), 0o644);
    await mkdir(join(directory, 'second', 'helm'), { recursive: true });
    const third = await standIn('third', 'helm', helmOf('4.1.4'));
    const searchPath = ['relative', ...['first', 'second', 'third'].map((place) => join(directory, place))].join(
      delimiter,
    );
    expect(await programs({ searchPath }).helm()).toMatchObject({ path: third, major: 4, origin: 'path' });
  });
});

describe('helm is missing', () => {
  test.each<
    readonly [string, (set: (script: string, mode?: number) => Promise<string>) => Promise<Partial<ProgramsOptions>>]
  >([
    ['nowhere', async () => ({})],
    ['set to a path that is not there', async () => ({ helmBin: '/nowhere/helm' })],
    ['set to a relative path', async () => ({ helmBin: 'helm' })],
    ['set to a file that is not executable', async (set) => ({ helmBin: await set(helmOf('4.1.4'), 0o644) })],
    ['a script whose program is missing', async (set) => ({ helmBin: await set('exec /nowhere/helm') })],
    ['something that is not helm', async (set) => ({ helmBin: await set('echo hello') })],
    ['a helm that fails', async (set) => ({ helmBin: await set('echo v4.1.4; exit 1') })],
    ['helm 2', async (set) => ({ helmBin: await set(helmOf('2.17.0')) })],
  ])('when it is %s, even with another on the PATH', async (what, options) => {
    const set = (script: string, mode?: number): Promise<string> => standIn('set', 'helm', script, mode);
    const chosen = await options(set);
    if (what !== 'nowhere') await standIn('path', 'helm', helmOf('4.1.4'));
    const search = programs({ ...chosen, searchPath: join(directory, 'path') });
    await expect(search.helm()).rejects.toMatchObject({
      name: 'TenantryError',
      kind: 'unavailable',
      code: 'helm_missing',
      members: { retryable: false, next_action: expect.stringContaining('HELM_BIN') },
    });
  });
});

test('both must be there, and each is named by its own code', async () => {
  await standIn('path', 'helm', helmOf('4.1.4'));
  const search = programs({ searchPath: join(directory, 'path') });
  await expect(search.ensureAvailable()).rejects.toMatchObject({ code: 'kubectl_missing' });
  await standIn('path', 'kubectl', kubectl);
  await expect(search.ensureAvailable()).resolves.toBeUndefined();
  expect(await search.kubectl()).toMatchObject({ version: '1.34.5', major: 1 });
});

test('what was found is not started again while it stays, and is looked for again when it goes', async () => {
  const counted = `echo x >> ${directory}/starts; ${helmOf('4.1.4')}`;
  const path = await standIn('path', 'helm', counted);
  const search = programs({ searchPath: join(directory, 'path') });
  const first = await search.helm();
  expect(await search.helm()).toBe(first);
  await rm(path);
  await expect(search.helm()).rejects.toMatchObject({ code: 'helm_missing' });
  await standIn('path', 'helm', helmOf('3.17.2'));
  expect(await search.helm()).toMatchObject({ major: 3 });
});

test('many callers at once share one search', async () => {
  await standIn('path', 'helm', `echo x >> ${directory}/starts; ${helmOf('4.1.4')}`);
  const search = programs({ searchPath: join(directory, 'path') });
  const found = await Promise.all(Array.from({ length: 10 }, () => search.helm()));
  expect(new Set(found).size).toBe(1);
});
