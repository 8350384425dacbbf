import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { operatorKey, registryPrograms, ServiceClient } from './test-service.js';

const main = join(import.meta.dirname, '..', '..', 'dist', 'main.js');
const startMs = 30_000;

/** The built program as a process of its own, on the embedded backends in a directory. */
export interface SpawnedService {
  readonly client: ServiceClient;
  readonly pid: number;
  /** What it wrote so far: announcement and log. */
  output(): string;
  /** Sends the signal and waits for the end; gives the exit code, null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export async function spawnService(
  directory: string,
  environment: Record<string, string> = {},
): Promise<SpawnedService> {
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env['PATH'] ?? '',
      // What a killed process leaves in its temporary directory goes with the test's own.
      TMPDIR: directory,
      PORT: '0',
      TENANTRY_DATA_DIR: directory,
      TENANTRY_ADMIN_KEY: operatorKey,
      ...(await registryPrograms()),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const url = await announced(child, () => output);
  return {
    client: new ServiceClient(url, join(directory, 'kubeconfig')),
    pid: child.pid ?? 0,
    output: () => output,
    end: (signal) => endOf(child, signal),
  };
}

async function announced(child: ChildProcess, output: () => string): Promise<string> {
  const deadline = Date.now() + startMs;
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const found = /^ +API +(\S+)\/v1\n[^]*^ +cluster /m.exec(output());
    if (found?.[1] !== undefined) return found[1];
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  throw new Error(`the service did not start: ${output()}`);
}

function endOf(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.kill(signal);
  });
}
