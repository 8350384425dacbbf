import { setTimeout as delay } from 'node:timers/promises';

import { EmbeddedCluster } from '../../../src/embedded/cluster/embedded-cluster.js';
import { ClusterApi } from '../../../src/kubernetes/cluster-api.client.js';
import { ClusterWatch } from '../../../src/kubernetes/cluster-watch.js';
import { HelmClient, type UpgradeInstall } from '../../../src/kubernetes/helm.client.js';
import { ObjectClient } from '../../../src/kubernetes/object.client.js';
import { ReleaseClient } from '../../../src/kubernetes/release.client.js';
import { ResourceDiscovery } from '../../../src/kubernetes/resource-discovery.client.js';
import { SystemClock } from '../../../src/platform/clock.js';
import { namespaceObject } from '../../contracts/cluster-under-test.js';
import { realPrograms, temporaryDirectory, WEB_CHART, type RealPrograms } from './real-programs.js';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let cluster: EmbeddedCluster;
let api: ClusterApi;
let objects: ObjectClient;
let releases: ReleaseClient;
let watch: ClusterWatch;
let real: RealPrograms;

const timing = { backoffBaseMs: 20, backoffMaxMs: 100 };
const install: UpgradeInstall = {
  release: 'main',
  namespace: 'ns',
  chart: { path: WEB_CHART },
  values: {},
  labels: {},
  timeoutSeconds: 1,
};

beforeEach(async () => {
  directory = await temporaryDirectory();
  cluster = await EmbeddedCluster.start({ directory: directory.path });
  api = new ClusterApi(() => cluster.kubeconfigPath);
  objects = new ObjectClient(api, new ResourceDiscovery(api));
  releases = new ReleaseClient(objects);
  watch = new ClusterWatch(api, new SystemClock(), { timing });
  watch.start();
  await watch.synced;
  await objects.apply(namespaceObject('ns'));
  real = realPrograms('v34', cluster.kubeconfigPath);
});

afterEach(async () => {
  await watch.stop();
  await real.close();
  api.close();
  await cluster.stop();
  await directory.remove();
});

async function untilSeen(name: string): Promise<void> {
  const waited = await watch.waitFor(name, (state) => state.phase === 'active', { timeoutMs: 10_000 });
  expect(waited.met).toBe(true);
}

async function until(wish: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !wish(); tries += 1) await delay(20);
  expect(wish()).toBe(true);
}

test('while the API server is away everything says so; afterwards the watches are where they were', async () => {
  await untilSeen('ns');
  await cluster.pause();
  await expect(objects.get({ apiVersion: 'v1', kind: 'Namespace', name: 'ns' })).rejects.toMatchObject({
    code: 'cluster_unreachable',
  });
  await expect(watch.readNamespace('ns')).rejects.toMatchObject({ code: 'cluster_unreachable' });
  expect(await real.helm.upgradeInstall(install)).toMatchObject({ failure: { code: 'cluster_unreachable' } });
  await until(() => watch.faults.size === 8);
  expect(watch.namespaceState('ns').phase).toBe('active');

  await cluster.resume();
  await objects.apply(namespaceObject('later'));
  await untilSeen('later');
  await until(() => watch.faults.size === 0);
});

test('a cluster that starts anew from its state is taken up again', async () => {
  await untilSeen('ns');
  await cluster.stop();
  cluster = await EmbeddedCluster.start({ directory: directory.path });
  await objects.apply(namespaceObject('later'));
  await untilSeen('later');
  expect(watch.namespaceState('ns').phase).toBe('active');
});

test('a server that errs for a moment is asked again by the watches', async () => {
  await watch.stop();
  const lift = cluster.faults.status(500, { path: '/apis/apps/v1/deployments' });
  watch = new ClusterWatch(api, new SystemClock(), { timing });
  watch.start();
  await until(() => watch.faults.has('Deployment'));
  expect(watch.isSynced).toBe(false);
  lift();
  await watch.synced;
});

test('what watches withhold, a direct read finds, and remembers', async () => {
  await untilSeen('ns');
  const lift = cluster.faults.withholdWatch();
  expect(await real.helm.upgradeInstall(install)).toMatchObject({ ok: true });
  expect(watch.namespaceState('ns').releases).toEqual([]);
  const read = await watch.readNamespace('ns');
  expect(read.releases).toMatchObject([{ name: 'main', status: 'deployed' }]);
  expect(watch.namespaceState('ns').releases).toHaveLength(1);
  lift();
});

test('a helm whose server hangs is killed at its deadline, and its release can be freed', async () => {
  const impatient = new HelmClient(real.programs, real.runner, 1_000);
  cluster.faults.hang({ method: 'PATCH', path: '/namespaces/ns/services' });
  expect(await impatient.upgradeInstall(install)).toMatchObject({ ok: false, failure: { code: 'timeout' } });
  cluster.faults.clear();
  const stuck = await releases.latest('ns', 'main');
  expect(stuck).toMatchObject({ revision: 1, status: 'pending-install' });
  if (stuck !== undefined) await releases.markFailed(stuck, 'its helm was killed');
  expect(await real.helm.upgradeInstall(install)).toMatchObject({ ok: true });
});

test('connections that drop in the middle of an install leave what can be read and gone on from', async () => {
  cluster.faults.drop({ method: 'PATCH', path: '/deployments/' });
  expect(await real.helm.upgradeInstall(install)).toMatchObject({ failure: { code: 'cluster_unreachable' } });
  cluster.faults.clear();
  const found = await releases.latest('ns', 'main');
  expect(['failed', 'pending-install']).toContain(found?.status);
  if (found?.status === 'pending-install') await releases.markFailed(found, 'the API server went away');
  expect(await real.helm.upgradeInstall(install)).toMatchObject({ ok: true });
});
