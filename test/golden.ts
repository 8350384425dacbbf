import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const folder = join(import.meta.dirname, 'fixtures', 'golden');

/**
 * The text a golden file holds, by its path under test/fixtures/golden. With `UPDATE_GOLDEN` set in the environment the file is written first with
 * what was made, so a test then passes and the difference shows in version control.
 */
export async function goldenFile(name: string, made: string): Promise<string> {
  const path = join(folder, name);
  if (process.env['UPDATE_GOLDEN'] !== undefined) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, made);
  }
  return readFile(path, 'utf8');
}
