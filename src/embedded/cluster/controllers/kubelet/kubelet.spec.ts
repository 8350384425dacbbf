import { OnePod } from '../testing/one-pod.js';
import { barePod, podSpec } from '../testing/virtual-cluster.js';

let pod: OnePod;

beforeEach(() => {
  pod = new OnePod();
});

afterEach(() => pod.stop());

describe('a pod', () => {
  it('is placed, created, runs and becomes ready', () => {
    pod.run('x/app:1', { containers: [{ name: 'app', image: 'x/app:1', readinessProbe: { initialDelaySeconds: 0 } }] });
    const seen = pod.history(
      300,
      () => `${pod.status?.phase ?? 'Pending'} ${pod.word} ${pod.condition('Ready')?.status ?? '-'}`,
    );
    expect(seen).toEqual([
      'Pending nothing -',
      'Pending ContainerCreating False',
      'Running running False',
      'Running running True',
    ]);
  });

  it('has the status of a real kubelet when it runs', () => {
    pod.run('x/app:1');
    pod.pass(500);
    const at = '2026-01-01T00:00:00Z';
    expect(pod.container).toEqual({
      name: 'app',
      state: { running: { startedAt: at } },
      lastState: {},
      ready: true,
      started: true,
      restartCount: 0,
      image: 'x/app:1',
      imageID: expect.stringMatching(/^x\/app:1@sha256:[0-9a-f]{64}$/),
      containerID: expect.stringMatching(/^containerd:\/\/[0-9a-f]{64}$/),
    });
    expect(pod.status).toMatchObject({
      phase: 'Running',
      qosClass: 'BestEffort',
      hostIP: '10.0.0.1',
      hostIPs: [{ ip: '10.0.0.1' }],
      podIP: '10.244.0.11',
      podIPs: [{ ip: '10.244.0.11' }],
      startTime: at,
    });
    expect(pod.status?.conditions?.map(({ type, status: is }) => `${type}=${is}`)).toEqual([
      'PodScheduled=True',
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
    ]);
  });

  it('honours initialDelaySeconds in small', () => {
    pod.run('x/app:1', {
      containers: [{ name: 'app', image: 'x/app:1', readinessProbe: { initialDelaySeconds: 20 } }],
    });
    pod.pass(200);
    expect(pod.container?.ready).toBe(false);
    pod.pass(200);
    expect(pod.container?.ready).toBe(true);
  });

  it('is ready when its annotation says', () => {
    pod.run('x/app:1', {}, { 'embedded.tenantry.io/ready-after-ms': '3000' });
    pod.pass(2900);
    expect(pod.container).toMatchObject({ ready: false, state: { running: {} } });
    pod.pass(200);
    expect(pod.container?.ready).toBe(true);
  });

  it('is not started before its startup probe has passed', () => {
    pod.run('x/app:1', { containers: [{ name: 'app', image: 'x/app:1', startupProbe: { failureThreshold: 3 } }] });
    expect(pod.history(300, () => pod.container?.started)).toEqual([undefined, false, true]);
  });

  it('runs its init containers first, one after the other', () => {
    const initContainers = [
      { name: 'one', image: 'x/one:1' },
      { name: 'two', image: 'x/two:1' },
    ];
    pod.run('x/app:1', { initContainers });
    const seen = pod.history(300, () => {
      const init = pod.status?.initContainerStatuses?.map(({ state }) => Object.keys(state)[0]) ?? [];
      return `${init.join(',')} | ${pod.word}`;
    });
    expect(seen).toEqual([
      ' | nothing',
      'waiting,waiting | PodInitializing',
      'running,waiting | PodInitializing',
      'terminated,running | PodInitializing',
      'terminated,terminated | running',
    ]);
    expect(pod.condition('Initialized')?.status).toBe('True');
  });

  it('says which init containers it waits for', () => {
    pod.run('x/app:1', { initContainers: [{ name: 'one', image: 'x/never-ready:1' }] });
    pod.seconds(10);
    expect(pod.status?.phase).toBe('Pending');
    expect(pod.condition('Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [one]',
    });
  });

  it('goes on beside a sidecar that never ends', () => {
    pod.run('x/app:1', { initContainers: [{ name: 'proxy', image: 'x/proxy:1', restartPolicy: 'Always' }] });
    pod.pass(500);
    expect(pod.status?.initContainerStatuses?.[0]).toMatchObject({
      state: { running: {} },
      ready: true,
      started: true,
    });
    expect(pod.status?.phase).toBe('Running');
    expect(pod.condition('Ready')?.status).toBe('True');
  });

  it('that is not always restarted ends by itself', () => {
    pod.run('x/task:1', { restartPolicy: 'Never' });
    pod.pass(500);
    expect(pod.status?.phase).toBe('Succeeded');
    expect(pod.container?.state.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(pod.condition('Ready')).toMatchObject({ status: 'False', reason: 'PodCompleted' });
    expect(pod.condition('Initialized')).toMatchObject({ status: 'True', reason: 'PodCompleted' });
  });
});

describe('the end of a pod', () => {
  it('comes soon, whatever its grace', () => {
    pod.run('x/app:1', { terminationGracePeriodSeconds: 300 });
    pod.seconds(1);
    pod.remove('/pods', 'p');
    pod.pass(20);
    expect(pod.get('/pods', 'p').metadata.deletionGracePeriodSeconds).toBe(300);
    pod.pass(100);
    expect(pod.list('/pods')).toEqual([]);
    expect(pod.eventsOf('p')).toContain('Killing: Stopping container app');
  });

  it('takes the whole grace when it hangs', () => {
    pod.run('x/hang-termination:1', { terminationGracePeriodSeconds: 40 });
    pod.seconds(1);
    pod.remove('/pods', 'p');
    pod.seconds(39);
    expect(pod.list('/pods')).toHaveLength(1);
    pod.seconds(2);
    expect(pod.list('/pods')).toEqual([]);
  });

  it('can be forced', () => {
    pod.run('x/hang-termination:1');
    pod.seconds(1);
    pod.remove('/pods', 'p');
    pod.seconds(1);
    pod.remove('/pods', 'p', { gracePeriodSeconds: 0 });
    expect(pod.list('/pods')).toEqual([]);
  });

  it('leaves the object, failed, while a finalizer holds it', () => {
    pod.add('/pods', barePod('p', podSpec('x/app:1'), { finalizers: ['example.com/hold'] }));
    pod.seconds(1);
    pod.remove('/pods', 'p');
    pod.seconds(1);
    expect(pod.status?.phase).toBe('Failed');
    expect(pod.container?.state.terminated).toMatchObject({ exitCode: 143 });
    pod.edit('/pods', 'p', (object) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } }));
    expect(pod.list('/pods')).toEqual([]);
  });

  it('of one that has no node needs no kubelet', () => {
    pod.run('x/app:1', { nodeSelector: { nowhere: 'yes' } });
    pod.seconds(1);
    pod.remove('/pods', 'p');
    expect(pod.list('/pods')).toEqual([]);
  });
});
