import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthConfig } from './auth.config.js';
import { isMadeOperatorKey, newOperatorKey } from './operator-key.js';
import { findOperatorKey } from './operator-key.service.js';

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
const unconfigured = new AuthConfig({});

describe('finding the operator key', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'operator-key-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('a configured key is used, and written nowhere', async () => {
    const key = newOperatorKey();
    const config = new AuthConfig({ TENANTRY_ADMIN_KEY: key });
    expect(await findOperatorKey(config, directory)).toEqual({ key, origin: 'configured' });
    expect(await readdir(directory)).toEqual([]);
  });

  it('a key is made, and kept for the owner alone, in a directory that need not exist', async () => {
    const data = join(directory, 'not', 'yet');
    const { key, origin, path } = await findOperatorKey(unconfigured, data);
    expect(origin).toBe('made');
    expect(isMadeOperatorKey(key)).toBe(true);
    expect(path).toBe(join(data, 'operator-key'));
    expect(await readFile(join(data, 'operator-key'), 'utf8')).toBe(`${key}\n`);
    expect(await modeOf(join(data, 'operator-key'))).toBe(0o600);
    expect(await readdir(data)).toEqual(['operator-key']);
  });

  it('the kept key is found again', async () => {
    const made = await findOperatorKey(unconfigured, directory);
    expect(await findOperatorKey(unconfigured, directory)).toEqual({ ...made, origin: 'kept' });
  });

  it('a configured key goes before a kept one, which stays', async () => {
    const made = await findOperatorKey(unconfigured, directory);
    const key = newOperatorKey();
    expect(await findOperatorKey(new AuthConfig({ TENANTRY_ADMIN_KEY: key }), directory)).toMatchObject({ key });
    expect(await findOperatorKey(unconfigured, directory)).toMatchObject({ key: made.key, origin: 'kept' });
  });

  it('processes that start together agree on one, which one of them made', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, () => findOperatorKey(unconfigured, directory)));
    expect(new Set(found.map(({ key }) => key)).size).toBe(1);
    expect(found.filter(({ origin }) => origin === 'made')).toHaveLength(1);
    expect(await readdir(directory)).toEqual(['operator-key']);
  });

  it('a file that others could read is closed to them', async () => {
    const { path = '' } = await findOperatorKey(unconfigured, directory);
    await chmod(path, 0o644);
    await findOperatorKey(unconfigured, directory);
    expect(await modeOf(path)).toBe(0o600);
  });

  it.each(['', 'something else\n', 'tnt_op_short'])('a file that holds %j is not overwritten', async (text) => {
    const path = join(directory, 'operator-key');
    await writeFile(path, text);
    await expect(findOperatorKey(unconfigured, directory)).rejects.toThrow('does not hold what it should; remove it');
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('a directory that cannot be made is an error', async () => {
    await writeFile(join(directory, 'file'), '');
    await expect(findOperatorKey(unconfigured, join(directory, 'file'))).rejects.toThrow(/ENOTDIR|EEXIST/);
  });
});
