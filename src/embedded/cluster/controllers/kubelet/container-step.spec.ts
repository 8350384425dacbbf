import type { Container, ContainerState, ContainerStatus } from '../pod-kinds.js';
import { DEFAULT_TIMING } from '../timing.js';
import { stepContainer, type ContainerFacts, type ContainerStep } from './container-step.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const AT = '2026-01-01T00:00:00Z';
const FOREVER = 10 ** 9;

function status(state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus {
  return {
    name: 'app',
    state,
    lastState: {},
    ready: false,
    started: false,
    restartCount: 0,
    image: 'x/app:1',
    imageID: '',
    ...more,
  };
}

function facts(
  passedMs: number,
  more: Partial<ContainerFacts> = {},
  container: Partial<Container> = {},
): ContainerFacts {
  return {
    container: { name: 'app', image: 'x/app:1', ...container },
    fault: undefined,
    restart: 'Always',
    ends: 'never',
    readyAfterMs: undefined,
    missing: undefined,
    now: NOW,
    since: NOW - passedMs,
    pulls: 1,
    timing: DEFAULT_TIMING,
    podName: 'p',
    podUid: 'u',
    namespace: 'ns',
    fieldPath: 'spec.containers{app}',
    ...more,
  };
}

/** `stay`, `wait 40`, `wait 10000 in the background`, or the state that it becomes. */
function inWords(step: ContainerStep): string {
  if (step.kind === 'stay') return 'stay';
  if (step.kind === 'wait') return `wait ${step.ms}${step.background ? ' in the background' : ''}`;
  const { state, ready, restartCount } = step.status;
  const word = state.waiting?.reason ?? state.terminated?.reason ?? 'running';
  return [word, ...(ready ? ['ready'] : []), ...(restartCount > 0 ? [`restart ${restartCount}`] : [])].join(' ');
}

const creating = status({ waiting: { reason: 'ContainerCreating' } });
const running = status({ running: { startedAt: AT } }, { started: true });
const serving = { ...running, ready: true };
const failed = (exitCode: number, restartCount = 0) =>
  status(
    {
      terminated: {
        exitCode,
        reason: exitCode === 0 ? 'Completed' : 'Error',
        startedAt: AT,
        finishedAt: AT,
        containerID: 'c',
      },
    },
    { restartCount },
  );
const waiting = (reason: string, restartCount = 0) => status({ waiting: { reason } }, { restartCount });
const probed: Partial<Container> = { readinessProbe: { initialDelaySeconds: 10 } };
const task = { restart: 'Never', ends: { afterMs: 80 } } as const;
const retried = { restart: 'OnFailure', ends: { afterMs: 80 } } as const;

describe('a container', () => {
  const rows: [string, ContainerStatus, ContainerFacts, string][] = [
    ['is being made', creating, facts(10), 'wait 30'],
    ['runs, ready without a probe', creating, facts(40), 'running ready'],
    ['runs, not ready with one', creating, facts(40, {}, probed), 'running'],
    ['becomes ready', running, facts(40, {}, probed), 'wait 100'],
    ['is ready after its delay', running, facts(140, {}, probed), 'running ready'],
    [
      'waits for the longer of two probes',
      running,
      facts(0, {}, { ...probed, startupProbe: { initialDelaySeconds: 40 } }),
      'wait 440',
    ],
    [
      'waits no longer than the cap',
      running,
      facts(0, {}, { readinessProbe: { initialDelaySeconds: 9999 } }),
      'wait 540',
    ],
    ['is ready when it is told', running, facts(0, { readyAfterMs: 777 }), 'wait 777'],
    ['serves for ever', serving, facts(FOREVER), 'stay'],
    ['that is never ready', running, facts(FOREVER, { fault: 'never-ready' }), 'stay'],
    ['that served and is told to stop', serving, facts(0, { fault: 'never-ready' }), 'running'],
    ['that starts slowly', running, facts(0, { fault: 'slow-start' }), 'wait 5000'],
    ['that crashes runs a little', running, facts(0, { fault: 'crash' }), 'wait 100'],
    ['that crashes for the first time is seen to have', running, facts(100, { fault: 'crash' }), 'Error'],
    ['that crashed once is restarted at once', failed(1), facts(40, { fault: 'crash' }), 'running restart 1'],
    [
      'that crashes again waits',
      { ...running, restartCount: 1 },
      facts(100, { fault: 'crash' }),
      'CrashLoopBackOff restart 1',
    ],
    [
      'waits for ten seconds',
      waiting('CrashLoopBackOff', 1),
      facts(0, { fault: 'crash' }),
      'wait 10000 in the background',
    ],
    ['waits for twenty', waiting('CrashLoopBackOff', 2), facts(0, { fault: 'crash' }), 'wait 20000 in the background'],
    [
      'waits for five minutes at most',
      waiting('CrashLoopBackOff', 40),
      facts(0, { fault: 'crash' }),
      'wait 300000 in the background',
    ],
    [
      'is restarted after its wait',
      waiting('CrashLoopBackOff', 1),
      facts(10_000, { fault: 'crash' }),
      'running restart 2',
    ],
    ['is killed for its memory', running, facts(100, { fault: 'oom' }), 'OOMKilled'],
    ['cannot be pulled', creating, facts(40, { fault: 'pull-fail', pulls: 0 }), 'ErrImagePull'],
    ['is then waited for', waiting('ErrImagePull'), facts(500, { fault: 'pull-fail' }), 'ImagePullBackOff'],
    ['is pulled again', waiting('ImagePullBackOff'), facts(10_000, { fault: 'pull-fail', pulls: 1 }), 'ErrImagePull'],
    [
      'is pulled again after longer',
      waiting('ImagePullBackOff'),
      facts(10_000, { fault: 'pull-fail', pulls: 3 }),
      'wait 30000 in the background',
    ],
    ['runs when the image is there after all', waiting('ImagePullBackOff'), facts(0), 'running ready'],
    ['lacks its environment', creating, facts(40, { missing: 'secret "s" not found' }), 'CreateContainerConfigError'],
    ['waits for it without an end', waiting('CreateContainerConfigError'), facts(FOREVER, { missing: 'x' }), 'stay'],
    ['runs when it is there', waiting('CreateContainerConfigError'), facts(0), 'running ready'],
  ];
  it.each(rows)('%s', (_what, before, known, expected) => {
    expect(inWords(stepContainer(before, known))).toBe(expected);
  });
});

describe('a container that ends by itself', () => {
  const rows: [string, ContainerStatus, ContainerFacts, string][] = [
    ['is ready while it runs', creating, facts(40, task), 'running ready'],
    ['takes its time', serving, facts(0, task), 'wait 80'],
    ['is done', serving, facts(80, task), 'Completed'],
    ['takes the time it is told', serving, facts(80, { ...task, readyAfterMs: 1000 }), 'wait 920'],
    ['takes long', serving, facts(80, { ...task, fault: 'slow-start' }), 'wait 4920'],
    ['never is done', running, facts(FOREVER, { ...task, fault: 'never-ready' }), 'stay'],
    ['fails', serving, facts(80, { ...task, fault: 'fail' }), 'Error'],
    ['stays ended', failed(0), facts(FOREVER, task), 'stay'],
    ['stays failed', failed(1), facts(FOREVER, task), 'stay'],
    ['stays ended when only failures are tried again', failed(0), facts(FOREVER, retried), 'stay'],
    ['is tried again after a failure', failed(1), facts(40, retried), 'running restart 1'],
    [
      'waits after the next',
      { ...serving, restartCount: 1 },
      facts(80, { ...retried, fault: 'fail' }),
      'CrashLoopBackOff restart 1',
    ],
    [
      'never waits when it is not tried again',
      { ...serving, restartCount: 1 },
      facts(80, { ...task, fault: 'fail' }),
      'Error restart 1',
    ],
  ];
  it.each(rows)('%s', (_what, before, known, expected) => {
    expect(inWords(stepContainer(before, known))).toBe(expected);
  });
});

describe('what a step leaves behind', () => {
  it('the last end, after a restart', () => {
    const step = stepContainer(failed(1), facts(40));
    expect(step.kind === 'become' && step.status.lastState).toEqual({ terminated: failed(1).state.terminated });
  });

  it('another id for each run', () => {
    const ids = [failed(1, 0), failed(1, 1)].map((one) => {
      const step = stepContainer(one, facts(40));
      return step.kind === 'become' ? step.status.containerID : undefined;
    });
    expect(new Set(ids).size).toBe(2);
  });

  it('one more failed pull', () => {
    const step = stepContainer(waiting('ImagePullBackOff'), facts(20_000, { fault: 'pull-fail', pulls: 2 }));
    expect(step).toMatchObject({ kind: 'become', pulls: 3 });
  });
});
