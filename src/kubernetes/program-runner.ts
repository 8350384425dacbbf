import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { constants as osConstants, getPriority, hostname, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';

import { OutputTail } from './output-tail.js';
import { killGroup } from './process-group.js';
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
  /** Called in the same tick as the start, with what proves later whether the process still lives. */
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
  private readonly running = new Map<number, Promise<unknown>>();
  private home: string | undefined;
  private closed = false;
  private readonly killAll = (): void => {
    for (const pid of this.running.keys()) killGroup(pid, 'SIGKILL');
    if (this.home !== undefined) rmSync(this.home, { recursive: true, force: true });
  };

  constructor(private readonly options: ProgramRunnerOptions) {}

  /** Runs one program to its end. Never rejects for what the program does; the result says it. */
  async run(call: ProgramCall): Promise<ProgramResult> {
    if (this.closed || call.signal?.aborted === true) {
      return { ok: false, reason: 'aborted', exitCode: undefined, stdout: '', stderr: '' };
    }
    const child = this.spawn(call);
    const stdout = new OutputTail(STDOUT_LIMIT_BYTES);
    const stderr = new OutputTail(STDERR_LIMIT_BYTES);
    child.stdout?.on('data', (chunk: Buffer) => stdout.add(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.add(chunk));
    const end = this.endings(child.pid, call);
    const finished = Promise.resolve(child);
    if (child.pid !== undefined) this.running.set(child.pid, finished);
    try {
      const result = await finished;
      const output = { stdout: stdout.text(), stderr: stderr.text() };
      if (!result.failed) return { ok: true, ...output, truncated: stdout.truncated };
      return { ok: false, reason: end.reason() ?? reasonOf(result), exitCode: result.exitCode, ...output };
    } finally {
      end.clear();
      if (child.pid !== undefined) this.running.delete(child.pid);
    }
  }

  /** Kills what still runs, waits for its end and removes the private home. Later runs answer `aborted`. */
  async close(): Promise<void> {
    this.closed = true;
    const ends = [...this.running.values()];
    for (const pid of this.running.keys()) killGroup(pid, 'SIGKILL');
    await Promise.allSettled(ends);
    process.removeListener('exit', this.killAll);
    if (this.home !== undefined) rmSync(this.home, { recursive: true, force: true });
  }

  private spawn(call: ProgramCall): ChildProgram {
    const child = start(call, this.environment(), this.privateHome());
    if (child.pid !== undefined) {
      yieldTo(child.pid);
      call.onSpawn?.({ program: call.program.name, pid: child.pid, startedAt: new Date(), host: hostname() });
    }
    return child;
  }

  private endings(pid: number | undefined, call: ProgramCall): { clear: () => void; reason: () => Ending | undefined } {
    if (pid === undefined) return { clear: () => undefined, reason: () => undefined };
    let reason: Ending | undefined;
    const deadline = setTimeout(() => {
      reason ??= 'deadline';
      killGroup(pid, 'SIGKILL');
    }, call.deadlineMs);
    let grace: NodeJS.Timeout | undefined;
    const abort = (): void => {
      reason ??= 'aborted';
      killGroup(pid, 'SIGTERM');
      grace = setTimeout(() => killGroup(pid, 'SIGKILL'), this.options.graceMs ?? DEFAULT_GRACE_MS);
    };
    call.signal?.addEventListener('abort', abort, { once: true });
    const clear = (): void => {
      clearTimeout(deadline);
      clearTimeout(grace);
      call.signal?.removeEventListener('abort', abort);
    };
    return { clear, reason: () => reason ?? (this.closed ? 'aborted' : undefined) };
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

type Ending = 'aborted' | 'deadline';
type ChildProgram = ReturnType<typeof start>;

function start(call: ProgramCall, env: Record<string, string>, cwd: string) {
  return execa(call.program.path, [...call.args], {
    reject: false,
    buffer: false,
    encoding: 'buffer',
    extendEnv: false,
    env,
    cwd,
    // Its own process group, so that an end also ends the credential plugins it may have started.
    detached: true,
    cleanup: false,
    input: call.stdin ?? '',
  });
}

/** Programs in bulk must not make callers of the API wait: they get the processor that the service leaves. */
function yieldTo(pid: number): void {
  try {
    setPriority(
      pid,
      Math.min(getPriority() + osConstants.priority.PRIORITY_BELOW_NORMAL, osConstants.priority.PRIORITY_LOW),
    );
  } catch {
    // It has ended already, or the platform knows no priorities: then it runs like everything else.
  }
}

function reasonOf(result: Awaited<ChildProgram>): 'exit' | 'missing' | 'killed' {
  if (result.exitCode === 127 || result.code === 'ENOENT' || result.code === 'EACCES') return 'missing';
  return result.exitCode === undefined ? 'killed' : 'exit';
}
