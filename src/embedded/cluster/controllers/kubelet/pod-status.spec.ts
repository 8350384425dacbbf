import type { Container, ContainerState, ContainerStatus } from '../pod-kinds.js';
import { pod } from '../testing/objects.js';
import { phaseOf, podStatus } from './pod-status.js';
import { finalStatus } from './termination.js';
import { qosClassOf } from './qos-class.js';

const AT = '2026-01-01T00:00:00Z';
const terminated = (exitCode: number): ContainerState => ({
  terminated: {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: AT,
    finishedAt: AT,
    containerID: 'c',
  },
});
const STATES: Readonly<Record<string, ContainerState>> = {
  waiting: { waiting: { reason: 'ContainerCreating' } },
  running: { running: { startedAt: AT } },
  done: terminated(0),
  failed: terminated(1),
};

/** `running`, `waiting after failed`: the status of a container in words. */
function inWords(words: string, i: number): ContainerStatus {
  const [state = '', , last = ''] = words.split(' ');
  const up = state === 'running';
  return {
    name: `c${i}`,
    state: STATES[state] ?? {},
    lastState: STATES[last] ?? {},
    ready: up,
    started: up,
    restartCount: 0,
    image: 'x',
    imageID: '',
  };
}

function build(restartPolicy: string, init: readonly string[], app: readonly string[]) {
  const container = (_words: string, i: number): Container => ({ name: `c${i}`, image: 'x' });
  const object = pod(
    'p',
    {},
    {},
    { restartPolicy, containers: app.map(container), initContainers: init.map(container) },
  );
  return { object, containers: { init: init.map(inWords), app: app.map(inWords) } };
}

describe('the phase of a pod', () => {
  const rows: [string, string, string[], string[], string][] = [
    ['that is being made', 'Always', [], ['waiting'], 'Pending'],
    ['that runs', 'Always', [], ['running'], 'Running'],
    ['of which one container waits', 'Always', [], ['running', 'waiting'], 'Pending'],
    ['of which one container waits for its restart', 'Always', [], ['running', 'waiting after failed'], 'Running'],
    ['that is between two runs', 'Always', [], ['failed'], 'Running'],
    ['that waits for its init container', 'Always', ['running'], ['waiting'], 'Pending'],
    ['whose init container is tried again', 'Always', ['waiting after failed'], ['waiting'], 'Pending'],
    ['whose init container failed for good', 'Never', ['failed'], ['waiting'], 'Failed'],
    ['that is done', 'Never', ['done'], ['done', 'done'], 'Succeeded'],
    ['of which one failed', 'Never', [], ['done', 'failed'], 'Failed'],
    ['of which one still runs', 'Never', [], ['failed', 'running'], 'Running'],
    ['that failed and is tried again', 'OnFailure', [], ['failed'], 'Running'],
    ['that is done in the end', 'OnFailure', [], ['done'], 'Succeeded'],
  ];
  it.each(rows)('%s', (_which, restartPolicy, init, app, phase) => {
    const { object, containers } = build(restartPolicy, init, app);
    expect(phaseOf(object, containers)).toBe(phase);
  });
});

describe('the conditions of a pod', () => {
  const rows: [string, string, string[], string[], Record<string, string>][] = [
    [
      'that is being made',
      'Always',
      [],
      ['waiting'],
      { Initialized: 'True', Ready: 'False ContainersNotReady', PodReadyToStartContainers: 'True' },
    ],
    ['that runs', 'Always', [], ['running'], { Initialized: 'True', Ready: 'True', ContainersReady: 'True' }],
    [
      'that waits for its init container',
      'Always',
      ['running'],
      ['waiting'],
      { Initialized: 'False ContainersNotInitialized' },
    ],
    [
      'that is done',
      'Never',
      [],
      ['done'],
      { Initialized: 'True PodCompleted', Ready: 'False PodCompleted', PodReadyToStartContainers: 'False' },
    ],
    ['that failed', 'Never', [], ['failed'], { Initialized: 'True', Ready: 'False PodFailed' }],
    [
      'whose init container failed',
      'Never',
      ['failed'],
      ['waiting'],
      { Initialized: 'False ContainersNotInitialized', Ready: 'False PodFailed' },
    ],
  ];
  it.each(rows)('%s', (_which, restartPolicy, init, app, expected) => {
    const { object, containers } = build(restartPolicy, init, app);
    const { conditions = [] } = podStatus(object, containers, '10.244.0.1', AT);
    const told = Object.fromEntries(
      conditions.map(({ type, status, reason }) => [type, reason === undefined ? status : `${status} ${reason}`]),
    );
    expect(told).toMatchObject(expected);
  });

  it('keep the time of their last change', () => {
    const { object, containers } = build('Always', [], ['running']);
    const before = podStatus(object, containers, '10.244.0.1', AT);
    const later = podStatus({ ...object, status: before }, containers, '10.244.0.1', '2026-01-01T01:00:00Z');
    expect(later).toEqual(before);
  });
});

describe('the last status of a pod that is told to end', () => {
  it('fails what runs and keeps what has ended', () => {
    const { object, containers } = build('Always', [], ['running', 'done']);
    const status = finalStatus({ ...object, status: podStatus(object, containers, undefined, AT) }, AT);
    expect(status.phase).toBe('Failed');
    expect(status.containerStatuses?.map(({ state }) => state.terminated?.exitCode)).toEqual([143, 0]);
  });
});

describe('how well a pod is protected', () => {
  const resources = (requests: Record<string, string>, limits: Record<string, string>) => ({ requests, limits });
  const rows: [string, ReturnType<typeof resources>[], string][] = [
    ['not at all', [resources({}, {})], 'BestEffort'],
    ['by a request', [resources({ cpu: '1' }, {})], 'Burstable'],
    ['fully', [resources({ cpu: '1', memory: '1Gi' }, { cpu: '1000m', memory: '1024Mi' })], 'Guaranteed'],
    [
      'not fully with lower requests',
      [resources({ cpu: '1', memory: '1Gi' }, { cpu: '2', memory: '1Gi' })],
      'Burstable',
    ],
    [
      'not fully when one container is not',
      [resources({ cpu: '1', memory: '1Gi' }, { cpu: '1', memory: '1Gi' }), resources({}, {})],
      'Burstable',
    ],
  ];
  it.each(rows)('%s', (_how, all, expected) => {
    const containers = all.map((one, i) => ({ name: `c${i}`, image: 'x', resources: one }));
    expect(qosClassOf(pod('p', {}, {}, { containers }))).toBe(expected);
  });
});
