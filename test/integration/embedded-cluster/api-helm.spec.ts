import { CHART, eventually, openTools, type Program, type Tools } from './api-tools.js';

// There is no global of that name in an ES module.
import.meta.jest.setTimeout(120_000);

/** Every kind that the chart holds. */
const KINDS =
  'networkpolicy,resourcequota,limitrange,pdb,serviceaccount,secret,configmap,role,rolebinding,service,deployment,hpa,statefulset,cronjob,ingress';

let tools: Tools;

beforeAll(async () => {
  tools = await openTools({ controllers: { timing: { backoffMs: 200 } } });
});

afterAll(() => tools.close());

async function jsonPath(namespace: string, what: string, path: string): Promise<string> {
  return (await tools.kubectl(`get ${what} -n ${namespace} -o jsonpath={${path}}`)).out;
}

async function revisions(helm: Program, namespace: string): Promise<string[]> {
  const { out } = await helm(`history app -n ${namespace} -o json`);
  return (JSON.parse(out) as { revision: number; status: string }[]).map(
    ({ revision, status }) => `${revision} ${status}`,
  );
}

describe.each([
  ['helm 4', () => tools.helm4, 4, '--rollback-on-failure'],
  ['helm 3', () => tools.helm3, 3, '--atomic'],
] as const)('%s', (name, program, major, onFailure) => {
  const helm: Program = (line, options) => program()(line, options);
  const namespace = `t-${name.replace(' ', '')}`;

  it('renders and checks a chart against the server, and makes nothing', async () => {
    expect(await helm(`template app ${CHART} -n ${namespace} --validate`)).toMatchObject({ code: 0 });
    const dry = await helm(`install app ${CHART} -n ${namespace} --dry-run=server`);
    expect(dry).toMatchObject({ code: 0, err: '' });
    expect((await tools.kubectl(`get ns ${namespace}`)).code).toBe(1);
  });

  it('installs every kind, with its hook, and waits until all is ready', async () => {
    const installed = await helm(`install app ${CHART} -n ${namespace} --create-namespace --wait --timeout 30s`);
    expect(installed).toMatchObject({ code: 0, err: '' });
    expect(installed.out).toContain('STATUS: deployed');
    const { out } = await tools.kubectl(`get ${KINDS} -n ${namespace} -l app.kubernetes.io/managed-by=Helm -o name`);
    expect(new Set(out.split('\n').map((line) => line.split('/')[0])).size).toBe(KINDS.split(',').length);
    expect(await jsonPath(namespace, 'deploy/app', '.status.readyReplicas')).toBe('1');
    expect(await jsonPath(namespace, 'sts/app-db', '.status.readyReplicas')).toBe('1');
    expect(await jsonPath(namespace, 'pvc/data-app-db-0', '.status.phase')).toBe('Bound');
    expect((await tools.kubectl(`get jobs -n ${namespace} -o name`)).out).toBe('');
  });

  it('tells what there is', async () => {
    expect((await helm(`status app -n ${namespace}`)).out).toContain('STATUS: deployed');
    expect((await helm(`list -n ${namespace} -q`)).out).toBe('app');
    expect((await helm('list -A -q')).out).toContain('app');
    expect((await helm(`get manifest app -n ${namespace}`)).out).toContain('kind: StatefulSet');
    expect((await helm(`get values app -n ${namespace} --all`)).out).toContain('replicas: 1');
    expect(await revisions(helm, namespace)).toEqual(['1 deployed']);
  });

  it('upgrades, and changes nothing the second time', async () => {
    const upgrade = `upgrade --install app ${CHART} -n ${namespace} --reset-values --set replicas=2 --wait --timeout 30s`;
    expect(await helm(`${upgrade} --dry-run=server`)).toMatchObject({ code: 0 });
    expect(await jsonPath(namespace, 'deploy/app', '.spec.replicas')).toBe('1');
    expect(await helm(upgrade)).toMatchObject({ code: 0, err: '' });
    expect(await jsonPath(namespace, 'deploy/app', '.status.readyReplicas')).toBe('2');
    const before = await jsonPath(namespace, 'deploy/app', '.metadata.generation');
    expect(await helm(upgrade)).toMatchObject({ code: 0 });
    expect(await jsonPath(namespace, 'deploy/app', '.metadata.generation')).toBe(before);
    expect(await revisions(helm, namespace)).toEqual(['1 superseded', '2 superseded', '3 deployed']);
  });

  it('fails when pods do not become ready in time, and rolls back when told so', async () => {
    const bad = `upgrade app ${CHART} -n ${namespace} --reset-values --set image=example/never-ready:1 --timeout 3s`;
    const failed = await helm(`${bad} --wait`);
    expect(failed.code).toBe(1);
    expect(failed.err).toContain(
      major === 4 ? `resource Deployment/${namespace}/app not ready. status: InProgress` : 'context deadline exceeded',
    );
    const rolledBack = await helm(`${bad} ${onFailure}`);
    expect(rolledBack.code).toBe(1);
    expect(rolledBack.err).toContain('has been rolled back due to');
    expect((await revisions(helm, namespace)).slice(3)).toEqual(['4 failed', '5 failed', '6 deployed']);
    expect(await jsonPath(namespace, 'deploy/app', '.spec.template.spec.containers[0].image')).toBe(
      'registry.example/app/web:1',
    );
  });

  it('rolls back to a revision', async () => {
    expect(await helm(`rollback app 1 -n ${namespace} --wait --timeout 30s`)).toMatchObject({ code: 0 });
    expect(await jsonPath(namespace, 'deploy/app', '.spec.replicas')).toBe('1');
  });

  it('runs the smoke test', async () => {
    const tested = await helm(`test app -n ${namespace} --timeout 30s`);
    expect(tested).toMatchObject({ code: 0 });
    expect(tested.out).toMatch(/Phase: +Succeeded/);
  });

  it('uninstalls and waits until all is gone but the claims', async () => {
    expect(await helm(`uninstall app -n ${namespace} --wait --timeout 30s`)).toMatchObject({
      code: 0,
      out: 'release "app" uninstalled',
    });
    const { out } = await tools.kubectl(`get ${KINDS} -n ${namespace} -l app.kubernetes.io/managed-by=Helm -o name`);
    expect(out).toBe('');
    expect((await tools.kubectl(`get pvc -n ${namespace} -o name`)).out).toBe('persistentvolumeclaim/data-app-db-0');
    expect((await helm(`uninstall app -n ${namespace}`)).err).toContain('release: not found');
    expect((await helm(`status app -n ${namespace}`)).err).toContain('release: not found');
  });

  it('cleans up after an install that fails, when told so', async () => {
    const failed = await helm(
      `install app ${CHART} -n ${namespace} --no-hooks --set image=example/never-ready:1 ${onFailure} --timeout 3s`,
    );
    expect(failed.code).toBe(1);
    expect(failed.err).toContain('has been uninstalled due to');
    expect((await helm(`list -n ${namespace} -a -q`)).out).toBe('');
  });

  it('says which hook failed', async () => {
    const failed = await helm(
      `install app ${CHART} -n ${namespace} --set migration.image=example/fail:1 --timeout 10s`,
    );
    expect(failed.code).toBe(1);
    expect(failed.err).toContain('failed pre-install');
    expect(await helm(`uninstall app -n ${namespace}`)).toMatchObject({ code: 0 });
  });

  it('keeps the history when told so', async () => {
    expect(await helm(`upgrade --install app ${CHART} -n ${namespace} --no-hooks`)).toMatchObject({ code: 0 });
    expect(await helm(`uninstall app -n ${namespace} --keep-history`)).toMatchObject({ code: 0 });
    expect(await revisions(helm, namespace)).toEqual(['1 uninstalled']);
  });

  it('is refused unknown fields, or only warned of them, as its requests ask for', async () => {
    const bad = await helm(`install bad test/fixtures/charts/bad-manifest -n ${namespace}`);
    expect(bad.code).toBe(major === 4 ? 1 : 0);
    expect(bad.err).toContain(
      major === 4
        ? '.spec.jobTemplate.spec.retries: field not declared in schema'
        : 'unknown field "spec.jobTemplate.spec.retries"',
    );
  });

  it('cannot install into a namespace that is going', async () => {
    await tools.kubectl(`create cm holds -n ${namespace}`);
    await tools.kubectl(
      `patch cm holds -n ${namespace} --type merge -p '{"metadata":{"finalizers":["example.com/hold"]}}'`,
    );
    await tools.kubectl(`delete ns ${namespace} --wait=false`);
    const refused = await helm(`install app ${CHART} -n ${namespace} --no-hooks`);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(
      `is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
    );
    expect((await tools.kubectl(`create ns ${namespace}`)).err).toContain(
      `object is being deleted: namespaces "${namespace}" already exists`,
    );
    await tools.kubectl(`patch cm holds -n ${namespace} --type merge -p '{"metadata":{"finalizers":null}}'`);
    await eventually(async () => (await tools.kubectl(`get ns ${namespace}`)).code === 1);
  });
});

describe('what others did to a release of helm 4', () => {
  const namespace = 't-others';

  beforeAll(async () => {
    await tools.helm4(`install app ${CHART} -n ${namespace} --create-namespace --no-hooks --wait --timeout 30s`);
  });

  it.each([
    [
      'an image that was set',
      'set image deploy/app web=example/other:1',
      'conflict with "kubectl-set" using apps/v1: .spec.template.spec.containers[name="web"].image',
    ],
    [
      'replicas that were scaled up',
      'scale deploy/app --replicas=3',
      'conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
    ],
  ])('%s is a conflict, until it is forced', async (_what, change, conflict) => {
    expect(await tools.kubectl(`${change} -n ${namespace}`)).toMatchObject({ code: 0 });
    const upgrade = `upgrade app ${CHART} -n ${namespace} --no-hooks --reset-values`;
    const refused = await tools.helm4(upgrade);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(conflict);
    expect(await tools.helm4(`${upgrade} --force-conflicts`)).toMatchObject({ code: 0 });
    expect(await jsonPath(namespace, 'deploy/app', '.spec.replicas')).toBe('1');
  });

  it('replicas that were scaled to zero come back silently', async () => {
    await tools.kubectl(`scale deploy/app -n ${namespace} --replicas=0`);
    expect(await tools.helm4(`upgrade app ${CHART} -n ${namespace} --no-hooks --reset-values`)).toMatchObject({
      code: 0,
    });
    expect(await jsonPath(namespace, 'deploy/app', '.spec.replicas')).toBe('1');
  });

  it('a finalizer keeps an uninstall from ending, although the record is gone', async () => {
    await tools.kubectl(
      `patch cm app -n ${namespace} --type merge -p '{"metadata":{"finalizers":["example.com/hold"]}}'`,
    );
    const held = await tools.helm4(`uninstall app -n ${namespace} --wait --timeout 3s`);
    expect(held.code).toBe(1);
    expect(held.err).toContain(
      `resource ConfigMap/${namespace}/app still exists. status: Terminating, message: Resource scheduled for deletion`,
    );
    expect((await tools.helm4(`list -n ${namespace} -a -q`)).out).toBe('');
    await tools.kubectl(`patch cm app -n ${namespace} --type merge -p '{"metadata":{"finalizers":null}}'`);
    await eventually(async () => (await tools.kubectl(`get cm app -n ${namespace}`)).code === 1);
  });
});

describe('an API that is away', () => {
  it('stops helm before it does anything', async () => {
    await tools.cluster.pause();
    const refused = await tools.helm4(`install app ${CHART} -n t-away`);
    await tools.cluster.resume();
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      /kubernetes cluster unreachable: Get "http:\/\/[^"]*\/version": dial tcp 127\.0\.0\.1:\d+: connect: connection refused/,
    );
    const kubeconfig = await tools.kubectl('config view --raw -o jsonpath={.users[0].user.token}');
    expect(refused.err).not.toContain(kubeconfig.out);
  });
});
