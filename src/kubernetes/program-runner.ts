import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { OutputTail } from './output-tail.js';
import { ProgramEnd } from './program-end.js';
import { type HostedEnd, ProgramHost } from './program-host.js';
import type { Program } from './programs.js';
import type { ProgramName } from './registry-programs.js';

export interface ProgramCall {
  readonly program: Program;
  readonly args: readonly string[];
  /** Written to the program's standard input, which is then closed. */
  readonly stdin?: string | undefined;
  /** Ends the program: SIGTERM, and SIGKILL after the grace. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which it is killed outright: helm ignores its own timeout and SIGTERM while the API hangs. */
  readonly deadlineMs: number;
  /** Called as soon as it has started, with what proves later whether the process still lives. */
  readonly onSpawn?: ((child: SpawnedProgram) => void) | undefined;
}

export interface SpawnedProgram {
  readonly program: ProgramName;
  readonly pid: number;
  readonly startedAt: Date;
  readonly host: string;
}

export type ProgramResult =
  | { readonly ok: true; readonly stdout: string; readonly stderr: string; readonly truncated: boolean }
  | {
      readonly ok: false;
      readonly reason: 'exit' | 'missing' | 'aborted' | 'deadline' | 'killed';
      readonly exitCode: number | undefined;
      readonly stdout: string;
      readonly stderr: string;
    };

export interface ProgramRunnerOptions {
  /** Read at each start, since a cluster only knows it once it runs. */
  readonly kubeconfigPath: () => string;
  /** PATH for credential plugins that a kubeconfig names. */
  readonly searchPath: string;
  /** Further variables, for credential plugins of a real cluster. Nothing else of this process's environment is passed on. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Between SIGTERM and SIGKILL. Default 5,000. */
  readonly graceMs?: number | undefined;
}

const DEFAULT_GRACE_MS = 5_000;
const STDOUT_LIMIT_BYTES = 32 * 1024 * 1024;
const STDERR_LIMIT_BYTES = 64 * 1024;

/** Runs helm and kubectl with argument arrays, a private home and nothing inherited; leaves no child behind. */
export class ProgramRunner {
  private readonly running = new Map<ProgramEnd, Promise<unknown>>();
  private readonly host = new ProgramHost();
  private home: string | undefined;
  private closed = false;
  private readonly killAll = (): void => {
    for (const end of this.running.keys()) end.kill('SIGKILL');
    if (this.home !== undefined) rmSync(this.home, { recursive: true, force: true });
  };

  constructor(private readonly options: ProgramRunnerOptions) {}

  /** Runs one program to its end. Never rejects for what the program does; the result says it. */
  async run(call: ProgramCall): Promise<ProgramResult> {
    if (this.closed || call.signal?.aborted === true) {
      return { ok: false, reason: 'aborted', exitCode: undefined, stdout: '', stderr: '' };
    }
    const output = { stdout: new OutputTail(STDOUT_LIMIT_BYTES), stderr: new OutputTail(STDERR_LIMIT_BYTES) };
    const end = new ProgramEnd(call, this.options.graceMs ?? DEFAULT_GRACE_MS);
    const cwd = this.privateHome();
    const finished = this.host.run(
      { path: call.program.path, args: call.args, env: this.environment(), cwd, stdin: call.stdin ?? '' },
      {
        started: (pid) => {
          end.started(pid);
          call.onSpawn?.({ program: call.program.name, pid, startedAt: new Date(), host: hostname() });
        },
        output: (stream, chunk) => output[stream].add(chunk),
      },
    );
    this.running.set(end, finished);
    try {
      const result = await finished;
      const text = { stdout: output.stdout.text(), stderr: output.stderr.text() };
      if (result.exitCode === 0) return { ok: true, ...text, truncated: output.stdout.truncated };
      // Whatever of it still lives belongs to nobody any more.
      if (result.exitCode === undefined) end.kill('SIGKILL');
      const reason = end.reason ?? (this.closed ? 'aborted' : reasonOf(result));
      return { ok: false, reason, exitCode: result.exitCode, ...text };
    } finally {
      end.clear();
      this.running.delete(end);
    }
  }

  /** Kills what still runs, waits for its end and removes the private home. Later runs answer `aborted`. */
  async close(): Promise<void> {
    this.closed = true;
    const ends = [...this.running.values()];
    for (const end of this.running.keys()) end.kill('SIGKILL');
    await Promise.allSettled(ends);
    await this.host.close();
    process.removeListener('exit', this.killAll);
    if (this.home !== undefined) rmSync(this.home, { recursive: true, force: true });
  }

  private environment(): Record<string, string> {
    const home = this.privateHome();
    return {
      ...this.options.environment,
      PATH: this.options.searchPath,
      HOME: home,
      TMPDIR: home,
      KUBECONFIG: this.options.kubeconfigPath(),
      // They live for a second: collecting garbage less often spares a tenth of their CPU.
      GOGC: '400',
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_DATA_HOME: join(home, 'data'),
    };
  }

  private privateHome(): string {
    // Machines that run for long sweep their temporary directory; a start in a directory that is gone fails.
    if (this.home === undefined || !existsSync(this.home)) {
      if (this.home === undefined) process.once('exit', this.killAll);
      this.home = mkdtempSync(join(tmpdir(), 'tenantry-programs-'));
    }
    return this.home;
  }
}

function reasonOf({ exitCode, code }: HostedEnd): 'exit' | 'missing' | 'killed' {
  if (exitCode === 127 || code === 'ENOENT' || code === 'EACCES') return 'missing';
  return exitCode === undefined ? 'killed' : 'exit';
}
