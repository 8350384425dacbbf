import { EmbeddedCluster } from '../../../src/embedded/cluster/embedded-cluster.js';
import { KubeconfigCluster } from '../../../src/kubernetes/kubeconfig-cluster.js';
import { clusterContract } from '../../contracts/cluster.contract.js';

// There is no global of that name in an ES module.
import.meta.jest.setTimeout(120_000);

clusterContract('the embedded cluster', async () => {
  const cluster = await EmbeddedCluster.start({ controllers: { timing: { pullErrorMs: 50, backoffMs: 200 } } });
  return {
    kubeconfigPath: cluster.kubeconfigPath,
    images: {
      good: 'example/web:1',
      better: 'example/web:2',
      unpullable: 'example/pull-fail:1',
      crashing: 'example/crash:1',
      completing: 'example/complete:1',
      endless: 'example/never-ready:1',
    },
    patienceMs: 10_000,
    stop: () => cluster.stop(),
  };
});

const kubeconfig = process.env['TENANTRY_TEST_KUBECONFIG'];

// A cluster that somebody lends: everything it is used for stands in namespaces of this run's own.
if (kubeconfig !== undefined) {
  clusterContract('a real cluster', async () => {
    const cluster = new KubeconfigCluster('real', { kind: 'files', kubeconfig });
    await cluster.start();
    return {
      kubeconfigPath: cluster.kubeconfigPath,
      images: {
        good: 'registry.k8s.io/pause:3.10',
        better: 'registry.k8s.io/pause:3.10.1',
        unpullable: 'registry.k8s.io/no-such-image:1',
        crashing: 'docker.io/library/postgres:17-alpine',
        completing: 'docker.io/library/hello-world:linux',
        endless: 'registry.k8s.io/pause:3.10',
      },
      patienceMs: 90_000,
      stop: () => cluster.stop(),
    };
  });
}
