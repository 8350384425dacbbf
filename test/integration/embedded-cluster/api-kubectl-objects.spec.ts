import { openTools, type Tools } from './api-tools.js';

// There is no global of that name in an ES module.
import.meta.jest.setTimeout(120_000);

let tools: Tools;

beforeAll(async () => {
  tools = await openTools();
  await tools.kubectl('create ns t-ko');
  await kubectl('create deployment web --image=example/web:1 --port=80');
});

afterAll(() => tools.close());

/** Runs kubectl in the namespace of these tests; fails with what it wrote when it fails. */
async function kubectl(line: string, input?: string): Promise<string> {
  const { code, out, err } = await tools.kubectl(`${line} -n t-ko`, input === undefined ? {} : { input });
  if (code !== 0) throw new Error(`kubectl ${line}: ${err}`);
  return out;
}

async function refusal(line: string, input?: string): Promise<string> {
  const { code, err } = await tools.kubectl(`${line} -n t-ko`, input === undefined ? {} : { input });
  expect(code).toBe(1);
  return err;
}

describe('create', () => {
  it.each([
    ['deployment d --image=example/web:1', 'deployment.apps/d created'],
    ['configmap c1 --from-literal=a=b', 'configmap/c1 created'],
    ['secret generic s1 --from-literal=a=b', 'secret/s1 created'],
    ['serviceaccount bob', 'serviceaccount/bob created'],
    ['role reader --verb=get,list --resource=pods', 'role.rbac.authorization.k8s.io/reader created'],
    [
      'rolebinding bob-reads --role=reader --serviceaccount=t-ko:bob',
      'rolebinding.rbac.authorization.k8s.io/bob-reads created',
    ],
    ['clusterrole nodes --verb=get --resource=nodes', 'clusterrole.rbac.authorization.k8s.io/nodes created'],
    [
      'clusterrolebinding nodes --clusterrole=nodes --user=dev',
      'clusterrolebinding.rbac.authorization.k8s.io/nodes created',
    ],
    ['priorityclass urgent --value=5', 'priorityclass.scheduling.k8s.io/urgent created'],
    ['service externalname s3 --external-name=example.com', 'service/s3 created'],
    ['service loadbalancer s4 --tcp=80', 'service/s4 created'],
    ['quota q --hard=pods=50', 'resourcequota/q created'],
    ['service clusterip s1 --tcp=80:http', 'service/s1 created'],
    ['service nodeport s2 --tcp=80:8080', 'service/s2 created'],
    ['ingress i --rule=a.example.com/path*=s1:80,tls=cert', 'ingress.networking.k8s.io/i created'],
    ['job j --image=example/complete:1', 'job.batch/j created'],
    ['cronjob cj --image=example/complete:1 --schedule="*/5 * * * *"', 'cronjob.batch/cj created'],
    ['pdb p --selector=app=none --min-available=1', 'poddisruptionbudget.policy/p created'],
  ])('%s, whose body is protobuf', async (what, expected) => {
    expect(await kubectl(`create ${what}`)).toBe(expected);
  });

  it('keeps what was said in protobuf', async () => {
    expect(await kubectl('get secret s1 -o jsonpath={.data.a}')).toBe('Yg==');
    expect(await kubectl('get ing i -o jsonpath={.spec.rules[0].http.paths[0].pathType}')).toBe('Prefix');
    expect(await kubectl('get svc s1 -o jsonpath={.spec.ports[0].targetPort}')).toBe('http');
    expect(await kubectl('get cj cj -o jsonpath={.spec.schedule}')).toBe('*/5 * * * *');
  });

  it('generates names', async () => {
    const object = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"gen-"}}';
    expect(await kubectl('create -f -', object)).toMatch(/^configmap\/gen-[a-z0-9]{5} created$/);
  });

  it('refuses bad names', async () => {
    expect(await refusal('create configmap Not_A_Name')).toContain('a lowercase RFC 1123 subdomain must consist of');
    expect(await refusal('create service clusterip 1abc --tcp=80')).toContain('a DNS-1035 label must consist of');
  });

  it('exposes and autoscales', async () => {
    expect(await kubectl('expose deploy web --port=80')).toBe('service/web exposed');
    expect(await kubectl('autoscale deploy web --max=3 --cpu=80%')).toBe(
      'horizontalpodautoscaler.autoscaling/web autoscaled',
    );
    expect(
      await kubectl(
        'get horizontalpodautoscalers.v1.autoscaling web -o jsonpath={.spec.targetCPUUtilizationPercentage}',
      ),
    ).toBe('80');
    await kubectl('delete hpa web');
  });
});

describe('access', () => {
  it('says what one may', async () => {
    expect(await kubectl('auth can-i create deployments')).toBe('yes');
    expect((await tools.kubectl('auth can-i delete pods --as system:serviceaccount:t-ko:bob -n t-ko')).out).toBe('no');
    expect(await kubectl('auth can-i list pods --as system:serviceaccount:t-ko:bob')).toBe('yes');
    expect(await kubectl('auth can-i --list')).toMatch(/\*\.\* +\[\] +\[\] +\[\*\]/);
    expect((await tools.kubectl('auth whoami')).out).toContain('kubernetes-admin');
  });

  it('gives tokens, and holds their owners to their roles', async () => {
    const token = await kubectl('create token bob');
    const as = async (line: string) =>
      tools.kubectl(`${line} -n t-ko --kubeconfig ${await tools.file('bob', kubeconfig(token))}`);
    expect((await as('get pods -o name')).code).toBe(0);
    expect((await as('get secrets')).err).toBe(
      'Error from server (Forbidden): secrets is forbidden: User "system:serviceaccount:t-ko:bob" cannot list resource "secrets" in API group "" in the namespace "t-ko"',
    );
    expect((await as('get pods -A')).err).toContain('cannot list resource "pods" in API group "" at the cluster scope');
  });

  it('lets nobody in without a token', async () => {
    const path = await tools.file('nobody', kubeconfig('wrong'));
    expect((await tools.kubectl(`get pods --kubeconfig ${path}`)).err).toContain('You must be logged in to the server');
  });

  function kubeconfig(token: string): string {
    const server = tools.cluster.url.replace('http://', `http://x:${token}@`);
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: { server } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: '' } }],
    });
  }
});

describe('deleting', () => {
  it('is waited for', async () => {
    expect(await kubectl('delete cm c1')).toContain('configmap "c1" deleted');
    expect(await kubectl('delete deploy d --cascade=foreground')).toContain('deployment.apps "d" deleted');
    expect(await kubectl('get rs -l app=d -o name')).toBe('');
  });

  it('may leave what was made', async () => {
    await kubectl('delete deploy web --cascade=orphan');
    expect(await kubectl('get rs -l app=web -o name')).not.toBe('');
    expect(await kubectl('delete rs,pods -l app=web')).toContain('deleted');
    expect(await kubectl('get pods -l app=web -o name')).toBe('');
  });

  it('may not wait for a pod', async () => {
    await kubectl('run p1 --image=example/hang-termination:1');
    await kubectl('wait --for=condition=Ready pod/p1 --timeout=20s');
    expect(await kubectl('delete pod p1 --force --grace-period=0')).toContain('force deleted');
    expect(await refusal('get pod p1')).toContain('pods "p1" not found');
  });

  it('of a namespace takes everything with it', async () => {
    expect((await tools.kubectl('delete ns t-ko --timeout=20s')).code).toBe(0);
    expect((await tools.kubectl('get all -n t-ko -o name')).out).toBe('');
    expect((await tools.kubectl('delete ns default')).err).toContain(
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });
});
