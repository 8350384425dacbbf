import type { UpgradeInstall } from '../../src/kubernetes/helm.client.js';
import { textAt, valueAt } from '../../src/kubernetes/json-value.js';
import { lastGoodRevision } from '../../src/kubernetes/namespace-state.js';
import { killGroup } from '../../src/kubernetes/process-group.js';
import { readiness } from '../../src/kubernetes/readiness.js';
import { inventoryOf } from '../../src/kubernetes/workloads.js';
import { LAYERS, realPrograms, WEB_CHART, type RealPrograms } from '../integration/kubernetes/real-programs.js';
import { configMap, eventually, type UnderTest } from './cluster-under-test.js';

const labels = { 'tenantry.io/instance': 'i1' };
const release = 'main';

function call(namespace: string, values: Record<string, unknown>): UpgradeInstall {
  return { release, namespace, chart: { path: WEB_CHART }, values, labels, timeoutSeconds: 30 };
}

function smallest(under: () => UnderTest): Record<string, unknown> {
  return { image: under().backend.images.good };
}

function whole(under: () => UnderTest): Record<string, unknown> {
  return { ...smallest(under), database: true, backup: true };
}

/** A release's life with both helms: install, upgrade, rollback, uninstall, and what is read of it. */
export function helmContract(under: () => UnderTest): void {
  describe.each(LAYERS)('%s', (_name, layer) => {
    let real: RealPrograms;
    let namespace: string;

    beforeAll(() => {
      real = realPrograms(layer, under().backend.kubeconfigPath);
    });

    beforeEach(async () => {
      namespace = await under().namespace();
      const installed = await real.helm.upgradeInstall(call(namespace, whole(under)));
      if (!installed.ok) throw new Error(installed.failure.message);
    });

    afterAll(() => real.close());

    test('installs, and its record tells what was made', async () => {
      const { releases, watch, backend } = under();
      const record = await releases.record(namespace, release);
      expect(record).toMatchObject({
        revision: 1,
        status: 'deployed',
        chart: { name: 'web', version: '1.2.3', appVersion: '4.5' },
        labels,
      });
      const inventory = inventoryOf(record?.manifest ?? [], record?.hooks ?? [], namespace);
      expect(inventory.workloads.map((workload) => `${workload.kind}/${workload.name}`).sort()).toEqual([
        'CronJob/main-backup',
        'Deployment/main',
        'StatefulSet/main-db',
      ]);
      await watch.readNamespace(namespace);
      const waited = await watch.waitFor(
        namespace,
        ({ objects }) =>
          objects.length >= 3 && objects.every((object) => readiness(object, new Date()).state === 'current'),
        { timeoutMs: backend.patienceMs },
      );
      expect(waited.met).toBe(true);
      expect(waited.state.releases).toMatchObject([{ name: release, revision: 1, status: 'deployed', labels }]);
    });

    test('upgrades with the values that are given, and no others', async () => {
      const { releases, objects, backend } = under();
      expect(
        await real.helm.upgradeInstall(call(namespace, { image: backend.images.better, database: true })),
      ).toMatchObject({ ok: true });
      const history = await releases.history(namespace, release);
      expect(history.map((entry) => [entry.revision, entry.status])).toEqual([
        [1, 'superseded'],
        [2, 'deployed'],
      ]);
      const backup = { apiVersion: 'batch/v1', kind: 'CronJob', namespace, name: 'main-backup' };
      expect(await objects.get(backup)).toBeUndefined();
    });

    test('takes back replicas that somebody scaled', async () => {
      const { objects } = under();
      const web = { namespace, kind: 'Deployment', name: 'main' } as const;
      expect(await real.kubectl.scale(web, 5)).toMatchObject({ ok: true });
      expect(await real.helm.upgradeInstall(call(namespace, { ...whole(under), replicas: 3 }))).toMatchObject({
        ok: true,
      });
      const live = await objects.get({ apiVersion: 'apps/v1', ...web });
      expect(valueAt(live, 'spec', 'replicas')).toBe(3);
    });

    test('suspends and resumes a schedule', async () => {
      const { objects } = under();
      const backup = { namespace, kind: 'CronJob', name: 'main-backup' } as const;
      const suspended = async (): Promise<unknown> =>
        valueAt(await objects.get({ apiVersion: 'batch/v1', ...backup }), 'spec', 'suspend');
      expect(await real.kubectl.suspend(backup)).toMatchObject({ ok: true });
      expect(await suspended()).toBe(true);
      expect(await real.kubectl.resume(backup)).toMatchObject({ ok: true });
      expect(await suspended()).toBe(false);
    });

    test('rolls back to a revision', async () => {
      const { releases, objects, backend } = under();
      await real.helm.upgradeInstall(call(namespace, { image: backend.images.better }));
      expect(await real.helm.rollback({ release, namespace, revision: 1, timeoutSeconds: 30 })).toMatchObject({
        ok: true,
      });
      expect(await releases.latest(namespace, release)).toMatchObject({ revision: 3, status: 'deployed' });
      const live = await objects.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'main' });
      expect(textAt(live, 'spec', 'template', 'spec', 'containers', 0, 'image')).toBe(backend.images.good);
    });

    test('shows a person what there is', async () => {
      expect(await real.kubectl.getAll(namespace)).toMatchObject({
        ok: true,
        stdout: expect.stringContaining('deployment.apps/main'),
      });
    });

    test('uninstalls, which a read proves; again is success; claims of stateful sets stay', async () => {
      const { releases, watch } = under();
      const uninstall = { release, namespace, timeoutSeconds: 30 };
      await eventually(under(), 'the claim', async () => (await watch.readNamespace(namespace)).claims.length === 1);
      expect(await real.helm.uninstall(uninstall)).toEqual({ ok: true, absent: false });
      expect(await releases.history(namespace, release)).toEqual([]);
      await eventually(under(), 'the end of the pods', async () => {
        return (await watch.readNamespace(namespace)).pods.length === 0;
      });
      const left = await watch.readNamespace(namespace);
      expect(left.objects.filter((object) => object.kind !== 'PersistentVolumeClaim')).toEqual([]);
      expect(left.claims.map((claim) => claim.metadata.name)).toEqual(['data-main-db-0']);
      expect(await real.helm.uninstall(uninstall)).toEqual({ ok: true, absent: true });
    });
  });
}

