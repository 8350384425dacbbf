import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedCluster } from '../../../src/embedded/cluster/embedded-cluster.js';
import { ClusterApi } from '../../../src/kubernetes/cluster-api.client.js';
import { Cluster } from '../../../src/kubernetes/cluster.js';
import { ResourceUseClient } from '../../../src/kubernetes/resource-use.client.js';
import { type ResourceSample, ResourceSamples } from '../../../src/platform/resource-samples.js';
import { Sampling } from '../../../src/provisioner/sampling/sampling.service.js';
import { SamplingStore } from '../../../src/provisioner/sampling/sampling.store.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { FakeClock } from '../../setup/fake-clock.js';
import { Provisioning } from '../../setup/provisioning.js';
import { until } from '../../setup/until.js';

const never = new AbortController().signal;

class NamedCluster extends Cluster {
  readonly name = 'test';
  readonly simulated = true;
  readonly kubeconfigPath = '';
  describe = (): string => 'the cluster of a test';
  async start(): Promise<void> {}
  async stop(): Promise<void> {}
}

describe('sampling', () => {
  let directory: string;
  let cluster: EmbeddedCluster;
  let api: ClusterApi;
  let test: TestDatabase;
  let world: Provisioning;
  let clock: FakeClock;
  let given: ResourceSample[][];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tenantry-sampling-'));
    cluster = await EmbeddedCluster.start({ directory });
    api = new ClusterApi(() => cluster.kubeconfigPath);
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(async () => {
    api.close();
    await cluster.stop();
    await test.drop();
    await rm(directory, { recursive: true, force: true });
  });
  beforeEach(async () => {
    clock = new FakeClock(Math.ceil(Date.now() / 60_000) * 60_000 + 3_600_000);
    given = [];
    await test.sql('truncate public.resource_samplings');
  });

  const create = (path: string, body: object): Promise<unknown> => api.json({ method: 'POST', path, body });
  const samplerOn = (client: Pick<ClusterApi, 'json'> = api, broken = false): Sampling => {
    const samples = new ResourceSamples();
    samples.takeBy(async (taken) => {
      if (broken) throw new Error('too many events');
      given.push([...taken]);
    });
    const resources = new ResourceUseClient(client as ClusterApi);
    return new Sampling(new SamplingStore(test.database), resources, samples, new NamedCluster(), clock);
  };
  /** An instance with one pod and one claim. */
  const furnished = async (): Promise<string> => {
    const { id, namespace } = await world.running();
    await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await create(`/api/v1/namespaces/${namespace}/persistentvolumeclaims`, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
    });
    await create(`/api/v1/namespaces/${namespace}/pods`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web',
        annotations: { 'embedded.tenantry.io/cpu': '100m', 'embedded.tenantry.io/memory': '256Mi' },
      },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'registry.example/web:1',
            resources: { requests: { cpu: '250m', memory: '512Mi' } },
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
    });
    const reader = new ResourceUseClient(api);
    await until('the pod runs and is measured', async () => {
      const { uses, claims } = await reader.read(never);
      return (
        (uses ?? []).some((use) => use.namespace === namespace) && claims.some((claim) => claim.namespace === namespace)
      );
    });
    return id;
  };

  it('tells what each instance asked for, used and holds', async () => {
    const id = await furnished();
    await samplerOn().sample(never);
    expect(given.flat()).toEqual([
      {
        instanceId: id,
        tenantId: world.tenantId,
        blueprint: 'web-app',
        periodStart: new Date(clock.now().getTime() - 60_000).toISOString(),
        seconds: '60',
        cpuRequestCoreSeconds: '15',
        cpuUseCoreSeconds: '6',
        memoryRequestGibSeconds: '30',
        memoryUseGibSeconds: '15',
        volumeGibSeconds: '120',
        volumeGib: '2',
      },
    ]);
  });

  it('has three lists of the cluster read, however many instances there are', async () => {
    const asked: string[] = [];
    await samplerOn({ json: (request) => (asked.push(request.path), api.json(request)) }).sample(never);
    expect(asked.sort()).toEqual([
      '/api/v1/persistentvolumeclaims',
      '/api/v1/pods',
      '/apis/metrics.k8s.io/v1beta1/pods',
    ]);
  });

  it('says nothing of use where the cluster measures none', async () => {
    const json: ClusterApi['json'] = (request) =>
      api.json(
        request.path.startsWith('/apis/metrics') ? { ...request, path: '/apis/absent.k8s.io/v1/pods' } : request,
      );
    await samplerOn({ json }).sample(never);
    const [sample] = given.flat();
    expect(sample).toMatchObject({ cpuRequestCoreSeconds: '15', volumeGib: '2' });
    expect(Object.keys(sample ?? {}).filter((name) => name.includes('Use'))).toEqual([]);
  });

  const periods = (): string[] => given.flat().map(({ periodStart }) => periodStart);
  const minutesAgo = (...minutes: number[]): string[] =>
    minutes.map((minute) => new Date(clock.now().getTime() - minute * 60_000).toISOString());

  it('speaks for each minute once, whichever replica takes it, and for one that was missed', async () => {
    await Promise.all([samplerOn().sample(never), samplerOn().sample(never)]);
    expect(periods()).toEqual(minutesAgo(1));
    await clock.advance(120_000);
    await samplerOn().sample(never);
    expect(periods()).toEqual(minutesAgo(3, 2, 1));
  });

  it('leaves what was missed before that unknown', async () => {
    await samplerOn().sample(never);
    await clock.advance(600_000);
    given = [];
    await samplerOn().sample(never);
    expect(periods()).toEqual(minutesAgo(2, 1));
  });

  it('covers a minute in which the cluster did not answer with the next sample', async () => {
    await samplerOn().sample(never);
    await clock.advance(60_000);
    await expect(samplerOn({ json: () => Promise.reject(new Error('away')) }).sample(never)).rejects.toThrow('away');
    await clock.advance(60_000);
    await samplerOn().sample(never);
    expect(periods()).toEqual(minutesAgo(3, 2, 1));
  });

  it('does not give a period again that was lost on the way', async () => {
    await expect(samplerOn(api, true).sample(never)).rejects.toThrow('too many events');
    await samplerOn().sample(never);
    expect(given).toEqual([]);
    await clock.advance(60_000);
    await samplerOn().sample(never);
    expect(periods()).toEqual(minutesAgo(1));
  });
});
