import { stringify } from 'yaml';
import { TENANTRY_VALUES } from '../../charts/charts.js';
import { eventually, openTools, type Program, type Ran, type Tools } from '../embedded-cluster/api-tools.js';

// There is no global of that name in an ES module.
import.meta.jest.setTimeout(120_000);

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
let tools: Tools;
let values = '';
let count = 0;
let namespace = '';

beforeAll(async () => {
  tools = await openTools({ controllers: { timing: { backoffMs: 200 } } });
  values = await tools.file('values.yaml', stringify({ ...TENANTRY_VALUES, terminationGracePeriodSeconds: 15 }));
});

beforeEach(async () => {
  count += 1;
  namespace = `control-${count}`;
  await tools.kubectl(`create ns ${namespace}`);
  for (const secret of ['tenantry-supabase SUPABASE_SECRET_KEY', 'tenantry-keys TENANTRY_ADMIN_KEY']) {
    const [name, key] = secret.split(' ');
    const others = name === 'tenantry-keys' ? ['TENANTRY_ENCRYPTION_KEY', 'TENANTRY_AUDIT_SIGNING_KEY'] : [];
    const literals = [key, ...others].map((one) => `--from-literal=${one}=x`).join(' ');
    await tools.kubectl(`create secret generic ${name} -n ${namespace} ${literals}`);
  }
});

afterEach(() => tools.kubectl(`delete ns ${namespace} --wait=false`));
afterAll(() => tools.close());

function upgrade(options = '', helm: Program = tools.helm4, release = 'tenantry'): Promise<Ran> {
  const line = `upgrade --install ${release} helm/tenantry -n ${namespace} --reset-values -f ${values} --wait --timeout 20s`;
  return helm(`${line} ${options}`);
}

async function read(what: string, path: string): Promise<string> {
  return (await tools.kubectl(`get ${what} -n ${namespace} -o jsonpath={${path}}`)).out;
}

const done = { code: 0, err: '' };
const claims = (): Promise<string> => read('pvc', '.items[*].metadata.name');
const volumeOf = (claim: string): Promise<string> => read(`pvc/${claim}`, '.spec.volumeName');
const scale = (replicas: number): Promise<Ran> =>
  tools.kubectl(`scale statefulset tenantry -n ${namespace} --replicas=${replicas}`);
const pods = (): Promise<string> => read('pods', '.items[*].metadata.name');

describe.each([
  ['helm 4', (): Program => tools.helm4],
  ['helm 3', (): Program => tools.helm3],
] as const)('under %s', (_, helm) => {
  it('each replica has a claim of its own, which its next pod finds again', async () => {
    expect(await upgrade('--set replicas=2', helm())).toMatchObject(done);
    expect(await claims()).toBe('data-tenantry-0 data-tenantry-1');
    const volumes = await Promise.all(['data-tenantry-0', 'data-tenantry-1'].map(volumeOf));
    expect(new Set(volumes.filter((name) => name !== '')).size).toBe(2);
    const first = await read('pod/tenantry-1', '.metadata.uid');
    await tools.kubectl(`delete pod tenantry-1 -n ${namespace}`);
    await eventually(async () => ![first, ''].includes(await read('pod/tenantry-1', '.metadata.uid')));
    await eventually(async () => (await read('pod/tenantry-1', '.status.containerStatuses[0].ready')) === 'true');
    expect(await read('pod/tenantry-1', '.spec.volumes[*].persistentVolumeClaim.claimName')).toBe('data-tenantry-1');
    expect(await volumeOf('data-tenantry-1')).toBe(volumes[1]);
  });

  it('goes from a Deployment to a StatefulSet and back, and the claims stay for the next time', async () => {
    expect(await upgrade('--set persistence.enabled=false', helm())).toMatchObject(done);
    expect(await claims()).toBe('');
    expect(await upgrade('', helm())).toMatchObject(done);
    await eventually(async () => (await pods()) === 'tenantry-0');
    expect(await read('deploy', '.items[*].metadata.name')).toBe('');
    const volume = await volumeOf('data-tenantry-0');
    expect(await upgrade('--set persistence.enabled=false', helm())).toMatchObject(done);
    expect(await read('sts', '.items[*].metadata.name')).toBe('');
    expect(await claims()).toBe('data-tenantry-0');
    expect(await upgrade('', helm())).toMatchObject(done);
    expect(await volumeOf('data-tenantry-0')).toBe(volume);
  });
});

