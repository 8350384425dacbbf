import { readiness } from '../../src/kubernetes/readiness.js';
import type { KubernetesObject } from '../../src/kubernetes/kubernetes-object.js';
import { isStopped } from '../../src/kubernetes/workloads.js';
import { realPrograms, type RealPrograms } from '../integration/kubernetes/real-programs.js';
import { eventually, type UnderTest } from './cluster-under-test.js';

/** Workloads as controllers move them: the watch sees it, readiness judges it, kubectl changes it. */
export function workloadsContract(under: () => UnderTest): void {
  describe('workloads', () => {
    let namespace: string;
    let real: RealPrograms;
    const target = { kind: 'Deployment', name: 'web' } as const;

    beforeAll(() => {
      real = realPrograms('v34', under().backend.kubeconfigPath);
    });

    beforeEach(async () => {
      namespace = await under().namespace();
    });

    afterAll(() => real.close());

    const web = (image: string): KubernetesObject => deployment(namespace, 'web', image);
    const live = (): Promise<KubernetesObject | undefined> =>
      under().objects.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' });
    const untilCurrent = async (): Promise<void> => {
      const { watch, backend } = under();
      await watch.readNamespace(namespace);
      const waited = await watch.waitFor(
        namespace,
        (state) => {
          const found = state.objects.find((object) => object.metadata.name === 'web');
          return readiness(found, new Date()).state === 'current';
        },
        { timeoutMs: backend.patienceMs },
      );
      expect(waited.met).toBe(true);
    };

    test('become current, which the watch sees without being asked', async () => {
      const { objects, watch, backend } = under();
      const applied = await objects.apply(web(backend.images.good));
      expect(readiness(applied, new Date()).state).toBe('in_progress');
      await untilCurrent();
      const read = await watch.readNamespace(namespace);
      expect(read.pods).toHaveLength(2);
      expect(isStopped(read.pods)).toBe(false);
    });

    test('scale to zero until no pod is left, and back', async () => {
      const { objects, watch, backend } = under();
      await objects.apply(web(backend.images.good));
      await untilCurrent();
      expect(await real.kubectl.scale({ namespace, ...target }, 0)).toMatchObject({ ok: true });
      await untilCurrent();
      await eventually(under(), 'the end of the pods', async () =>
        isStopped((await watch.readNamespace(namespace)).pods),
      );
      expect(await real.kubectl.scale({ namespace, ...target }, 3, { currentReplicas: 2 })).toMatchObject({
        ok: false,
        failure: { code: 'conflict' },
      });
      expect(await real.kubectl.scale({ namespace, ...target }, 2, { currentReplicas: 0 })).toMatchObject({ ok: true });
      await untilCurrent();
    });

    test('restart with new pods and the same replicas', async () => {
      const { objects, watch, backend } = under();
      await objects.apply(web(backend.images.good));
      await untilCurrent();
      const before = new Set((await watch.readNamespace(namespace)).pods.map((pod) => pod.metadata.uid));
      expect(await real.kubectl.restart({ namespace, ...target })).toMatchObject({ ok: true });
      await untilCurrent();
      const pods = await eventually(under(), 'the new pods alone', async () => {
        const found = (await watch.readNamespace(namespace)).pods;
        return found.length === 2 && found;
      });
      expect(pods.filter((pod) => before.has(pod.metadata.uid))).toEqual([]);
      expect((await live())?.spec).toMatchObject({ replicas: 2 });
    });

    test('say why they are not ready: an image that cannot be pulled', async () => {
      const { objects, causes, backend } = under();
      const since = new Date();
      await objects.apply(deployment(namespace, 'unpullable', backend.images.unpullable));
      const cause = await eventually(under(), 'the cause', () => causes.causeIn(namespace, since));
      expect(cause).toMatchObject({ code: 'image_pull_failed', container: 'app' });
    });

    test('say why they are not ready: a crash loop, with its last log lines', async () => {
      const { objects, causes, backend } = under();
      await objects.apply(deployment(namespace, 'crashing', backend.images.crashing));
      const cause = await eventually(under(), 'the cause', async () => {
        const found = await causes.causeIn(namespace, new Date());
        return found?.code === 'crash_loop' && found.message.includes('last log lines') && found;
      });
      expect(cause.object).toContain(`Pod/${namespace}/crashing-`);
    });

    test('say why they are not ready: no node has the room', async () => {
      const { objects, causes } = under();
      const huge = deployment(namespace, 'huge', under().backend.images.good, { cpu: '9000' });
      await objects.apply(huge);
      const cause = await eventually(under(), 'the cause', async () => {
        const found = await causes.causeIn(namespace, new Date());
        return found?.code === 'unschedulable' && found;
      });
      expect(cause.message).toMatch(/nodes are available/);
    });

    test('say why they are not ready: a quota', async () => {
      const { objects, causes } = under();
      const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace } };
      await objects.apply({ ...quota, spec: { hard: { pods: '0' } } });
      await objects.apply(deployment(namespace, 'web', under().backend.images.good));
      const cause = await eventually(under(), 'the cause', () => causes.causeIn(namespace, new Date(0)));
      expect(cause).toMatchObject({ code: 'quota_exceeded', message: expect.stringContaining('exceeded quota') });
    });
  });
}

function deployment(
  namespace: string,
  name: string,
  image: string,
  requests: Record<string, string> = {},
): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image, resources: { requests } }] },
      },
    },
  };
}
