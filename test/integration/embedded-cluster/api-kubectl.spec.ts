import { eventually, openTools, type Tools } from './api-tools.js';

// There is no global of that name in an ES module.
import.meta.jest.setTimeout(120_000);

const MANIFEST = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: example/web:1, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cm}
data: {a: "1"}
`;

let tools: Tools;
let manifest: string;

beforeAll(async () => {
  tools = await openTools();
  manifest = await tools.file('manifest.yaml', MANIFEST);
  await tools.kubectl('create ns t-kc');
});

afterAll(() => tools.close());

/** Runs kubectl in the namespace of these tests; fails with what it wrote when it fails. */
async function kubectl(line: string, input?: string): Promise<string> {
  const { code, out, err } = await tools.kubectl(`${line} -n t-kc`, input === undefined ? {} : { input });
  if (code !== 0) throw new Error(`kubectl ${line}: ${err}`);
  return out;
}

async function refusal(line: string, input?: string): Promise<string> {
  const { code, err } = await tools.kubectl(`${line} -n t-kc`, input === undefined ? {} : { input });
  expect(code).toBe(1);
  return err;
}

async function replicas(): Promise<string> {
  return kubectl('get deploy web -o jsonpath={.spec.replicas}');
}

describe('what there is', () => {
  it('is a simulated server', async () => {
    expect((await tools.kubectl('version')).out).toContain('tenantry-embedded-simulated');
    expect((await tools.kubectl('get --raw /readyz')).out).toBe('ok');
  });

  it('is listed by api-resources and api-versions', async () => {
    const { out } = await tools.kubectl('api-resources');
    expect(out).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/);
    expect(out).toMatch(/nodes +no +v1 +false +Node/);
    expect((await tools.kubectl('api-versions')).out.split('\n')).toEqual(
      expect.arrayContaining(['v1', 'apps/v1', 'autoscaling/v2', 'autoscaling/v1', 'metrics.k8s.io/v1beta1']),
    );
  });

  it('is three nodes', async () => {
    expect((await tools.kubectl('get nodes -o name')).out.split('\n')).toHaveLength(3);
  });
});

describe('client-side apply', () => {
  it('makes, leaves, changes', async () => {
    expect(await kubectl(`apply -f ${manifest}`)).toBe('deployment.apps/web created\nconfigmap/cm created');
    expect(await kubectl(`apply -f ${manifest}`)).toBe('deployment.apps/web unchanged\nconfigmap/cm unchanged');
    const changed = MANIFEST.replace('replicas: 2', 'replicas: 3').replace('a: "1"', 'b: "2"');
    expect(await kubectl('apply --dry-run=server -f -', changed)).toContain(
      'deployment.apps/web configured (server dry run)',
    );
    expect(await replicas()).toBe('2');
    const different = await tools.kubectl('diff -f - -n t-kc', { input: changed });
    expect(different.code).toBe(1);
    expect(different.out).toMatch(/-\s+replicas: 2\n\+\s+replicas: 3/);
    expect(await kubectl('apply -f -', changed)).toBe('deployment.apps/web configured\nconfigmap/cm configured');
    expect(await kubectl('get cm cm -o jsonpath={.data}')).toBe('{"b":"2"}');
    expect((await tools.kubectl('diff -f - -n t-kc', { input: changed })).code).toBe(0);
  });

  it('cannot change a selector', async () => {
    const other = MANIFEST.replaceAll('app: web}', 'app: other}');
    expect(await refusal('apply -f -', other)).toMatch(
      /The Deployment "web" is invalid: .*spec\.selector: Invalid value: .*field is immutable/,
    );
  });

  it('refuses unknown fields', async () => {
    expect(await refusal('apply -f -', MANIFEST.replace('replicas:', 'replicaz:'))).toContain(
      'unknown field "spec.replicaz"',
    );
  });

  it('refuses a value of a wrong type', async () => {
    const wrong = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yes-no}\ndata: {a: true}\n';
    expect(await refusal('apply -f -', wrong)).toContain(
      'cannot unmarshal bool into Go struct field ConfigMap.data of type string',
    );
  });
});

describe('server-side apply', () => {
  it('conflicts with who wrote before, and takes over by force', async () => {
    const other = MANIFEST.replace('replicas: 2', 'replicas: 1').replace('a: "1"', 'b: "9"');
    const refused = await refusal('apply --server-side --field-manager cp -f -', other);
    expect(refused).toContain('conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas');
    expect(await kubectl('apply --server-side --field-manager cp --force-conflicts -f -', other)).toContain(
      'serverside-applied',
    );
    expect(await replicas()).toBe('1');
    const managers = await kubectl('get cm cm --show-managed-fields -o jsonpath={.metadata.managedFields[*].manager}');
    expect(managers.split(' ')).toContain('cp');
  });
});

describe('rollouts', () => {
  it('are waited for', async () => {
    expect(await kubectl('rollout status deploy/web --timeout=20s')).toContain('successfully rolled out');
    expect(await kubectl('wait --for=condition=Available deploy/web --timeout=20s')).toBe(
      'deployment.apps/web condition met',
    );
    expect(await kubectl('wait --for=jsonpath={.status.readyReplicas}=1 deploy/web --timeout=20s')).toContain(
      'condition met',
    );
  });

  it('scale, and only from the replicas that were expected', async () => {
    expect(await kubectl('scale deploy/web --replicas=2')).toBe('deployment.apps/web scaled');
    expect(await refusal('scale deploy/web --replicas=5 --current-replicas=4')).toContain(
      'Expected replicas to be 4, was 2',
    );
    expect(await kubectl('get deploy web --subresource=scale -o jsonpath={.spec.replicas}')).toBe('2');
  });

  it('restart, list and undo', async () => {
    expect(await kubectl('rollout restart deploy/web')).toBe('deployment.apps/web restarted');
    expect(await kubectl('rollout status deploy/web --timeout=20s')).toContain('successfully rolled out');
    expect(await kubectl('set image deploy/web app=example/web:2')).toBe('deployment.apps/web image updated');
    expect(await kubectl('rollout status deploy/web --timeout=20s')).toContain('successfully rolled out');
    expect(await kubectl('rollout history deploy/web')).toMatch(/REVISION[^]*1[^]*2[^]*3/);
    expect(await kubectl('rollout undo deploy/web')).toBe('deployment.apps/web rolled back');
    expect(await kubectl('get deploy web -o jsonpath={.spec.template.spec.containers[0].image}')).toBe('example/web:1');
    expect(await kubectl('rollout status deploy/web --timeout=20s')).toContain('successfully rolled out');
  });
});

describe('reading', () => {
  it('shows tables, wide tables and JSON', async () => {
    expect(await kubectl('get deploy')).toMatch(/NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2/);
    expect(await kubectl('get pods -o wide')).toMatch(
      /IP +NODE +NOMINATED NODE +READINESS GATES\nweb-.* 10\.\d+\.\d+\.\d+ +embedded-/,
    );
    expect(JSON.parse(await kubectl('get deploy web -o json'))).toMatchObject({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
    });
    expect(JSON.parse(await kubectl('get deploy,cm,pods -o json'))).toMatchObject({ kind: 'List' });
  });

  it('selects', async () => {
    expect(
      (await kubectl('get pods -l app=web --field-selector status.phase=Running -o name')).split('\n'),
    ).toHaveLength(2);
    expect(await kubectl('get pods -l app!=web -o name')).toBe('');
  });

  it('reads in chunks', async () => {
    const all = (await tools.kubectl('get cm -A --chunk-size=2 -o name')).out;
    expect(all).toBe((await tools.kubectl('get cm -A -o name')).out);
    expect(all.split('\n').length).toBeGreaterThan(4);
  });

  it('watches', async () => {
    const watching = tools.kubectl('get cm -w -n t-kc --request-timeout=2s');
    await kubectl('create cm seen');
    await kubectl('delete cm seen');
    expect((await watching).out).toMatch(/seen +0 /);
  });

  it('describes', async () => {
    expect(await kubectl('describe deploy web')).toMatch(
      /Replicas: +2 desired \| 2 updated \| 2 total \| 2 available[^]*ScalingReplicaSet/,
    );
    expect(await kubectl('describe pods -l app=web')).toMatch(/Status: +Running[^]*Scheduled/);
    expect((await tools.kubectl('describe ns t-kc')).out).toContain('Status:       Active');
    expect((await tools.kubectl('describe node embedded-1')).out).toContain('Simulated');
  });

  it('shows events and logs', async () => {
    expect(await kubectl('get events')).toContain('ScalingReplicaSet');
    expect(await kubectl('events --for deploy/web')).toContain('ScalingReplicaSet');
    expect(await kubectl('logs deploy/web --tail=1')).not.toBe('');
    expect(await kubectl('logs deploy/web -f --pod-running-timeout=5s --since=1h --limit-bytes=20')).not.toBe('');
  });

  it('shows what is used', async () => {
    await eventually(async () => (await tools.kubectl('top pods -n t-kc')).code === 0);
    expect(await kubectl('top pods')).toMatch(/CPU\(cores\) +MEMORY\(bytes\) *\nweb-/);
    expect((await tools.kubectl('top nodes')).out).toContain('embedded-1');
  });

  it('says what is not there', async () => {
    expect(await refusal('get deploy nope')).toBe('Error from server (NotFound): deployments.apps "nope" not found');
    expect(await kubectl('get deploy nope --ignore-not-found')).toBe('');
    expect(await refusal('get unicorns')).toContain(`the server doesn't have a resource type "unicorns"`);
  });
});

