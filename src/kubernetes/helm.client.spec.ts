import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { HelmClient, type UpgradeInstall } from './helm.client.js';
import { KubectlClient } from './kubectl.client.js';
import { ProgramRunner } from './program-runner.js';
import { Programs } from './programs.js';

let directory: string;
let runner: ProgramRunner;
let helm: HelmClient;
let kubectl: KubectlClient;

/** Both programs write down how they were called, and do what the file `behaviour` says. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
  const script = (version: string): string =>
    [
      '#!/bin/sh',
      `if [ "$1" = version ]; then printf '${version}'; exit 0; fi`,
      `printf '%s\\n' "$@" > ${directory}/arguments`,
      `cat > ${directory}/stdin`,
      `. ${directory}/behaviour`,
    ].join('\n');
  for (const [name, version] of [
    ['helm', 'v4.1.4'],
    ['kubectl', 'v1.34.5'],
  ] as const) {
    await writeFile(join(directory, name), script(version));
    await chmod(join(directory, name), 0o755);
  }
  await behave('true');
  const programs = new Programs({ searchPath: directory, cacheDirectory: directory, registry: null });
  runner = new ProgramRunner({ kubeconfigPath: () => '/run/kubeconfig', searchPath: '/usr/bin:/bin', graceMs: 100 });
  helm = new HelmClient(programs, runner);
  kubectl = new KubectlClient(programs, runner);
});

afterEach(async () => {
  await runner.close();
  await rm(directory, { recursive: true, force: true });
});

const behave = (script: string): Promise<void> => writeFile(join(directory, 'behaviour'), script);
const written = (file: string): Promise<string> => readFile(join(directory, file), 'utf8');
const arguments_ = async (): Promise<string[]> => (await written('arguments')).trimEnd().split('\n');

const install: UpgradeInstall = {
  release: 'main',
  namespace: 'ns',
  chart: { path: '/charts/web' },
  values: { password: 'hunter2', image: 'a:1' },
  labels: { 'tenantry.io/instance': 'i1' },
  timeoutSeconds: 30,
};

describe('helm upgrade --install', () => {
  test('gets its values on standard input and nowhere else', async () => {
    expect(await helm.upgradeInstall(install)).toEqual({ ok: true, stdout: '' });
    expect(JSON.parse(await written('stdin'))).toEqual(install.values);
    expect(await written('arguments')).not.toContain('hunter2');
    expect(await arguments_()).toEqual(
      expect.arrayContaining(['upgrade', '--install', '--history-max=10', '--force-conflicts']),
    );
  });

  test('fails with the cause that helm told', async () => {
    await behave(
      'echo "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress" >&2; exit 1',
    );
    expect(await helm.upgradeInstall(install)).toMatchObject({ ok: false, failure: { code: 'release_locked' } });
  });

  test('is refused before anything starts when an argument is not safe', async () => {
    const result = await helm.upgradeInstall({ ...install, chart: { path: '--post-renderer=x' } });
    expect(result).toMatchObject({ ok: false, failure: { code: 'values_invalid' } });
    await expect(written('arguments')).rejects.toThrow('ENOENT');
  });

  test('ends when it is stopped', async () => {
    await behave('sleep 60');
    const stop = new AbortController();
    const running = helm.upgradeInstall(install, {
      signal: stop.signal,
      onSpawn: () => setTimeout(() => stop.abort(), 50),
    });
    expect(await running).toMatchObject({ ok: false, failure: { code: 'cancelled', retryable: true } });
  });

  test('without a helm is helm_missing', async () => {
    await rm(join(directory, 'helm'));
    expect(await helm.upgradeInstall(install)).toMatchObject({ ok: false, failure: { code: 'helm_missing' } });
  });
});

describe('helm uninstall', () => {
  const uninstall = { release: 'main', namespace: 'ns', timeoutSeconds: 30 };

  test('that removed something says so', async () => {
    expect(await helm.uninstall(uninstall)).toEqual({ ok: true, absent: false });
  });

  test('of nothing is success, and says that it was absent', async () => {
    await behave('echo "Error: uninstall: Release not loaded: main: release: not found" >&2; exit 1');
    expect(await helm.uninstall(uninstall)).toEqual({ ok: true, absent: true });
  });

  test('that failed is a failure', async () => {
    await behave('echo "Error: kubernetes cluster unreachable: Get \\"x\\": EOF" >&2; exit 1');
    expect(await helm.uninstall(uninstall)).toMatchObject({ ok: false, failure: { code: 'cluster_unreachable' } });
  });
});

test('helm template answers objects, and a chart that renders none is render_failed', async () => {
  await behave(`printf -- '---\\napiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\n'`);
  const template = { release: 'main', namespace: 'ns', chart: { path: '/charts/web' }, values: {} };
  expect(await helm.template(template)).toMatchObject({ ok: true, objects: [{ kind: 'ConfigMap' }] });
  await behave(`echo hello`);
  expect(await helm.template(template)).toMatchObject({ ok: false, failure: { code: 'render_failed' } });
});

test('helm test says what the test that failed wrote last', async () => {
  await behave(
    `printf 'Phase: Failed\\n\\nPOD LOGS: main-smoke\\nasking\\nError: got 503\\n'; echo 'Error: pod main-smoke failed' >&2; exit 1`,
  );
  const failed = await helm.test({ release: 'main', namespace: 'ns', timeoutSeconds: 5 });
  expect(failed).toMatchObject({
    ok: false,
    failure: { code: 'hook_failed', message: 'pod main-smoke failed\nPOD LOGS: main-smoke\nasking\nError: got 503' },
  });
});

test('helm rollback and test name their release after --', async () => {
  await helm.rollback({ release: 'main', namespace: 'ns', revision: 3, timeoutSeconds: 5 });
  expect((await arguments_()).slice(-3)).toEqual(['--', 'main', '3']);
  await helm.test({ release: 'main', namespace: 'ns', timeoutSeconds: 5 });
  expect((await arguments_()).slice(-2)).toEqual(['--', 'main']);
  expect(await helm.version()).toMatchObject({ version: '4.1.4' });
});

describe('kubectl', () => {
  const web = { namespace: 'ns', kind: 'Deployment', name: 'web' } as const;
  const backup = { namespace: 'ns', kind: 'CronJob', name: 'backup' } as const;

  test.each<readonly [string, () => Promise<unknown>, readonly string[]]>([
    ['scales', () => kubectl.scale(web, 0), ['scale', '--namespace=ns', '--replicas=0', 'deployment/web']],
    [
      'scales what it expects',
      () => kubectl.scale(web, 3, { currentReplicas: 0 }),
      ['scale', '--namespace=ns', '--replicas=3', '--current-replicas=0', 'deployment/web'],
    ],
    ['restarts', () => kubectl.restart(web), ['rollout', 'restart', '--namespace=ns', 'deployment/web']],
    [
      'suspends',
      () => kubectl.suspend(backup),
      ['patch', '--namespace=ns', '--type=merge', '--patch={"spec":{"suspend":true}}', 'cronjob/backup'],
    ],
    [
      'resumes',
      () => kubectl.resume(backup),
      ['patch', '--namespace=ns', '--type=merge', '--patch={"spec":{"suspend":false}}', 'cronjob/backup'],
    ],
    [
      'deletes a namespace without waiting',
      () => kubectl.deleteNamespace('ns'),
      ['delete', '--wait=false', '--ignore-not-found', 'namespace/ns'],
    ],
  ])('%s', async (_what, act, expected) => {
    expect(await act()).toEqual({ ok: true, stdout: '' });
    expect(await arguments_()).toEqual([...expected, '--request-timeout=30s']);
  });

  test('shows what a person would look at', async () => {
    await behave('echo NAME');
    expect(await kubectl.getAll('ns')).toEqual({ ok: true, stdout: 'NAME\n' });
  });

  test('tells a conflict from a missing program', async () => {
    await behave('echo "error: Expected replicas to be 3, was 2" >&2; exit 1');
    expect(await kubectl.scale(web, 1)).toMatchObject({ ok: false, failure: { code: 'conflict' } });
    await behave('exit 127');
    expect(await kubectl.scale(web, 1)).toMatchObject({ ok: false, failure: { code: 'kubectl_missing' } });
    await rm(join(directory, 'kubectl'));
    expect(await kubectl.scale(web, 1)).toMatchObject({ ok: false, failure: { code: 'kubectl_missing' } });
  });

  test.each<readonly [string, () => unknown]>([
    ['a name that is a flag', () => kubectl.restart({ ...web, name: '--all' })],
    ['a namespace that is a flag', () => kubectl.deleteNamespace('--all')],
    ['a name with another kind in it', () => kubectl.restart({ ...web, name: 'web,secret/x' })],
    ['half a replica', () => kubectl.scale(web, 0.5)],
    ['fewer than no replicas', () => kubectl.scale(web, -1)],
  ])('refuses %s', async (_what, act) => {
    expect(act).toThrow(RangeError);
    await expect(written('arguments')).rejects.toThrow('ENOENT');
  });
});