function withEndlessHook(under: () => UnderTest): Record<string, unknown> {
  return { ...smallest(under), migrate: true, migrateImage: under().backend.images.endless };
}

/** What goes wrong with helm on a real API server, and what recovers it. */
export function helmFailuresContract(under: () => UnderTest): void {
  describe.each(LAYERS)('%s when things go wrong', (_name, layer) => {
    let real: RealPrograms;
    let namespace: string;

    beforeAll(() => {
      real = realPrograms(layer, under().backend.kubeconfigPath);
    });

    beforeEach(async () => {
      namespace = await under().namespace();
    });

    afterAll(() => real.close());

    test('an object of somebody else is a conflict, and stays as it is', async () => {
      const { objects } = under();
      await objects.apply(configMap(namespace, release, { mine: 'yes' }));
      expect(await real.helm.upgradeInstall(call(namespace, smallest(under)))).toMatchObject({
        failure: { code: 'conflict' },
      });
      expect((await objects.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: release }))?.['data']).toEqual({
        mine: 'yes',
      });
      expect(
        await real.helm.upgradeInstall({ ...call(namespace, smallest(under)), takeOwnership: true }),
      ).toMatchObject({
        ok: true,
      });
    });

    test('a namespace that is going is namespace_terminating', async () => {
      const { objects } = under();
      const held = configMap(namespace, 'held', {});
      held.metadata.finalizers = ['example.com/hold'];
      await objects.apply(held);
      await real.kubectl.deleteNamespace(namespace);
      expect(await real.helm.upgradeInstall(call(namespace, smallest(under)))).toMatchObject({
        failure: { code: 'namespace_terminating' },
      });
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'held' };
      await objects.patch(reference, { metadata: { finalizers: null } }, { type: 'merge' });
    });

    test('a hook that fails is hook_failed, and the next upgrade with other values works', async () => {
      const { backend, releases } = under();
      const values = { ...smallest(under), migrate: true, migrateImage: backend.images.crashing };
      expect(await real.helm.upgradeInstall(call(namespace, values))).toMatchObject({
        failure: { code: 'hook_failed' },
      });
      expect(await releases.latest(namespace, release)).toMatchObject({ status: 'failed' });
      expect(await real.helm.upgradeInstall(call(namespace, smallest(under)))).toMatchObject({ ok: true });
    });

    test('a smoke test passes or fails', async () => {
      const { backend } = under();
      const smoke = { ...smallest(under), smokeTest: true };
      await real.helm.upgradeInstall(call(namespace, { ...smoke, smokeImage: backend.images.completing }));
      const test_ = { release, namespace, timeoutSeconds: 30 };
      expect(await real.helm.test(test_)).toMatchObject({ ok: true });
      await real.helm.upgradeInstall(call(namespace, { ...smoke, smokeImage: backend.images.crashing }));
      expect(await real.helm.test(test_)).toMatchObject({
        ok: false,
        failure: { code: 'hook_failed', message: expect.stringContaining('POD LOGS: main-smoke') },
      });
    });

    test('stopped by its caller, the release is failed and an upgrade goes on', async () => {
      const { releases } = under();
      const stop = new AbortController();
      const running = real.helm.upgradeInstall(call(namespace, withEndlessHook(under)), { signal: stop.signal });
      await eventually(under(), 'the pending release', () => releases.latest(namespace, release));
      await eventually(under(), 'the hook', async () => (await under().watch.readNamespace(namespace)).pods.length > 0);
      stop.abort();
      expect(await running).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
      expect(await releases.latest(namespace, release)).toMatchObject({ status: 'failed' });
      expect(await real.helm.upgradeInstall(call(namespace, smallest(under)))).toMatchObject({ ok: true });
    });

    test('killed at revision 1, the pending release is marked failed and an upgrade goes on', async () => {
      const { releases } = under();
      const running = real.helm.upgradeInstall(call(namespace, withEndlessHook(under)), {
        onSpawn: (child) => (pid = child.pid),
      });
      let pid = 0;
      await eventually(under(), 'the hook', async () => (await under().watch.readNamespace(namespace)).pods.length > 0);
      killGroup(pid, 'SIGKILL');
      expect(await running).toMatchObject({ ok: false });
      const stuck = await releases.latest(namespace, release);
      if (stuck === undefined) throw new Error('helm left no release');
      expect(stuck).toMatchObject({ revision: 1, status: 'pending-install' });
      expect(await real.helm.upgradeInstall(call(namespace, smallest(under)))).toMatchObject({
        failure: { code: 'release_locked' },
      });
      await releases.markFailed(stuck, 'the helm that held it died');
      await expect(releases.markFailed(stuck, 'again')).rejects.toMatchObject({ code: 'conflict' });
      expect(await real.helm.upgradeInstall(call(namespace, smallest(under)))).toMatchObject({ ok: true });
    });

    test('killed in an upgrade, a rollback to the last good revision frees the release', async () => {
      const { releases, watch } = under();
      expect(await real.helm.upgradeInstall(call(namespace, smallest(under)))).toMatchObject({ ok: true });
      let pid = 0;
      const running = real.helm.upgradeInstall(call(namespace, withEndlessHook(under)), {
        onSpawn: (child) => (pid = child.pid),
      });
      await eventually(under(), 'the pending upgrade', async () => {
        const latest = await releases.latest(namespace, release);
        return latest?.status === 'pending-upgrade';
      });
      killGroup(pid, 'SIGKILL');
      expect(await running).toMatchObject({ ok: false });
      const back = lastGoodRevision(await watch.readNamespace(namespace), release);
      expect(back?.revision).toBe(1);
      const rollback = { release, namespace, revision: back?.revision ?? 0, timeoutSeconds: 30 };
      expect(await real.helm.rollback(rollback)).toMatchObject({ ok: true });
      expect(await real.helm.upgradeInstall(call(namespace, smallest(under)))).toMatchObject({ ok: true });
    });

    test('of several at once, one wins and the others are told', async () => {
      const { releases } = under();
      const results = await Promise.all(
        [1, 2, 3].map(() => real.helm.upgradeInstall(call(namespace, smallest(under)))),
      );
      const losers = results.flatMap((result) => (result.ok ? [] : [result.failure]));
      expect(losers.length).toBeLessThan(3);
      expect(losers.filter(({ code }) => code !== 'name_taken' && code !== 'release_locked')).toEqual([]);
      const history = await releases.history(namespace, release);
      expect(history.at(-1)?.status).toBe('deployed');
      expect(history).toHaveLength(3 - losers.length);
    });
  });
}
