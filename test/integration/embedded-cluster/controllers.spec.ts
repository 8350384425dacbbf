import { eventually, openTools, type Tools } from './api-tools.js';

// There is no global of that name in an ES module.
import.meta.jest.setTimeout(120_000);

let tools: Tools;

beforeAll(async () => {
  tools = await openTools({ controllers: { timing: { backoffMs: 400 } } });
  await tools.kubectl('create ns t-live');
});

afterAll(() => tools.close());

/** Runs kubectl in the namespace of these tests; fails with what it wrote when it fails. */
async function kubectl(line: string, input?: string): Promise<string> {
  const { code, out, err } = await tools.kubectl(`${line} -n t-live`, input === undefined ? {} : { input });
  if (code !== 0) throw new Error(`kubectl ${line}: ${out} ${err}`);
  return out;
}

async function refusal(line: string): Promise<string> {
  const { code, out, err } = await tools.kubectl(`${line} -n t-live`);
  expect(code).toBe(1);
  return `${out}\n${err}`;
}

async function apply(kind: string, apiVersion: string, name: string, spec: object): Promise<void> {
  await kubectl('apply -f -', JSON.stringify({ apiVersion, kind, metadata: { name, labels: { app: name } }, spec }));
}

function template(app: string, image: string, pod: object = {}) {
  const resources = { requests: { cpu: '50m', memory: '32Mi' } };
  return { metadata: { labels: { app } }, spec: { containers: [{ name: 'app', image, resources }], ...pod } };
}

function workload(app: string, image: string, more: object = {}) {
  return { selector: { matchLabels: { app } }, template: template(app, image), ...more };
}

describe('a Deployment', () => {
  const name = 'web';
  beforeAll(async () => {
    await apply(
      'Deployment',
      'apps/v1',
      name,
      workload(name, 'example/web:1', { replicas: 2, progressDeadlineSeconds: 1 }),
    );
    await kubectl(`rollout status deploy/${name} --timeout=20s`);
  });

  it('whose rollout is stuck is told to be so', async () => {
    await kubectl(`set image deploy/${name} app=example/never-ready:1`);
    expect(await refusal(`rollout status deploy/${name} --timeout=20s`)).toContain(
      `error: deployment "${name}" exceeded its progress deadline`,
    );
    const text = await kubectl(`describe deploy ${name}`);
    expect(text).toMatch(/Progressing +False +ProgressDeadlineExceeded/);
    expect(text).toMatch(/Available +True +MinimumReplicasAvailable/);
    expect(text).toMatch(/Scaled up replica set web-\w+ from 0 to 1/);
  });

  it('is undone to the template before', async () => {
    await kubectl(`rollout undo deploy/${name}`);
    expect(await kubectl(`rollout status deploy/${name} --timeout=20s`)).toContain('successfully rolled out');
    expect(await kubectl(`get deploy ${name} -o jsonpath={.spec.template.spec.containers[0].image}`)).toBe(
      'example/web:1',
    );
    expect(await kubectl(`rollout history deploy/${name}`)).toMatch(/^2 +<none>\n3 +<none>$/m);
  });

  it('is paused and resumed', async () => {
    await kubectl(`rollout pause deploy/${name}`);
    await kubectl(`set image deploy/${name} app=example/web:2`);
    expect(await refusal(`rollout status deploy/${name} --timeout=1s`)).toContain(
      '0 out of 2 new replicas have been updated',
    );
    await kubectl(`rollout resume deploy/${name}`);
    await kubectl(`rollout status deploy/${name} --timeout=20s`);
  });

  it('is waited for at each size', async () => {
    await kubectl(`scale deploy/${name} --replicas=4`);
    await kubectl(`wait --for=jsonpath={.status.availableReplicas}=4 deploy/${name} --timeout=20s`);
    await kubectl(`scale deploy/${name} --replicas=0`);
    await kubectl(`wait --for=delete pod -l app=${name} --timeout=20s`);
    await kubectl(`scale deploy/${name} --replicas=1`);
    expect(await kubectl(`wait --for=condition=Ready pod -l app=${name} --timeout=20s`)).toMatch(
      /^pod\/web-\S+ condition met$/,
    );
  });

  it('that exceeds a quota says so', async () => {
    await kubectl('create quota pods --hard=pods=1');
    await kubectl(`scale deploy/${name} --replicas=3`);
    await eventually(async () => (await kubectl(`describe deploy ${name}`)).includes('ReplicaFailure'));
    const message = 'exceeded quota: pods, requested: pods=1, used: pods=1, limited: pods=1';
    expect(await kubectl(`get events --field-selector reason=FailedCreate`)).toContain(message);
    await kubectl('delete quota pods');
    await kubectl(`wait --for=jsonpath={.status.readyReplicas}=3 deploy/${name} --timeout=20s`);
  });
});

