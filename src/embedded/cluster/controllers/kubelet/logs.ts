import { badRequest } from '../../store/status-error.js';
import { timestamp } from '../../store/writes.js';
import type { Container, ContainerStatus, Pod, Terminated } from '../pod-kinds.js';
import { faultOf } from './faults.js';

export interface LogOptions {
  tailLines?: number;
  limitBytes?: number;
  sinceSeconds?: number;
  /** RFC 3339 */
  sinceTime?: string;
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

/**
 * What a pretended container has written, made up when asked for: nothing is kept, and what was written once stays so
 * while it runs. Undefined: the pod has no such container. Throws the kubelet's 400 for one that has not run.
 */
export function containerLogs(pod: Pod, name: string, options: LogOptions, now: number): string | undefined {
  const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((one) => one.name === name);
  if (container === undefined) return undefined;
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const status = statuses.find((one) => one.name === name);
  const run = status === undefined ? undefined : runOf(status, options.previous === true);
  if (status === undefined || run === undefined) throw notRun(pod, name, status, options);
  const written = linesOf(pod, container, status, run);
  return cut(written, options, now)
    .map(({ at, text }) => `${options.timestamps === true ? `${new Date(at).toISOString()} ` : ''}${text}\n`)
    .join('')
    .slice(0, options.limitBytes);
}

function cut(
  written: readonly Line[],
  { sinceSeconds, sinceTime, tailLines }: LogOptions,
  now: number,
): readonly Line[] {
  const since = sinceSeconds === undefined ? Date.parse(sinceTime ?? '') : now - sinceSeconds * 1000;
  const recent = Number.isNaN(since) ? written : written.filter(({ at }) => at >= since);
  if (tailLines === undefined) return recent;
  return tailLines === 0 ? [] : recent.slice(-tailLines);
}

const WORDS: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
};

function notRun(pod: Pod, name: string, status: ContainerStatus | undefined, options: LogOptions) {
  const which = `container ${JSON.stringify(name)} in pod ${JSON.stringify(pod.metadata.name)}`;
  if (options.previous === true) return badRequest(`previous terminated ${which} not found`);
  const reason = status?.state.waiting?.reason ?? 'ContainerCreating';
  return badRequest(`${which} is waiting to start: ${WORDS[reason] ?? reason}`);
}

interface Run {
  startedAt: string;
  terminated?: Terminated;
}

/** A container that waits for its restart still shows what its last run wrote. */
function runOf({ state, lastState }: ContainerStatus, previous: boolean): Run | undefined {
  if (!previous && state.running !== undefined) return { startedAt: state.running.startedAt };
  const terminated = previous ? lastState.terminated : (state.terminated ?? lastState.terminated);
  return terminated === undefined ? undefined : { startedAt: terminated.startedAt, terminated };
}

function linesOf(pod: Pod, container: Container, status: ContainerStatus, { startedAt, terminated }: Run): Line[] {
  const { name, image, ports } = container;
  const start = Date.parse(startedAt);
  const fault = faultOf(pod, container);
  const lines = [`starting (image ${image}, pod ${pod.metadata.name})`];
  if (fault === 'crash' || fault === 'fail') lines.push('connecting to database');
  else if (fault === 'oom') lines.push('loading data set into memory');
  else if (ports?.[0] !== undefined) lines.push(`listening on port ${ports[0].containerPort}`);
  if (fault === 'never-ready' || fault === 'slow-start') lines.push('waiting for dependencies');
  if (terminated === undefined && status.ready) lines.push('ready');
  const said = lines.map((text) => say(start, `${name}: ${text}`));
  return terminated === undefined ? said : [...said, ...lastWords(name, terminated)];
}

function lastWords(name: string, { exitCode, reason, finishedAt }: Terminated): Line[] {
  const end = Date.parse(finishedAt);
  // What is killed for its memory has no time for a last word.
  if (reason === 'OOMKilled') return [];
  if (exitCode === 0) return [say(end, `${name}: done`)];
  if (exitCode === 143) return [say(end, `${name}: received SIGTERM, shutting down`)];
  return [{ at: end, text: 'Error: cannot connect to database' }];
}

function say(at: number, text: string): Line {
  return { at, text: `${timestamp(new Date(at))} INFO ${text}` };
}
