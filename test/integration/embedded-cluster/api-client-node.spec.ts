import {
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  Watch,
  makeInformer,
  ADD,
  UPDATE,
  DELETE,
} from '@kubernetes/client-node';

import { EmbeddedCluster } from '../../../src/embedded/cluster/embedded-cluster.js';
import { TOKEN_CONTEXT } from '../../../src/embedded/cluster/kubeconfig.js';
import { eventually } from './api-tools.js';

let cluster: EmbeddedCluster;
let config: KubeConfig;
let core: CoreV1Api;

beforeAll(async () => {
  cluster = await EmbeddedCluster.start();
  config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfigPath);
  config.setCurrentContext(TOKEN_CONTEXT);
  core = config.makeApiClient(CoreV1Api);
});

afterAll(() => cluster.stop());

const namespace = 'default';

describe('@kubernetes/client-node', () => {
  it('creates, lists and deletes', async () => {
    await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: 'a', labels: { team: 'x' } }, data: { x: '1' } },
    });
    const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector: 'team=x' });
    expect(items.map(({ data }) => data)).toEqual([{ x: '1' }]);
    expect((await core.deleteNamespacedConfigMap({ namespace, name: 'a' })).status).toBe('Success');
    await expect(core.readNamespacedConfigMap({ namespace, name: 'a' })).rejects.toMatchObject({ code: 404 });
  });

  it('applies on the server', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const wanted = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied', namespace }, data: { x: '1' } };
    const apply = (object: typeof wanted) =>
      objects.patch(object, undefined, undefined, 'spec', true, PatchStrategy.ServerSideApply);
    expect(await apply(wanted)).toMatchObject({ data: { x: '1' } });
    expect(await apply({ ...wanted, data: { x: '2' } })).toMatchObject({ data: { x: '2' } });
  });

  it('watches', async () => {
    const seen: string[] = [];
    const { metadata } = await core.listNamespacedConfigMap({ namespace });
    const controller = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      { resourceVersion: metadata?.resourceVersion ?? '0' },
      (type, object: { metadata: { name: string } }) => seen.push(`${type} ${object.metadata.name}`),
      () => undefined,
    );
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'watched' } } });
    await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
    await eventually(() => seen.length === 2);
    controller.abort();
    expect(seen).toEqual(['ADDED watched', 'DELETED watched']);
  });

  it('informs, through a restart of the server', async () => {
    const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/secrets`, () =>
      core.listNamespacedSecret({ namespace }),
    );
    const seen: string[] = [];
    for (const verb of [ADD, UPDATE, DELETE] as const)
      informer.on(verb, ({ metadata }) => seen.push(`${verb} ${metadata?.name}`));
    let stopped = false;
    informer.on('error', () => {
      if (!stopped) setTimeout(() => void informer.start(), 50);
    });
    await informer.start();
    await core.createNamespacedSecret({ namespace, body: { metadata: { name: 's1' } } });
    await eventually(() => seen.includes('add s1'));
    await cluster.pause();
    await cluster.resume();
    await core.createNamespacedSecret({ namespace, body: { metadata: { name: 's2' } } });
    await eventually(() => seen.includes('add s2'));
    await core.deleteNamespacedSecret({ namespace, name: 's1' });
    await eventually(() => seen.includes('delete s1'));
    stopped = true;
    await informer.stop();
    expect(informer.list(namespace).map(({ metadata }) => metadata?.name)).toContain('s2');
  });
});
