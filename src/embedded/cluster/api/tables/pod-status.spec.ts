import type { KubeObject } from '../../store/kube-object.js';
import { podDraft } from '../../store/testing/draft.js';
import { podReadiness, podRestarts, podStatus } from './pod-status.js';

const READY = [{ type: 'Ready', status: 'True' }];
const INITIALIZED = [{ type: 'Initialized', status: 'True' }];

function pod(
  status: Record<string, unknown>,
  rest: { deleted?: boolean; spec?: Record<string, unknown> } = {},
): KubeObject {
  const made = { ...podDraft('p', rest.spec), status };
  if (rest.deleted !== true) return made;
  return { ...made, metadata: { ...made.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
}

function container(state: Record<string, unknown>, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { name: 'app', state, restartCount: 0, ready: false, ...more };
}

const RUNNING = container({ running: {} }, { ready: true });
const COMPLETED = container({ terminated: { exitCode: 0, reason: 'Completed' } });

describe('podStatus', () => {
  it.each([
    ['nothing known', pod({}), 'Unknown'],
    ['waiting to be scheduled', pod({ phase: 'Pending' }), 'Pending'],
    [
      'its image cannot be pulled',
      pod({ phase: 'Pending', containerStatuses: [container({ waiting: { reason: 'ImagePullBackOff' } })] }),
      'ImagePullBackOff',
    ],
    [
      'it crashes',
      pod({ phase: 'Running', containerStatuses: [container({ waiting: { reason: 'CrashLoopBackOff' } })] }),
      'CrashLoopBackOff',
    ],
    ['it runs', pod({ phase: 'Running', containerStatuses: [RUNNING], conditions: READY }), 'Running'],
    ['it has ended', pod({ phase: 'Succeeded', containerStatuses: [COMPLETED] }), 'Completed'],
    [
      'one container has ended, the other runs',
      pod({ phase: 'Running', containerStatuses: [COMPLETED, RUNNING], conditions: READY }),
      'Running',
    ],
    ['the same, but it is not ready', pod({ phase: 'Running', containerStatuses: [COMPLETED, RUNNING] }), 'NotReady'],
    [
      'it ended with a code',
      pod({ phase: 'Failed', containerStatuses: [container({ terminated: { exitCode: 3 } })] }),
      'ExitCode:3',
    ],
    [
      'it was killed',
      pod({ phase: 'Failed', containerStatuses: [container({ terminated: { exitCode: 137, signal: 9 } })] }),
      'Signal:9',
    ],
    ['it was evicted', pod({ phase: 'Failed', reason: 'Evicted' }), 'Evicted'],
    ['it is going', pod({ phase: 'Running', containerStatuses: [RUNNING] }, { deleted: true }), 'Terminating'],
    [
      'it had ended before it goes',
      pod({ phase: 'Succeeded', containerStatuses: [COMPLETED] }, { deleted: true }),
      'Completed',
    ],
    ['its node is lost', pod({ phase: 'Running', reason: 'NodeLost' }, { deleted: true }), 'Unknown'],
  ])('%s', (_what, object, expected) => {
    expect(podStatus(object)).toBe(expected);
  });

  const spec = { initContainers: [{ name: 'a' }, { name: 'b' }] };
  it.each([
    ['the first of two runs', [container({ running: {} })], 'Init:0/2'],
    ['the second of two runs', [container({ terminated: { exitCode: 0 } }), container({ running: {} })], 'Init:1/2'],
    ['one failed', [container({ terminated: { exitCode: 1, reason: 'Error' } })], 'Init:Error'],
    ['one was killed', [container({ terminated: { exitCode: 137, signal: 9 } })], 'Init:Signal:9'],
    ['one cannot be pulled', [container({ waiting: { reason: 'ErrImagePull' } })], 'Init:ErrImagePull'],
    ['one waits for its turn', [container({ waiting: { reason: 'PodInitializing' } })], 'Init:0/2'],
  ])('of init containers: %s', (_what, initContainerStatuses, expected) => {
    expect(podStatus(pod({ phase: 'Pending', initContainerStatuses }, { spec }))).toBe(expected);
  });

  it('does not count a running sidecar as initialization', () => {
    const sidecar = { initContainers: [{ name: 'app', restartPolicy: 'Always' }] };
    const statuses = { initContainerStatuses: [container({ running: {} }, { started: true })] };
    expect(podStatus(pod({ phase: 'Pending', ...statuses }, { spec: sidecar }))).toBe('Pending');
  });

  it('forgets init containers once the pod is initialized', () => {
    const initContainerStatuses = [container({ terminated: { exitCode: 1 } })];
    const conditions = [...INITIALIZED, ...READY];
    expect(podStatus(pod({ phase: 'Running', initContainerStatuses, conditions }, { spec }))).toBe('Running');
  });
});

describe('what else kubectl shows of a pod', () => {
  it('counts ready containers of all', () => {
    expect(podReadiness(pod({ containerStatuses: [RUNNING] }, { spec: { containers: [{}, {}] } }))).toBe('1/2');
  });

  it('tells when the last restart was', () => {
    const now = new Date('2026-01-01T00:02:00Z');
    const lastState = { terminated: { finishedAt: '2026-01-01T00:00:00Z' } };
    expect(podRestarts(pod({ containerStatuses: [container({}, { restartCount: 3, lastState })] }), now)).toBe(
      '3 (2m ago)',
    );
    expect(podRestarts(pod({}), now)).toBe('0');
  });
});
