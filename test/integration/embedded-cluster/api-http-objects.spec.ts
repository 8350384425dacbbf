import { EmbeddedCluster } from '../../../src/embedded/cluster/embedded-cluster.js';
import { type Requests, requestsTo } from './api-requests.js';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const PARTIAL = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';

let cluster: EmbeddedCluster;
let api: Requests;

beforeAll(async () => {
  cluster = await EmbeddedCluster.start();
  api = await requestsTo(cluster);
});

afterAll(() => cluster.stop());

function configMap(name: string, data: Record<string, string> = {}): Record<string, unknown> {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

function deployment(name: string, replicas = 1): Record<string, unknown> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image: 'example/web:1' }] },
      },
    },
  };
}

describe('scales', () => {
  it('are read and written in the place of replicas', async () => {
    await api.post(DEPLOYMENTS, deployment('scaled', 0));
    const scale = await api.get(`${DEPLOYMENTS}/scaled/scale`);
    expect(scale.body).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      status: { replicas: 0, selector: 'app=scaled' },
    });
    expect((await api.put(`${DEPLOYMENTS}/scaled/scale`, { ...scale.body, spec: { replicas: 2 } })).body.spec).toEqual({
      replicas: 2,
    });
    expect((await api.patch(`${DEPLOYMENTS}/scaled/scale`, { spec: { replicas: 3 } })).code).toBe(200);
    expect((await api.get(`${DEPLOYMENTS}/scaled`)).body.spec).toMatchObject({ replicas: 3 });
    expect((await api.patch(`${DEPLOYMENTS}/scaled/scale`, { spec: { replicas: -1 } })).body.message).toContain(
      'must be greater than or equal to 0',
    );
    expect((await api.put(`${DEPLOYMENTS}/scaled/scale`, { ...scale.body, spec: { replicas: 1 } })).code).toBe(409);
  });
});

describe('reading in other forms', () => {
  it('is a table, of metadata alone, or a list whose items name no kind', async () => {
    await api.post(CONFIG_MAPS, configMap('forms', { x: '1' }));
    const selected = `${CONFIG_MAPS}?fieldSelector=metadata.name=forms`;
    const table = await api.get(selected, { headers: { accept: TABLE } });
    expect(table.body).toMatchObject({
      kind: 'Table',
      rows: [{ cells: ['forms', 1, expect.any(String) as string], object: { kind: 'PartialObjectMetadata' } }],
    });
    const partial = await api.get(selected, { headers: { accept: PARTIAL } });
    expect(partial.body).toMatchObject({
      kind: 'PartialObjectMetadataList',
      items: [{ kind: 'PartialObjectMetadata' }],
    });
    expect(partial.body.items?.[0]).not.toHaveProperty('data');
    const [item] = (await api.get(selected)).body.items ?? [];
    expect(item).toMatchObject({ metadata: { name: 'forms' }, data: { x: '1' } });
    expect(item).not.toHaveProperty('kind');
  });

  it('pages through a list', async () => {
    const names = ['p1', 'p2', 'p3'].map((name) => `page-${name}`);
    for (const name of names)
      await api.post(CONFIG_MAPS, { ...configMap(name), metadata: { name, labels: { page: 'yes' } } });
    const first = await api.get(`${CONFIG_MAPS}?labelSelector=page%3Dyes&limit=2`);
    await api.delete(`${CONFIG_MAPS}/page-p3`);
    const second = await api.get(
      `${CONFIG_MAPS}?labelSelector=page%3Dyes&limit=2&continue=${first.body.metadata?.continue}`,
    );
    expect([...(first.body.items ?? []), ...(second.body.items ?? [])].map(({ metadata }) => metadata?.name)).toEqual(
      names,
    );
  });
});

describe('deleting', () => {
  it('of a collection goes by selector', async () => {
    for (const name of ['d1', 'd2', 'kept']) {
      await api.post(CONFIG_MAPS, {
        ...configMap(name),
        metadata: { name, labels: { gone: String(name !== 'kept') } },
      });
    }
    const deleted = await api.delete(`${CONFIG_MAPS}?labelSelector=gone%3Dtrue`);
    expect(deleted.body.items?.map(({ metadata }) => metadata?.name)).toEqual(['d1', 'd2']);
    expect((await api.get(`${CONFIG_MAPS}/kept`)).code).toBe(200);
  });

  it('takes options and refuses others', async () => {
    await api.post(CONFIG_MAPS, configMap('options'));
    const options = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'other' } };
    expect((await api.delete(`${CONFIG_MAPS}/options`, { body: options })).body.message).toContain(
      'Precondition failed: UID in precondition: other',
    );
    expect((await api.delete(`${CONFIG_MAPS}/options?propagationPolicy=Sideways`)).body.message).toContain(
      'Unsupported value: "Sideways"',
    );
    expect((await api.delete(`${CONFIG_MAPS}/options`, { body: configMap('x') })).body.message).toContain(
      'cannot be handled as a DeleteOptions',
    );
    expect((await api.delete(`${CONFIG_MAPS}/options?dryRun=All`)).code).toBe(200);
    expect((await api.delete(`${CONFIG_MAPS}/options`)).code).toBe(200);
  });

  it('answers what is left while something holds it', async () => {
    await api.post(CONFIG_MAPS, { ...configMap('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } });
    const held = await api.delete(`${CONFIG_MAPS}/held`);
    expect(held.body).toMatchObject({
      kind: 'ConfigMap',
      metadata: { deletionTimestamp: expect.any(String) as string },
    });
    const freed = await api.patch(`${CONFIG_MAPS}/held`, { metadata: { finalizers: null } });
    expect(freed.code).toBe(200);
    expect((await api.get(`${CONFIG_MAPS}/held`)).code).toBe(404);
  });
});

describe('evictions', () => {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'evicted' } };

  it('are refused by a disruption budget, and else delete the pod', async () => {
    await api.post('/api/v1/namespaces/default/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'evicted', labels: { app: 'evicted' } },
      spec: { containers: [{ name: 'app', image: 'example/web:1' }] },
    });
    await cluster.controllers.settled();
    const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    await api.post(budgets, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'budget' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'evicted' } } },
    });
    await cluster.controllers.settled();
    const refused = await api.post('/api/v1/namespaces/default/pods/evicted/eviction', eviction);
    expect(refused).toMatchObject({
      code: 429,
      body: { reason: 'TooManyRequests', message: "Cannot evict pod as it would violate the pod's disruption budget." },
    });
    await api.delete(`${budgets}/budget`);
    expect((await api.post('/api/v1/namespaces/default/pods/evicted/eviction', eviction)).code).toBe(201);
    await cluster.controllers.settled();
    expect((await api.get('/api/v1/namespaces/default/pods/evicted')).code).toBe(404);
  });
});
