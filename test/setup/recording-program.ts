import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How a program was started: its arguments, and its environment. */
export interface RecordedStart {
  readonly program: string;
  readonly text: string;
}

/**
 * A script that writes down how it was started and then becomes the real program: what a process of a moment was given can be read later.
 * @returns its path
 */
export async function recordStartsOf(name: string, program: string, directory: string): Promise<string> {
  const path = join(directory, name);
  const record = `"${directory}/${name}.$$.start"`;
  const script = ['#!/bin/sh', `{ printf '%s\\n' "$@"; env; } > ${record}`, `exec "${program}" "$@"`, ''];
  await writeFile(path, script.join('\n'));
  await chmod(path, 0o755);
  return path;
}

/** Every start so far. */
export async function recordedStarts(directory: string): Promise<RecordedStart[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.start'));
  return Promise.all(
    names.map(async (name) => ({
      program: name.split('.')[0] ?? '',
      text: await readFile(join(directory, name), 'utf8'),
    })),
  );
}
