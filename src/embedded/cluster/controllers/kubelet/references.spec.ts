import type { PodSpec } from '../pod-kinds.js';
import { OnePod } from '../testing/one-pod.js';

let pod: OnePod;

beforeEach(() => {
  pod = new OnePod();
});

afterEach(() => pod.stop());

describe('what a pod refers to', () => {
  const environment = (fields: object): Partial<PodSpec> => ({
    containers: [{ name: 'app', image: 'x/app:1', ...fields }],
  });
  const rows: [string, Partial<PodSpec>, string][] = [
    ['a ConfigMap', environment({ envFrom: [{ configMapRef: { name: 'c' } }] }), 'configmap "c" not found'],
    ['a Secret', environment({ envFrom: [{ secretRef: { name: 's' } }] }), 'secret "s" not found'],
    [
      'a key of a Secret',
      environment({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'known', key: 'k' } } }] }),
      "couldn't find key k in Secret ns/known",
    ],
    [
      'a key of a ConfigMap',
      environment({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }] }),
      'configmap "c" not found',
    ],
  ];

  it.each(rows)('%s in its environment must exist', (_what, spec, message) => {
    pod.put('/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'known' }, data: {} });
    pod.run('x/app:1', spec);
    pod.seconds(5);
    expect(pod.container?.state.waiting).toEqual({ reason: 'CreateContainerConfigError', message });
    expect(pod.eventsOf('p')).toContain(`Failed: Error: ${message}`);
  });

  it('may come later', () => {
    pod.run('x/app:1', environment({ envFrom: [{ configMapRef: { name: 'c' } }] }));
    pod.seconds(5);
    pod.put('/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } });
    pod.seconds(1);
    expect(pod.container).toMatchObject({ ready: true, restartCount: 0 });
  });

  it('may be missing when it is optional', () => {
    pod.run('x/app:1', environment({ envFrom: [{ configMapRef: { name: 'c', optional: true } }] }));
    pod.seconds(1);
    expect(pod.container?.ready).toBe(true);
  });

  it('as a volume keeps the containers from being made', () => {
    pod.run('x/app:1', { volumes: [{ name: 'v', secret: { secretName: 's' } }] });
    pod.seconds(5);
    expect(pod.word).toBe('ContainerCreating');
    const message = 'MountVolume.SetUp failed for volume "v" : secret "s" not found';
    expect(pod.eventsOf('p')).toContain(`FailedMount: ${message}`);
    pod.put('/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } });
    pod.seconds(1);
    expect(pod.container?.ready).toBe(true);
  });
});
