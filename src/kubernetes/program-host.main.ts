import { type ChildProcess, spawn } from 'node:child_process';
import { constants, getPriority, setPriority } from 'node:os';

import type { HostReport, HostRequest } from './program-host.js';

/** Programs in bulk must not make callers of the API wait: they get the processor that the service leaves. */
function yieldTo(pid: number): void {
  const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
  try {
    setPriority(pid, Math.min(getPriority() + PRIORITY_BELOW_NORMAL, PRIORITY_LOW));
  } catch {
    // It has ended already, or the platform knows no priorities: then it runs like everything else.
  }
}

function tell(report: HostReport, told: () => void = () => undefined): void {
  // The service is gone: 'disconnect' ends this process.
  if (process.connected) process.send?.(report, told);
}

function forward(id: number, child: ChildProcess, stream: 'stdout' | 'stderr'): void {
  const output = child[stream];
  output?.on('data', (chunk: Buffer) => {
    // One piece on its way at a time: a program that never stops talking must not fill this process.
    output.pause();
    tell({ id, kind: 'output', stream, chunk }, () => output.resume());
  });
}

function start({ id, path, args, env, cwd, stdin }: HostRequest): void {
  let code: string | undefined;
  // A process group of its own, so that an end also ends the credential plugins it may have started.
  const child = spawn(path, args, { env, cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  child.once('error', (error: NodeJS.ErrnoException) => {
    code = error.code ?? 'UNKNOWN';
    if (child.pid === undefined) tell({ id, kind: 'ended', code });
  });
  if (child.pid === undefined) return;
  yieldTo(child.pid);
  tell({ id, kind: 'started', pid: child.pid });
  forward(id, child, 'stdout');
  forward(id, child, 'stderr');
  // A program that ends without reading is no fault of the pipe.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(stdin);
  child.once('close', (exitCode) => tell({ id, kind: 'ended', exitCode: exitCode ?? undefined, code }));
}

process.on('message', start);
process.once('disconnect', () => process.exit(0));
// What ends the service ends this process by its disconnection, after the service has ended its programs.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
