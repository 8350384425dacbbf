import type { Occurrence } from '../event-object.js';
import type { Container, ContainerStatus } from '../pod-kinds.js';
import { backoff, type Timing } from '../timing.js';
import {
  configError,
  crashLoop,
  ended,
  imagePullBackOff,
  pullError,
  running,
  unhealthy,
  type Exit,
  type Identity,
} from './container-states.js';
import type { Fault } from './faults.js';

/** What decides how a pretended container goes on. Times in milliseconds. */
export interface ContainerFacts extends Identity {
  readonly container: Container;
  readonly fault: Fault | undefined;
  /** whether it goes on after an end: always, only after a failure, or never */
  readonly restart: 'Always' | 'OnFailure' | 'Never';
  /** an init container or one of a Job ends by itself */
  readonly ends: 'never' | { afterMs: number };
  readonly readyAfterMs: number | undefined;
  /** why its environment cannot be made */
  readonly missing: string | undefined;
  readonly now: number;
  /** since when it is in its present state */
  readonly since: number;
  /** pulls that have failed */
  readonly pulls: number;
  readonly timing: Timing;
}

export type ContainerStep =
  | { kind: 'stay' }
  | { kind: 'wait'; ms: number; background: boolean }
  | { kind: 'become'; status: ContainerStatus; events: readonly Occurrence[]; pulls?: number };

const STAY: ContainerStep = { kind: 'stay' };

/** What happens next to a pretended container, and when. */
export function stepContainer(status: ContainerStatus, facts: ContainerFacts): ContainerStep {
  const { waiting, terminated } = status.state;
  if (waiting !== undefined) return fromWaiting(status, waiting.reason, facts);
  if (terminated === undefined) return fromRunning(status, facts);
  if (!restarts(facts, terminated.exitCode)) return STAY;
  return after(facts, facts.timing.containerCreateMs, false, () => running(again(status), facts));
}

function fromWaiting(status: ContainerStatus, reason: string, facts: ContainerFacts): ContainerStep {
  const { timing, fault, missing, pulls } = facts;
  switch (reason) {
    case 'CreateContainerConfigError':
      return missing === undefined ? start(status, facts) : STAY;
    case 'ErrImagePull':
      return after(facts, timing.pullErrorMs, false, () => imagePullBackOff(status, facts));
    case 'ImagePullBackOff': {
      if (fault !== 'pull-fail') return start(status, facts);
      const wait = backoff(timing.backoffMs, timing.backoffMaxMs, pulls - 1);
      return after(facts, wait, true, () => pullError(status, facts));
    }
    case 'CrashLoopBackOff': {
      const wait = backoff(timing.backoffMs, timing.backoffMaxMs, status.restartCount - 1);
      return after(facts, wait, true, () => running(again(status), facts));
    }
    default:
      return after(facts, timing.containerCreateMs, false, () => start(status, facts));
  }
}

function start(status: ContainerStatus, facts: ContainerFacts): ContainerStep & { kind: 'become' } {
  if (facts.fault === 'pull-fail') return pullError(status, facts);
  if (facts.missing !== undefined) return configError(status, facts, facts.missing);
  const begun = running({ ...status, ...(readyDelay(facts) === 0 ? { ready: true, started: true } : {}) }, facts);
  if (facts.fault !== 'never-ready' || facts.container.readinessProbe === undefined) return begun;
  return { ...begun, events: [...begun.events, unhealthy(facts)] };
}

/** The status of the next run. */
function again(status: ContainerStatus): ContainerStatus {
  const { terminated } = status.state;
  const lastState = terminated === undefined ? status.lastState : { terminated };
  return { ...status, lastState, restartCount: status.restartCount + 1 };
}

function fromRunning(status: ContainerStatus, facts: ContainerFacts): ContainerStep {
  // A pod that served can be told by its annotation to stop serving.
  if (facts.fault === 'never-ready' && status.ready) {
    return { kind: 'become', status: { ...status, ready: false }, events: [unhealthy(facts)] };
  }
  const end = plannedEnd(facts);
  const ready = status.ready ? undefined : readyDelay(facts);
  if (ready !== undefined && (end === undefined || ready < end.afterMs)) {
    return after(facts, ready, false, () => ({
      kind: 'become',
      status: { ...status, ready: true, started: true },
      events: [],
    }));
  }
  if (end === undefined) return STAY;
  return after(facts, end.afterMs, false, () => exit(status, end, facts));
}

/** Milliseconds of running until it is ready; undefined when it never is. */
function readyDelay({ fault, container, timing, readyAfterMs, ends }: ContainerFacts): number | undefined {
  if (fault === 'never-ready' || fault === 'crash' || fault === 'oom') return undefined;
  if (ends !== 'never') return container.readinessProbe === undefined ? 0 : undefined;
  if (fault === 'slow-start') return readyAfterMs ?? timing.slowStartMs;
  if (readyAfterMs !== undefined) return readyAfterMs;
  const probes = [container.readinessProbe, container.startupProbe].filter((probe) => probe !== undefined);
  if (probes.length === 0) return 0;
  const asked = Math.max(...probes.map(({ initialDelaySeconds = 0 }) => initialDelaySeconds * 1000));
  return timing.readyMs + Math.min(timing.probeDelayCapMs, asked * timing.probeDelayScale);
}

function plannedEnd({ fault, ends, timing, readyAfterMs }: ContainerFacts): Exit | undefined {
  const runs = ends === 'never' ? timing.crashAfterMs : (readyAfterMs ?? ends.afterMs);
  if (fault === 'crash' || (fault === 'fail' && ends === 'never')) {
    return { afterMs: timing.crashAfterMs, exitCode: 1, reason: 'Error' };
  }
  if (fault === 'oom') return { afterMs: timing.crashAfterMs, exitCode: 137, reason: 'OOMKilled' };
  if (fault === 'fail') return { afterMs: runs, exitCode: 1, reason: 'Error' };
  if (ends === 'never' || fault === 'never-ready') return undefined;
  const afterMs = fault === 'slow-start' ? (readyAfterMs ?? timing.slowStartMs) : runs;
  return { afterMs, exitCode: 0, reason: 'Completed' };
}

function exit(status: ContainerStatus, end: Exit, facts: ContainerFacts): ContainerStep & { kind: 'become' } {
  const over = ended(status, end, facts);
  // The kubelet restarts at once after the first end, and makes the container wait after the next ones.
  const waits = restarts(facts, end.exitCode) && status.restartCount > 0;
  return waits ? crashLoop(over, facts) : { kind: 'become', status: over, events: [] };
}

function restarts({ restart }: ContainerFacts, exitCode: number): boolean {
  return restart === 'Always' || (restart === 'OnFailure' && exitCode !== 0);
}

function after(
  { now, since }: ContainerFacts,
  ms: number,
  background: boolean,
  become: () => ContainerStep & { kind: 'become' },
): ContainerStep {
  const left = since + ms - now;
  return left <= 0 ? become() : { kind: 'wait', ms: left, background };
}
