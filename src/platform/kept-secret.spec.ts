import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepSecret } from './kept-secret.js';

const isOne = (text: string) => text.startsWith('secret-');

describe('a kept secret', () => {
  let path: string;
  let made: number;
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'kept-secret-')), 'below', 'file');
    made = 0;
  });
  afterEach(() => rm(join(path, '..', '..'), { recursive: true }));

  const keep = () => keepSecret(path, () => `secret-${++made}`, isOne);

  it('is made once, and found from then on', async () => {
    expect(await keep()).toEqual({ secret: 'secret-1', made: true });
    expect(await keep()).toEqual({ secret: 'secret-1', made: false });
    expect(made).toBe(1);
  });

  it('is for its owner alone, and leaves no draft', async () => {
    await keep();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(path, '..'))).toEqual(['file']);
  });

  it('is one, however many ask at once', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, keep));
    expect(new Set(found.map(({ secret }) => secret)).size).toBe(1);
    expect(found.filter((one) => one.made)).toHaveLength(1);
    expect(await readdir(join(path, '..'))).toEqual(['file']);
  });

  it('is never replaced by a new one, even where the file holds none', async () => {
    await keep();
    await writeFile(path, 'something else');
    await expect(keep()).rejects.toThrow('does not hold what it should; remove it');
    expect(await readFile(path, 'utf8')).toBe('something else');
  });
});