it('keeps the claim of a replica that is scaled away, also over an uninstall, and gives it to the next one of that number', async () => {
  expect(await upgrade('--set replicas=2')).toMatchObject(done);
  const volume = await volumeOf('data-tenantry-1');
  await scale(1);
  await eventually(async () => (await pods()) === 'tenantry-0');
  expect(await read('pvc/data-tenantry-1', '.metadata.ownerReferences')).toBe('');
  expect(await tools.helm4(`uninstall tenantry -n ${namespace} --wait --timeout 20s`)).toMatchObject(done);
  expect(await claims()).toBe('data-tenantry-0 data-tenantry-1');
  expect(await upgrade('--set replicas=2')).toMatchObject(done);
  expect(await volumeOf('data-tenantry-1')).toBe(volume);
});

it('replaces pods one at a time, and a good image gets past a broken one', async () => {
  expect(await upgrade('--set replicas=2')).toMatchObject(done);
  const failed = await upgrade('--set replicas=2 --set image.repository=example/pull-fail --timeout 2s');
  expect(failed.code).toBe(1);
  expect(await read('pod/tenantry-0', '.spec.containers[0].image')).toBe('tenantry:0.1.0');
  expect(await read('pod/tenantry-0', '.status.containerStatuses[0].ready')).toBe('true');
  expect(await upgrade('--set replicas=2 --set-string podAnnotations.note=again')).toMatchObject(done);
  expect(await read('sts/tenantry', '.status.updatedReplicas')).toBe('2');
});

it('brings all replicas back at once, though none gets ready: a database that is away must not keep spools closed', async () => {
  const failed = await upgrade('--set replicas=3 --set image.repository=example/never-ready --timeout 2s');
  expect(failed.code).toBe(1);
  expect(await pods()).toBe('tenantry-0 tenantry-1 tenantry-2');
  expect(await read('pods', '.items[*].status.phase')).toBe('Running Running Running');
});

it('cannot change what a claim is, and grows by the way that docs/deploying.md shows', async () => {
  expect(await upgrade('')).toMatchObject(done);
  const refused = await upgrade('--set persistence.size=4Gi');
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('updates to statefulset spec for fields other than');
  const volume = await volumeOf('data-tenantry-0');
  const grown = `patch pvc data-tenantry-0 -n ${namespace} --patch '{"spec":{"resources":{"requests":{"storage":"4Gi"}}}}'`;
  expect(await tools.kubectl(grown)).toMatchObject({ code: 0 });
  expect(await tools.kubectl(`delete statefulset tenantry -n ${namespace} --cascade=orphan`)).toMatchObject({
    code: 0,
  });
  const pod = await read('pod/tenantry-0', '.metadata.uid');
  expect(await upgrade('--set persistence.size=4Gi')).toMatchObject(done);
  expect([await read('pod/tenantry-0', '.metadata.uid'), await volumeOf('data-tenantry-0')]).toEqual([pod, volume]);
});

it('works under the longest name that a release can have', async () => {
  const release = `tenantry-${'x'.repeat(44)}`;
  expect(await upgrade('', tools.helm4, release)).toMatchObject(done);
  expect(await pods()).toBe(`${release.slice(0, 52)}-0`);
});

describe('in a cluster without a default StorageClass', () => {
  const annotate = (value: string): Promise<Ran> =>
    tools.kubectl(`annotate storageclass standard --overwrite ${DEFAULT_CLASS}=${value}`);

  beforeEach(() => annotate('false'));
  afterEach(() => annotate('true'));

  it.each([
    ['helm 4', (): Program => tools.helm4],
    ['helm 3', (): Program => tools.helm3],
  ] as const)('is refused by %s at once, with what to do, and nothing is made', async (_, helm) => {
    const refused = await upgrade('', helm());
    expect(refused.code).toBe(1);
    for (const said of ['no default StorageClass', 'persistence.storageClassName', 'persistence.enabled=false'])
      expect(refused.err).toContain(said);
    expect(await read('sts,deploy,pods,sa', '.items[?(@.metadata.name!="default")].metadata.name')).toBe('');
  });

  it('takes a class by name', async () => {
    expect(await upgrade('--set persistence.storageClassName=standard')).toMatchObject(done);
    expect(await read('pvc/data-tenantry-0', '.spec.storageClassName')).toBe('standard');
  });

  it('does without persistence when told so', async () => {
    expect(await upgrade('--set persistence.enabled=false')).toMatchObject(done);
    expect(await claims()).toBe('');
  });

  it('upgrades what has its claims already', async () => {
    await annotate('true');
    expect(await upgrade()).toMatchObject(done);
    await annotate('false');
    expect(await upgrade('--set-string podAnnotations.note=again')).toMatchObject(done);
  });
});
