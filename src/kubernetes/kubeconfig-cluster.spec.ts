import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { connectionOf } from './connection.js';
import { KubeconfigCluster } from './kubeconfig-cluster.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const yaml = (name: string): string => `
apiVersion: v1
kind: Config
current-context: ${name}
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}}}]
clusters: [{name: ${name}, cluster: {server: "https://${name}.example.com"}}]
users: [{name: ${name}, user: {token: secret-${name}}}]
`;

test('the chosen context is kept in a private file that later changes do not reach', async () => {
  const [one, two] = [join(directory, 'one'), join(directory, 'two')];
  await writeFile(one, yaml('one'));
  await writeFile(two, yaml('two'));
  const cluster = new KubeconfigCluster('main', {
    kind: 'files',
    kubeconfig: [one, two].join(delimiter),
    context: 'two',
  });
  expect(() => cluster.kubeconfigPath).toThrow('not started');
  await cluster.start();
  const path = cluster.kubeconfigPath;
  try {
    await writeFile(one, yaml('changed'));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await connectionOf(path)).server.href).toBe('https://two.example.com/');
    expect(cluster.describe()).toBe('main: https://two.example.com');
    expect(cluster.simulated).toBe(false);
    await cluster.start();
    expect(cluster.kubeconfigPath).toBe(path);
    await rm(dirname(path), { recursive: true });
    expect((await stat(cluster.kubeconfigPath)).mode & 0o777).toBe(0o600);
  } finally {
    await cluster.stop();
  }
  await expect(stat(path)).rejects.toThrow('ENOENT');
});

test('in a cluster a rotated token is taken up', async () => {
  const account = join(directory, 'account');
  await mkdir(account);
  await writeFile(join(account, 'token'), 'first');
  await writeFile(join(account, 'ca.crt'), 'CA');
  const cluster = new KubeconfigCluster('own', {
    kind: 'in-cluster',
    host: '10.0.0.1',
    port: '443',
    directory: account,
  });
  await cluster.start();
  try {
    expect(await readFile(cluster.kubeconfigPath, 'utf8')).not.toContain('first');
    const authorization = async (): Promise<unknown> =>
      (await (await connectionOf(cluster.kubeconfigPath)).credentials()).headers['Authorization'];
    expect(await authorization()).toBe('Bearer first');
    await writeFile(join(account, 'token'), 'second');
    expect(await authorization()).toBe('Bearer second');
  } finally {
    await cluster.stop();
  }
});

test.each([
  ['a file that is not there', { kind: 'files', kubeconfig: '/nowhere/kubeconfig' } as const, 'ENOENT'],
  [
    'a pod without a service account',
    { kind: 'in-cluster', host: 'h', port: '1', directory: '/nowhere' } as const,
    'ENOENT',
  ],
])('%s stops the start', async (_what, source, message) => {
  const cluster = new KubeconfigCluster('x', source);
  await expect(cluster.start()).rejects.toThrow(message);
  await cluster.stop();
});
