import { createHash } from 'node:crypto';

import type { Occurrence } from '../event-object.js';
import type { Container, ContainerStatus } from '../pod-kinds.js';
import { timestamp } from '../../store/writes.js';
import { backoff, type Timing } from '../timing.js';

/** Whose container it is, for the messages that name it. */
export interface Identity {
  readonly container: Container;
  readonly podName: string;
  readonly podUid: string;
  readonly namespace: string;
  readonly fieldPath: string;
  readonly now: number;
  readonly pulls: number;
  readonly timing: Timing;
}

export interface Exit {
  readonly afterMs: number;
  readonly exitCode: number;
  readonly reason: string;
}

interface Become {
  kind: 'become';
  status: ContainerStatus;
  events: readonly Occurrence[];
  pulls?: number;
}

function told(identity: Identity, type: Occurrence['type'], reason: string, message: string): Occurrence {
  return { type, reason, message, fieldPath: identity.fieldPath };
}

function waitingFor(status: ContainerStatus, reason: string, message: string): ContainerStatus {
  return { ...status, state: { waiting: { reason, message } }, ready: false, started: false };
}

/** It runs. A container that was ready before its restart has to become so again. */
export function running(status: ContainerStatus, identity: Identity): Become {
  const { container, now, podUid } = identity;
  const containerID = `containerd://${hexOf(podUid, container.name, String(status.restartCount))}`;
  return {
    kind: 'become',
    status: {
      ...status,
      state: { running: { startedAt: timestamp(new Date(now)) } },
      imageID: `${container.image.split('@')[0]}@sha256:${hexOf(container.image)}`,
      containerID,
      started: status.started || container.startupProbe === undefined,
    },
    events: [
      told(identity, 'Normal', 'Pulled', `Container image "${container.image}" already present on machine`),
      told(identity, 'Normal', 'Created', `Created container: ${container.name}`),
      told(identity, 'Normal', 'Started', `Started container ${container.name}`),
    ],
  };
}

export function pullError(status: ContainerStatus, identity: Identity): Become {
  const { image } = identity.container;
  return {
    kind: 'become',
    pulls: identity.pulls + 1,
    status: waitingFor(status, 'ErrImagePull', pullFailure(image)),
    events: [
      told(identity, 'Normal', 'Pulling', `Pulling image "${image}"`),
      told(identity, 'Warning', 'Failed', `Failed to pull image "${image}": ${pullFailure(image)}`),
      told(identity, 'Warning', 'Failed', 'Error: ErrImagePull'),
    ],
  };
}

export function imagePullBackOff(status: ContainerStatus, identity: Identity): Become {
  const { image } = identity.container;
  const message = `Back-off pulling image "${image}"`;
  return {
    kind: 'become',
    status: waitingFor(status, 'ImagePullBackOff', `${message}: ErrImagePull: ${pullFailure(image)}`),
    events: [
      told(identity, 'Normal', 'BackOff', message),
      told(identity, 'Warning', 'Failed', 'Error: ImagePullBackOff'),
    ],
  };
}

function pullFailure(image: string): string {
  const whole = qualified(image);
  return `rpc error: code = NotFound desc = failed to pull and unpack image "${whole}": failed to resolve reference "${whole}": ${whole}: not found`;
}

/** `x/app:1` is `docker.io/x/app:1`: a first segment without a dot or a port is no registry. */
function qualified(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const tagged = image.slice(image.lastIndexOf('/') + 1).includes(':') ? image : `${image}:latest`;
  if (rest.length === 0) return `docker.io/library/${tagged}`;
  return /[.:]/.test(first) || first === 'localhost' ? tagged : `docker.io/${tagged}`;
}

/** Told once: a real kubelet repeats it with every probe, which here would only cost. */
export function unhealthy(identity: Identity): Occurrence {
  return told(identity, 'Warning', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503');
}

export function configError(status: ContainerStatus, identity: Identity, missing: string): Become {
  return {
    kind: 'become',
    status: waitingFor(status, 'CreateContainerConfigError', missing),
    events: [told(identity, 'Warning', 'Failed', `Error: ${missing}`)],
  };
}

/** It ended; a completed init container counts as ready. */
export function ended(status: ContainerStatus, { exitCode, reason }: Exit, { now }: Identity): ContainerStatus {
  const finishedAt = timestamp(new Date(now));
  const startedAt = status.state.running?.startedAt ?? finishedAt;
  const terminated = { exitCode, reason, startedAt, finishedAt, containerID: status.containerID ?? '' };
  return { ...status, state: { terminated }, ready: false, started: false };
}

export function crashLoop(over: ContainerStatus, identity: Identity): Become {
  const { container, podName, namespace, podUid, timing } = identity;
  const wait = backoff(timing.backoffMs, timing.backoffMaxMs, over.restartCount - 1);
  const pod = `${podName}_${namespace}(${podUid})`;
  const message = `back-off ${goDuration(wait)} restarting failed container=${container.name} pod=${pod}`;
  return {
    kind: 'become',
    status: { ...waitingFor(over, 'CrashLoopBackOff', message), lastState: over.state },
    events: [
      told(identity, 'Warning', 'BackOff', `Back-off restarting failed container ${container.name} in pod ${pod}`),
    ],
  };
}

/** As Go prints durations: `10s`, `1m20s`, `5m0s`. */
function goDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function hexOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join(' ')).digest('hex');
}
