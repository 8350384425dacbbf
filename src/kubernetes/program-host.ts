import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A program to be started, as the host is told of it. */
export interface HostedStart {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: string;
}

export interface HostRequest extends HostedStart {
  readonly id: number;
}

/** `code` says why there was nothing to start: `ENOENT`, `EACCES`. Without it and without `exitCode` a signal ended the program. */
export interface HostedEnd {
  readonly exitCode?: number | undefined;
  readonly code?: string | undefined;
}

export type HostReport =
  | { readonly id: number; readonly kind: 'started'; readonly pid: number }
  | { readonly id: number; readonly kind: 'output'; readonly stream: 'stdout' | 'stderr'; readonly chunk: Uint8Array }
  | ({ readonly id: number; readonly kind: 'ended' } & HostedEnd);

/** Hears of one program. */
export interface HostedListener {
  started(pid: number): void;
  output(stream: 'stdout' | 'stderr', chunk: Buffer): void;
}

interface Call {
  readonly listener: HostedListener;
  readonly end: (end: HostedEnd) => void;
}

// Also as TypeScript, in tests: Node strips the types of a file that imports nothing but Node's own.
const main = fileURLToPath(import.meta.url).replace(/program-host\.(js|ts)$/, 'program-host.main.$1');

/**
 * A small process that starts programs. A start copies the page tables of who starts it, and holds its thread until the program has been given a
 * processor: in the service itself that is some 10 ms each in which no request is answered (docs/decisions/0031).
 */
export class ProgramHost {
  private process: ChildProcess | undefined;
  private readonly calls = new Map<number, Call>();
  private lastId = 0;

  /** Starts a program in a process group of its own. Resolves when it has ended and all its output was heard. Never rejects. */
  run(start: HostedStart, listener: HostedListener): Promise<HostedEnd> {
    this.lastId += 1;
    const id = this.lastId;
    const host = (this.process ??= this.open());
    const { promise, resolve } = Promise.withResolvers<HostedEnd>();
    this.calls.set(id, { listener, end: resolve });
    host.channel?.ref();
    host.ref();
    host.send({ ...start, id } satisfies HostRequest, (error) => {
      if (error !== null) this.end(id, {});
    });
    return promise;
  }

  /** Ends the host, not what it has started. */
  async close(): Promise<void> {
    const host = this.process;
    this.process = undefined;
    if (host === undefined || host.exitCode !== null || host.signalCode !== null) return;
    const ended = new Promise((resolve) => host.once('exit', resolve));
    host.ref();
    if (host.connected) host.disconnect();
    await ended;
  }

  private open(): ChildProcess {
    const host = fork(main, [], {
      // Nothing of this process's environment or options: secrets are in the one, inspectors and loaders in the other.
      env: {},
      execArgv: [],
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    host.on('message', (report: HostReport) => this.hear(report));
    host.once('error', () => this.lose(host));
    host.once('exit', () => this.lose(host));
    return host;
  }

  private hear(report: HostReport): void {
    const call = this.calls.get(report.id);
    if (call === undefined) return;
    if (report.kind === 'started') call.listener.started(report.pid);
    else if (report.kind === 'output') call.listener.output(report.stream, Buffer.from(report.chunk));
    else this.end(report.id, report);
  }

  private end(id: number, end: HostedEnd): void {
    const call = this.calls.get(id);
    this.calls.delete(id);
    if (this.calls.size === 0) {
      this.process?.channel?.unref();
      this.process?.unref();
    }
    call?.end(end);
  }

  /** Nobody will tell of what it has started: as if it had been killed, which its callers then do. The next start has another host. */
  private lose(host: ChildProcess): void {
    if (this.process === host) this.process = undefined;
    for (const id of this.calls.keys()) this.end(id, {});
  }
}
