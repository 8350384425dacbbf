import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const schema = z.object({
  publishableKey: z.string().min(20),
  secretKey: z.string().min(20),
  jwtSecret: z.string().min(32),
});

/** What opens the embedded Supabase. Without keys it would accept everything, and whoever has the JWT secret is whoever they please. */
export type AccessKeys = z.infer<typeof schema>;

export function newAccessKeys(): AccessKeys {
  return {
    publishableKey: `sb_publishable_${randomBytes(24).toString('base64url')}`,
    secretKey: `sb_secret_${randomBytes(24).toString('base64url')}`,
    jwtSecret: randomBytes(48).toString('base64url'),
  };
}

/** The keys kept in `<directory>/keys.json` (mode 0600), made on the first start. */
export async function keepAccessKeys(directory: string): Promise<AccessKeys> {
  const path = join(directory, 'keys.json');
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept !== undefined) return schema.parse(JSON.parse(kept));
  const keys = newAccessKeys();
  await mkdir(directory, { recursive: true });
  await writeFile(`${path}.new`, JSON.stringify(keys, undefined, 2), { mode: 0o600 });
  await rename(`${path}.new`, path);
  return keys;
}
