import { CHART, eventually, openTools, type Tools } from './api-tools.js';

// There is no global of that name in an ES module.
import.meta.jest.setTimeout(120_000);

/** What the recordings of a real cluster show helm to say and to leave behind. */
let tools: Tools;
let count = 0;
let namespace = '';

beforeAll(async () => {
  tools = await openTools({ controllers: { timing: { backoffMs: 200 } } });
});

beforeEach(async () => {
  count += 1;
  namespace = `t-helm-${count}`;
  await tools.kubectl(`create ns ${namespace}`);
});

afterEach(() => tools.kubectl(`delete ns ${namespace} --wait=false`));
afterAll(() => tools.close());

const TWO = '--set replicas=2 --set guards.enabled=false --set autoscaling.enabled=false';

function install(options: string) {
  return tools.helm4(`install app ${CHART} -n ${namespace} --no-hooks ${options}`);
}

function upgrade(options: string) {
  return tools.helm4(`upgrade app ${CHART} -n ${namespace} --no-hooks --reset-values ${options}`);
}

async function read(what: string, path: string): Promise<string> {
  return (await tools.kubectl(`get ${what} -n ${namespace} -o jsonpath={${path}}`)).out;
}

it('waits for pods that never are ready, and says how many are', async () => {
  const failed = await install(`${TWO} --set image=example/never-ready:1 --wait --timeout 2s`);
  expect(failed.code).toBe(1);
  expect(failed.err).toContain(
    `resource Deployment/${namespace}/app not ready. status: InProgress, message: Available: 0/2`,
  );
  expect(failed.err).toContain('context deadline exceeded');
  const again = await upgrade(`${TWO} --set image=example/never-ready:2 --wait --timeout 2s`);
  expect(again.err).toContain(
    `resource Deployment/${namespace}/app not ready. status: InProgress, message: Updated: 1/2`,
  );
  expect(await upgrade(`${TWO} --wait --timeout 20s`)).toMatchObject({ code: 0 });
});

it.each(['crash', 'pull-fail', 'oom'])('waits in vain for pods with the fault %s', async (fault) => {
  const failed = await install(`${TWO} --set image=example/${fault}:1 --wait --timeout 2s`);
  expect(failed.err).toContain('message: Available: 0/2');
});

it('says of a broken database how many pods are ready', async () => {
  const failed = await install(`${TWO} --set database.image=example/crash:1 --wait --timeout 2s`);
  expect(failed.err).toContain(
    `resource StatefulSet/${namespace}/app-db not ready. status: InProgress, message: Ready: 0/1`,
  );
});

it('cannot free a StatefulSet from a broken pod by an upgrade: somebody has to delete the pod', async () => {
  expect(await install(`${TWO} --wait --timeout 20s`)).toMatchObject({ code: 0 });
  expect((await upgrade(`${TWO} --set database.image=example/pull-fail:1 --wait --timeout 2s`)).code).toBe(1);
  expect((await upgrade(`${TWO} --wait --timeout 2s`)).code).toBe(1);
  expect(await read('pod/app-db-0', '.status.containerStatuses[0].state.waiting.reason')).toBe('ImagePullBackOff');
  await tools.kubectl(`delete pod app-db-0 -n ${namespace}`);
  expect(await upgrade(`${TWO} --wait --timeout 20s`)).toMatchObject({ code: 0 });
});

it('rolls back what failed, and the old pods have served all the time', async () => {
  await install(`${TWO} --wait --timeout 20s`);
  const failed = await upgrade(`${TWO} --set image=example/crash:1 --rollback-on-failure --timeout 2s`);
  expect(failed.code).toBe(1);
  expect(failed.err).toContain('has been rolled back due to rollback-on-failure being set');
  expect(await read('deploy/app', '.spec.template.spec.containers[0].image')).toBe('registry.example/app/web:1');
  expect(await read('deploy/app', '.status.availableReplicas')).toBe('2');
});

it('waits for a hook, and tells of one that fails', async () => {
  const hooked = `upgrade --install app ${CHART} -n ${namespace} ${TWO} --reset-values --timeout 20s`;
  const failed = await tools.helm4(`${hooked} --set migration.image=example/fail:1`);
  expect(failed.code).toBe(1);
  expect(failed.err).toMatch(
    /resource Job\/\S+\/app-migrate not ready\. status: Failed, message: Job Failed\. failed: 2\/1/,
  );
  expect(await tools.helm4(hooked)).toMatchObject({ code: 0 });
});

it('conflicts with an autoscaler that has changed the size', async () => {
  const options = '--set autoscaling.minReplicas=2 --set guards.enabled=false';
  await install(options);
  await eventually(async () => (await read('deploy/app', '.spec.replicas')) === '2');
  const refused = await upgrade(options);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain(
    'conflict with "kube-controller-manager" with subresource "scale" using apps/v1: .spec.replicas',
  );
});

it('leaves the claims behind and finds them again', async () => {
  await install(`${TWO} --wait --timeout 20s`);
  const volume = await read('pvc/data-app-db-0', '.spec.volumeName');
  expect(await tools.helm4(`uninstall app -n ${namespace} --no-hooks --wait --timeout 20s`)).toMatchObject({ code: 0 });
  expect(await read('pvc', '.items[*].metadata.name')).toBe('data-app-db-0');
  expect(await install(`${TWO} --wait --timeout 20s`)).toMatchObject({ code: 0 });
  expect(await read('pvc/data-app-db-0', '.spec.volumeName')).toBe(volume);
});

it('cannot bring more pods than the quota of the plan', async () => {
  await tools.kubectl(`create quota plan -n ${namespace} --hard=pods=2`);
  const failed = await install(`${TWO} --wait --timeout 2s`);
  expect(failed.code).toBe(1);
  const { out } = await tools.kubectl(`get events -n ${namespace} --field-selector reason=FailedCreate`);
  expect(out).toContain('exceeded quota: plan, requested: pods=1, used: pods=2, limited: pods=2');
});
