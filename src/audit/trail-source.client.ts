import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { HostedDatabase } from '../platform/hosted-database.js';
import { AuditExport } from './audit-export.service.js';
import { keyIdOf, publicJwk } from './signing-key.js';
import { textLines } from './text-lines.js';
import type { TrailSource } from './verify-arguments.js';

/** The lines of an export, from wherever it is read. @throws Error when it cannot be */
export function trailLines(source: TrailSource): AsyncIterable<string> {
  switch (source.kind) {
    case 'file':
      return textLines(createReadStream(source.path));
    case 'stdin':
      return textLines(process.stdin);
    case 'database':
      return textLines(AuditExport.of(new HostedDatabase(source)).ndjson());
    case 'service':
      return textLines(exportOf(source));
  }
}

/** The ids of the keys in a file that holds a key set. They follow from the keys: what the file says of them does not count. */
export async function trustedKeys(path: string): Promise<ReadonlySet<string>> {
  const { keys } = z
    .object({ keys: z.array(publicJwk.partial().required({ x: true })) })
    .parse(JSON.parse(await readFile(path, 'utf8')));
  return new Set(keys.map(({ x }) => keyIdOf(x)));
}

async function* exportOf(source: Extract<TrailSource, { kind: 'service' }>): AsyncGenerator<Uint8Array> {
  const key = source.key ?? (await readFile(source.keyFile, 'utf8')).trim();
  const answer = await fetch(new URL('/v1/audit/export?format=ndjson', source.url), {
    headers: { authorization: `Bearer ${key}` },
  });
  if (!answer.ok || answer.body === null) throw new Error(`${source.url} answers ${answer.status}`);
  yield* answer.body;
}
