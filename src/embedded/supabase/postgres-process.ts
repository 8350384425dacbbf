import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readPostmaster } from './postmaster-file.js';
import type { ServerAccount } from './server-account.js';

export interface PostgresCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly data: string;
  readonly log: string;
  readonly account: ServerAccount | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Whose contents are removed when the server has ended well, even when this process was killed before. */
  readonly ephemeral?: string | undefined;
}

// Runs the server given as arguments, and asks it to stop (SIGINT: fast shutdown) when standard input ends. It ends when the parent
// closes it, and by the kernel's hand when the parent was killed. `read` is part of the shell, so no further process waits.
const watchdog = `
ephemeral=$1
shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
( read -r _ <&3; kill -INT "$server" ) &
watcher=$!
exec 3<&- </dev/null
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
if [ -n "$ephemeral" ] && [ "$status" -eq 0 ]; then rm -rf -- "$ephemeral"/*; fi
exit "$status"
`;

const readyWithinMs = 60_000;
const fastShutdownMs = 10_000;
const immediateShutdownMs = 5_000;

/** A postmaster that cannot outlive this process. */
export class PostgresProcess {
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  private readonly command: PostgresCommand;
  private readonly shell: ChildProcess;
  private failure: Error | undefined;
  private running = true;

  private constructor(command: PostgresCommand, shell: ChildProcess) {
    this.command = command;
    this.shell = shell;
    // The pipe is broken when the shell is gone already.
    shell.stdin?.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      shell.once('error', (error) => {
        this.failure = error;
        this.running = false;
        resolve();
      });
      shell.once('exit', () => {
        this.running = false;
        resolve();
      });
    });
  }

  /** Starts the server and waits until it takes connections. */
  static async start(command: PostgresCommand): Promise<PostgresProcess> {
    const log = await open(command.log, 'w', 0o600);
    try {
      const { program, ephemeral = '' } = command;
      const arguments_ = ['-c', watchdog, 'postgres-watchdog', ephemeral, program, ...command.arguments];
      const shell = spawn('/bin/sh', arguments_, {
        ...command.account,
        cwd: join(command.data, '..'),
        env: command.environment,
        // A group of its own: Ctrl-C in the terminal is for the service, which stops the database last.
        detached: true,
        stdio: ['pipe', 'ignore', log.fd],
      });
      const server = new PostgresProcess(command, shell);
      await server.waitUntilReady();
      return server;
    } finally {
      await log.close();
    }
  }

  /** Fast shutdown, then an immediate one, then a kill. Resolves when the server is gone. */
  async stop(): Promise<void> {
    this.shell.stdin?.end();
    if (await this.endsWithin(fastShutdownMs)) return;
    await this.signal('SIGQUIT');
    if (await this.endsWithin(immediateShutdownMs)) return;
    await this.signal('SIGKILL');
    await this.ended;
  }

  private async waitUntilReady(): Promise<void> {
    const deadline = performance.now() + readyWithinMs;
    while (this.running) {
      const postmaster = await readPostmaster(this.command.data);
      if (postmaster?.ready) return;
      if (performance.now() > deadline) {
        await this.stop();
        throw new Error(`the embedded Postgres was not ready within ${readyWithinMs} ms:\n${await this.tail()}`);
      }
      await delay(10);
    }
    throw new Error(`the embedded Postgres did not start: ${this.failure?.message ?? ''}\n${await this.tail()}`);
  }

  private async endsWithin(ms: number): Promise<boolean> {
    const timer = new AbortController();
    const timeout = delay(ms, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([this.ended, timeout]);
    timer.abort();
    return !this.running;
  }

  private async signal(name: NodeJS.Signals): Promise<void> {
    const postmaster = await readPostmaster(this.command.data);
    if (!postmaster || !this.running) return;
    try {
      process.kill(postmaster.pid, name);
    } catch {
      // It ended between the look and the signal.
    }
  }

  private async tail(): Promise<string> {
    const text = await readFile(this.command.log, 'utf8').catch(() => '');
    return text.trim().split('\n').slice(-5).join('\n');
  }
}
