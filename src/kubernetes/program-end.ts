import { killGroup } from './process-group.js';

/** When a program is to end. */
interface EndOfProgram {
  /** Ends it: SIGTERM, and SIGKILL after the grace. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which it is killed outright. */
  readonly deadlineMs: number;
}

/** Ends a program in time, whether or not it has been heard of yet. */
export class ProgramEnd {
  /** Why it was ended, if it was. */
  reason: 'aborted' | 'deadline' | undefined;
  private pid: number | undefined;
  private asked: NodeJS.Signals | undefined;
  private grace: NodeJS.Timeout | undefined;
  private readonly deadline: NodeJS.Timeout;
  private readonly signal: AbortSignal | undefined;
  private readonly abort: () => void;

  constructor({ signal, deadlineMs }: EndOfProgram, graceMs: number) {
    this.deadline = setTimeout(() => {
      this.reason ??= 'deadline';
      this.kill('SIGKILL');
    }, deadlineMs);
    this.abort = () => {
      this.reason ??= 'aborted';
      this.kill('SIGTERM');
      this.grace = setTimeout(() => this.kill('SIGKILL'), graceMs);
    };
    this.signal = signal;
    signal?.addEventListener('abort', this.abort, { once: true });
  }

  started(pid: number): void {
    this.pid = pid;
    if (this.asked !== undefined) killGroup(pid, this.asked);
  }

  /** Signals its whole process group, now or as soon as there is one. */
  kill(signal: NodeJS.Signals): void {
    this.asked = signal;
    if (this.pid !== undefined) killGroup(this.pid, signal);
  }

  clear(): void {
    clearTimeout(this.deadline);
    clearTimeout(this.grace);
    this.signal?.removeEventListener('abort', this.abort);
  }
}