describe('a pod', () => {
  async function run(name: string, image: string): Promise<void> {
    await kubectl(`run ${name} --image=${image}`);
  }

  async function column(name: string): Promise<string> {
    return (await kubectl(`get pod ${name} --no-headers`)).split(/ +/).slice(1, 3).join(' ');
  }

  it('that crashes shows it, with the log of the run before', async () => {
    await run('bad', 'example/crash:1');
    await eventually(async () => (await column('bad')) === '0/1 CrashLoopBackOff');
    expect(await kubectl('logs bad')).toMatch(/\nError: cannot connect to database$/);
    expect(await kubectl('logs bad --previous')).toMatch(/\nError: cannot connect to database$/);
    const text = await kubectl('describe pod bad');
    expect(text).toMatch(/Last State: +Terminated\n +Reason: +Error\n +Exit Code: +1/);
    expect(text).toMatch(/Warning +BackOff .*Back-off restarting failed container bad in pod bad_t-live/);
  });

  it('whose image is not there shows it, and has no log', async () => {
    await run('pull', 'example/pull-fail:1');
    await eventually(async () => (await column('pull')) === '0/1 ImagePullBackOff');
    // The two states alternate.
    expect(await refusal('logs pull')).toMatch(
      /container "pull" in pod "pull" is waiting to start: (trying and failing to pull image|image can't be pulled)/,
    );
  });

  it('that fits on no node says why', async () => {
    const spec = { ...template('big', 'example/app:1').spec, nodeSelector: { disk: 'fast' } };
    await apply('Pod', 'v1', 'big', spec);
    await eventually(async () => (await kubectl('describe pod big')).includes('FailedScheduling'));
    expect(await kubectl('describe pod big')).toContain(
      "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    );
  });

  it('that hangs is deleted by force', async () => {
    await run('hang', 'example/hang-termination:1');
    await kubectl('wait --for=condition=Ready pod/hang --timeout=20s');
    expect(await refusal('delete pod hang --timeout=1s')).toContain('timed out waiting for the condition');
    expect(await column('hang')).toBe('1/1 Terminating');
    await kubectl('delete pod hang --force --grace-period=0');
    expect(await kubectl('get pod hang --ignore-not-found')).toBe('');
  });

  it('is measured', async () => {
    expect(await kubectl('top pods -l app=web')).toMatch(/^web-\S+ +\d+m +\d+Mi/m);
    expect((await tools.kubectl('top nodes')).out).toMatch(/^embedded-1 +\d+m +\d+% +\d+Mi +\d+%/m);
  });
});

describe('other workloads', () => {
  it('a StatefulSet rolls and is undone', async () => {
    const claims = [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ];
    await apply(
      'StatefulSet',
      'apps/v1',
      'db',
      workload('db', 'example/db:1', { replicas: 2, serviceName: 'db', volumeClaimTemplates: claims }),
    );
    expect(await kubectl('rollout status sts/db --timeout=20s')).toContain('2 new pods have been updated');
    expect(await kubectl('get pvc -o name')).toBe('persistentvolumeclaim/data-db-0\npersistentvolumeclaim/data-db-1');
    await kubectl('set image sts/db app=example/db:2');
    await kubectl('rollout status sts/db --timeout=20s');
    await kubectl('rollout undo sts/db');
    await kubectl('rollout status sts/db --timeout=20s');
    expect(await kubectl('get pod db-1 -o jsonpath={.spec.containers[0].image}')).toBe('example/db:1');
    expect(await kubectl('rollout history sts/db')).toMatch(/^2 +<none>\n3 +<none>$/m);
    await kubectl('delete sts db --wait');
    await kubectl('wait --for=delete pod/db-0 --timeout=20s');
    expect(await kubectl('get pvc -o name')).toContain('data-db-0');
  });

  it('a DaemonSet rolls and is undone', async () => {
    await apply('DaemonSet', 'apps/v1', 'agent', workload('agent', 'example/agent:1'));
    expect(await kubectl('rollout status ds/agent --timeout=20s')).toContain('successfully rolled out');
    await kubectl('set image ds/agent app=example/agent:2');
    await kubectl('rollout status ds/agent --timeout=20s');
    await kubectl('rollout undo ds/agent');
    await kubectl('rollout status ds/agent --timeout=20s');
    expect(await kubectl('get ds agent --no-headers')).toMatch(/^agent +3 +3 +3 +3 +3 /);
  });

  it('a Job is waited for, whatever its end', async () => {
    await kubectl('create job good --image=example/task:1');
    await kubectl('wait --for=condition=complete job/good --timeout=20s');
    expect(await kubectl('logs job/good')).toMatch(/done$/);
    await apply('Job', 'batch/v1', 'poor', {
      backoffLimit: 1,
      template: template('poor', 'example/fail:1', { restartPolicy: 'Never' }),
    });
    await kubectl('wait --for=condition=failed job/poor --timeout=20s');
    expect(await kubectl('describe job poor')).toMatch(
      /BackoffLimitExceeded .*Job has reached the specified backoff limit/,
    );
    expect(await kubectl('get pods -l job-name=poor --no-headers')).toMatch(/Error[^]*Error/);
    await kubectl('delete job good poor --wait');
    expect(await kubectl('get pods -l job-name -o name')).toBe('');
  });

  it('a CronJob is started by hand', async () => {
    const jobTemplate = { spec: { template: template('night', 'example/task:1', { restartPolicy: 'Never' }) } };
    await apply('CronJob', 'batch/v1', 'night', { schedule: '0 3 * * *', jobTemplate });
    await kubectl('create job now --from=cronjob/night');
    expect(await kubectl('wait --for=condition=complete job/now --timeout=20s')).toBe('job.batch/now condition met');
  });

  it('a budget keeps a node from being drained, without it the pods move', async () => {
    await apply('Deployment', 'apps/v1', 'kept', workload('kept', 'example/kept:1', { replicas: 1 }));
    await kubectl('rollout status deploy/kept --timeout=20s');
    await kubectl('create pdb kept --selector=app=kept --min-available=1');
    await eventually(async () => (await kubectl('get pdb kept -o jsonpath={.status.currentHealthy}')) === '1');
    const node = await kubectl('get pod -l app=kept -o jsonpath={.items[0].spec.nodeName}');
    const drain = `drain ${node} --pod-selector=app=kept --ignore-daemonsets --delete-emptydir-data --force --timeout=1s`;
    const { err } = await tools.kubectl(drain);
    expect(err).toContain("Cannot evict pod as it would violate the pod's disruption budget");
    await kubectl('delete pdb kept');
    expect((await tools.kubectl(drain.replace('1s', '20s'))).code).toBe(0);
    await kubectl('rollout status deploy/kept --timeout=20s');
    expect(await kubectl('get pod -l app=kept -o jsonpath={.items[0].spec.nodeName}')).not.toBe(node);
    await tools.kubectl(`uncordon ${node}`);
  });

  it('a Deployment deleted without its pods leaves them, and takes them back', async () => {
    await kubectl('delete deploy kept --cascade=orphan');
    const [before] = (await kubectl('get pods -l app=kept -o name')).split('\n');
    await apply('Deployment', 'apps/v1', 'kept', workload('kept', 'example/kept:1', { replicas: 1 }));
    await kubectl('rollout status deploy/kept --timeout=20s');
    expect(await kubectl('get pods -l app=kept -o name')).toBe(before);
  });
});

describe('a namespace', () => {
  it('that is held names what holds it', async () => {
    await tools.kubectl('create ns t-held');
    const metadata = { name: 'held', namespace: 't-held', finalizers: ['example.com/hold'] };
    await tools.kubectl('apply -f -', { input: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata }) });
    expect((await tools.kubectl('delete ns t-held --timeout=1s')).code).toBe(1);
    const { out } = await tools.kubectl('describe ns t-held');
    expect(out).toMatch(
      /NamespaceContentRemaining +True .*SomeResourcesRemain +Some resources are remaining: configmaps\. has 1 resource instances/,
    );
    expect(out).toMatch(/NamespaceFinalizersRemaining +True .*example\.com\/hold in 1 resource instances/);
    await tools.kubectl(`patch cm held -n t-held --type=merge -p '{"metadata":{"finalizers":null}}'`);
    expect((await tools.kubectl('wait --for=delete ns/t-held --timeout=20s')).code).toBe(0);
  });
});
