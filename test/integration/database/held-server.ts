import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ServerAddress } from '../../../src/embedded/supabase/postgres-server.js';

export interface HeldServer {
  readonly address: ServerAddress;
  readonly process: ChildProcess;
  /** SIGKILL, and the end of the process that held the server; not of the server. */
  kill(): Promise<void>;
}

const program = fileURLToPath(new URL('fixtures/hold-server.mjs', import.meta.url));

/** A Postgres server held by another process. @throws what that process said when it could not. */
export async function holdServer(directory: string, ...rest: string[]): Promise<HeldServer> {
  const child = spawn(process.execPath, [program, directory, ...rest], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, NODE_OPTIONS: '', TENANTRY_SECRET_OF_THE_PARENT: 'do-not-hand-me-down' },
  });
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const exited = once(child, 'exit');
  const line = new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve));
  const first = await Promise.race([line, exited]);
  if (typeof first !== 'string') throw new Error(errors.join(''));
  const address: ServerAddress = JSON.parse(first);
  return {
    address,
    process: child,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