describe('patches', () => {
  it.each([
    ['strategic', `patch deploy web -p '{"spec":{"replicas":1}}'`, '1'],
    ['merge', `patch deploy web --type merge -p '{"spec":{"replicas":2}}'`, '2'],
    ['json', `patch deploy web --type json -p '[{"op":"replace","path":"/spec/replicas","value":3}]'`, '3'],
  ])('%s', async (_type, line, expected) => {
    expect(await kubectl(line)).toBe('deployment.apps/web patched');
    expect(await replicas()).toBe(expected);
  });

  it('of one container leave the others', async () => {
    await kubectl(
      `patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"name":"app","env":[{"name":"A","value":"1"}]}]}}}}'`,
    );
    expect(await kubectl('get deploy web -o jsonpath={.spec.template.spec.containers[*].image}')).toBe('example/web:1');
  });

  it('of the status leave the spec', async () => {
    await kubectl(
      `patch deploy web --subresource=status --type merge -p '{"spec":{"replicas":9},"status":{"observedGeneration":1}}'`,
    );
    expect(await replicas()).toBe('3');
  });

  it('that do not apply are refused', async () => {
    expect(
      await refusal(`patch deploy web --type json -p '[{"op":"test","path":"/spec/replicas","value":7}]'`),
    ).toContain('the server rejected our request');
  });

  it('annotate and label', async () => {
    expect(await kubectl('annotate deploy web a=b')).toBe('deployment.apps/web annotated');
    expect(await kubectl('label deploy web c=d')).toBe('deployment.apps/web labeled');
    expect(await refusal('label deploy web "c=not a label"')).toContain(
      'a valid label must be an empty string or consist of alphanumeric characters',
    );
  });
});
