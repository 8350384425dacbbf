import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { REPOSITORY } from './chart-helm.js';

/**
 * The text a golden file holds. With `UPDATE_GOLDEN` set in the environment the file is written first with what was rendered,
 * so a test then passes and the difference shows in version control.
 */
export async function golden(name: string, rendered: string): Promise<string> {
  const path = join(REPOSITORY, 'test/fixtures/golden/charts', `${name}.golden.yaml`);
  if (process.env['UPDATE_GOLDEN'] !== undefined) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, rendered);
  }
  return readFile(path, 'utf8');
}
