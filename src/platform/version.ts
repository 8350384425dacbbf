import { createRequire } from 'node:module';
import { z } from 'zod';

const manifest: unknown = createRequire(import.meta.url)('../../package.json');

/** The version of the running product. */
export const { version } = z.object({ version: z.string() }).parse(manifest);
