import { OnePod } from '../testing/one-pod.js';

let pod: OnePod;

beforeEach(() => {
  pod = new OnePod();
});

afterEach(() => pod.stop());

describe('a container with the fault', () => {
  it('never-ready runs and is never ready', () => {
    pod.run('registry.example:5000/team/never-ready@sha256:abc', {
      containers: [{ name: 'app', image: 'x/never-ready', readinessProbe: {} }],
    });
    pod.seconds(600);
    expect(pod.container).toMatchObject({ ready: false, restartCount: 0, state: { running: {} } });
    expect(pod.condition('Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [app]',
    });
    expect(pod.eventsOf('p').at(-1)).toBe('Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503');
  });

  it('slow-start is ready after a while', () => {
    pod.run('x/app:slow-start');
    pod.pass(4900);
    expect(pod.container?.ready).toBe(false);
    pod.pass(500);
    expect(pod.container?.ready).toBe(true);
  });

  it('crash is restarted at once, then after longer and longer waits', () => {
    pod.run('x/crash:1');
    expect(pod.history(1000, () => pod.word)).toEqual([
      'nothing',
      'ContainerCreating',
      'running',
      'Error',
      'running',
      'CrashLoopBackOff',
    ]);
    const { uid } = pod.get('/pods', 'p').metadata;
    expect(pod.container).toMatchObject({
      ready: false,
      restartCount: 1,
      state: { waiting: { message: `back-off 10s restarting failed container=app pod=p_ns(${uid})` } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    });
    expect(pod.status?.phase).toBe('Running');
    pod.seconds(11);
    expect(pod.container).toMatchObject({
      restartCount: 2,
      state: { waiting: { message: expect.stringMatching(/^back-off 20s/) } },
    });
    pod.seconds(580);
    const late = pod.container;
    expect(late?.restartCount).toBe(6);
    expect(late?.state.waiting?.message).toMatch(/^back-off 5m0s/);
    expect(pod.eventsOf('p')).toContain(`BackOff: Back-off restarting failed container app in pod p_ns(${uid})`);
  });

  it('oom is killed for its memory', () => {
    pod.run('x/oom:1');
    pod.seconds(1);
    expect(pod.container).toMatchObject({
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
    });
  });

  it('pull-fail alternates between failing to pull and waiting', () => {
    pod.run('x/pull-fail:1');
    const seen = pod.history(45_000, () => pod.word);
    expect(seen).toEqual([
      'nothing',
      'ContainerCreating',
      'ErrImagePull',
      'ImagePullBackOff',
      'ErrImagePull',
      'ImagePullBackOff',
      'ErrImagePull',
      'ImagePullBackOff',
    ]);
    const cause = 'failed to resolve reference "docker.io/x/pull-fail:1": docker.io/x/pull-fail:1: not found';
    expect(pod.container?.state.waiting?.message).toBe(
      `Back-off pulling image "x/pull-fail:1": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/x/pull-fail:1": ${cause}`,
    );
    expect(pod.container).toMatchObject({ restartCount: 0, lastState: {}, imageID: '' });
    expect(pod.status?.phase).toBe('Pending');
    expect(pod.eventsOf('p')).toEqual(
      expect.arrayContaining(['BackOff: Back-off pulling image "x/pull-fail:1"', 'Failed: Error: ImagePullBackOff']),
    );
  });

  it('fail fails once in a pod that is not restarted', () => {
    pod.run('x/fail:1', { restartPolicy: 'Never' });
    pod.pass(500);
    expect(pod.status?.phase).toBe('Failed');
    expect(pod.container?.state.terminated).toMatchObject({ exitCode: 1, reason: 'Error' });
    expect(pod.condition('Ready')).toMatchObject({ status: 'False', reason: 'PodFailed' });
  });

  it('fail in an init container keeps the pod from starting', () => {
    pod.run('x/app:1', { initContainers: [{ name: 'migrate', image: 'x/fail:1' }] });
    pod.seconds(1);
    expect(pod.status?.initContainerStatuses?.[0]?.state.waiting?.reason).toBe('CrashLoopBackOff');
    expect(pod.word).toBe('PodInitializing');
    expect(pod.status?.phase).toBe('Pending');
  });

  it('crash named by an annotation', () => {
    pod.run('x/app:1', {}, { 'embedded.tenantry.io/fault': 'crash' });
    pod.seconds(1);
    expect(pod.word).toBe('CrashLoopBackOff');
  });
});

describe('a fault that comes while the pod runs', () => {
  const annotate = (annotations: Record<string, string>): void => {
    pod.edit('/pods', 'p', (object) => ({ ...object, metadata: { ...object.metadata, annotations } }));
  };

  it('makes it unready, and ready again when it goes', () => {
    pod.run('x/app:1');
    pod.seconds(1);
    annotate({ 'embedded.tenantry.io/fault': 'never-ready' });
    pod.seconds(1);
    expect(pod.condition('Ready')).toMatchObject({ status: 'False', reason: 'ContainersNotReady' });
    expect(pod.container).toMatchObject({ ready: false, restartCount: 0, state: { running: {} } });
    annotate({});
    pod.seconds(1);
    expect(pod.condition('Ready')?.status).toBe('True');
  });

  it('makes it crash, and recover at the next restart when it goes', () => {
    pod.run('x/app:1');
    pod.seconds(60);
    annotate({ 'embedded.tenantry.io/fault': 'crash' });
    pod.seconds(5);
    expect(pod.word).toBe('CrashLoopBackOff');
    annotate({});
    pod.seconds(20);
    expect(pod.container).toMatchObject({ ready: true, restartCount: 2, lastState: { terminated: { exitCode: 1 } } });
  });
});
