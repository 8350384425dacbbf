import { timestamp } from '../../store/writes.js';
import type { Container, ContainerStatus, Pod, Terminated } from '../pod-kinds.js';
import { faultOf } from './faults.js';

export interface LogOptions {
  tailLines?: number;
  sinceSeconds?: number;
  /** of the run before the present one */
  previous?: boolean;
  /** each line begins with its time */
  timestamps?: boolean;
}

interface Line {
  /** milliseconds since the epoch */
  at: number;
  text: string;
}

/** What a pretended container has written, made up when asked for: nothing is kept. Undefined: it has not run so. */
export function containerLogs(pod: Pod, name: string, options: LogOptions, now: number): string | undefined {
  const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((one) => one.name === name);
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const status = statuses.find((one) => one.name === name);
  if (container === undefined || status === undefined) return undefined;
  const run = options.previous === true ? previousRun(status) : presentRun(status);
  if (run === undefined) return undefined;
  const { tailLines, sinceSeconds, timestamps } = options;
  let lines = linesOf(pod, container, status, run);
  if (sinceSeconds !== undefined) lines = lines.filter(({ at }) => at >= now - sinceSeconds * 1000);
  if (tailLines !== undefined) lines = tailLines === 0 ? [] : lines.slice(-tailLines);
  return lines
    .map(({ at, text }) => `${timestamps === true ? `${new Date(at).toISOString()} ` : ''}${text}\n`)
    .join('');
}

interface Run {
  startedAt: string;
  terminated?: Terminated;
}

function previousRun({ lastState }: ContainerStatus): Run | undefined {
  const { terminated } = lastState;
  return terminated === undefined ? undefined : { startedAt: terminated.startedAt, terminated };
}

/** A container that waits for its restart still shows what its last run wrote. */
function presentRun(status: ContainerStatus): Run | undefined {
  const { running, terminated } = status.state;
  if (running !== undefined) return { startedAt: running.startedAt };
  return terminated === undefined ? previousRun(status) : { startedAt: terminated.startedAt, terminated };
}

function linesOf(pod: Pod, container: Container, status: ContainerStatus, { startedAt, terminated }: Run): Line[] {
  const start = Date.parse(startedAt);
  const lines = [say(start, `${container.name}: starting (image ${container.image}, pod ${pod.metadata.name})`)];
  const port = container.ports?.[0]?.containerPort;
  if (terminated === undefined) {
    if (port !== undefined) lines.push(say(start, `${container.name}: listening on port ${port}`));
    if (status.ready) lines.push(say(start, `${container.name}: ready`));
    else if (faultOf(pod, container) !== undefined)
      lines.push(say(start, `${container.name}: waiting for dependencies`));
    return lines;
  }
  return [...lines, ...lastWords(container, terminated)];
}

function lastWords({ name }: Container, { exitCode, reason, finishedAt }: Terminated): Line[] {
  const end = Date.parse(finishedAt);
  if (exitCode === 0) return [say(end, `${name}: done`)];
  if (reason === 'OOMKilled') return [say(end, `${name}: loading data set into memory`)];
  if (exitCode === 143) return [say(end, `${name}: received SIGTERM, shutting down`)];
  return [say(end, `${name}: connecting to database`), { at: end, text: 'Error: cannot connect to database' }];
}

function say(at: number, text: string): Line {
  return { at, text: `${timestamp(new Date(at))} INFO ${text}` };
}
