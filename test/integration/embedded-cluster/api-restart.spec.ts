import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { execa } from 'execa';
import { parse } from 'yaml';

import { EmbeddedCluster } from '../../../src/embedded/cluster/embedded-cluster.js';
import { requestsTo } from './api-requests.js';

// There is no global of that name in an ES module.
import.meta.jest.setTimeout(60_000);

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cluster-restart-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

describe('a cluster with a directory', () => {
  it('comes back at the same address with the same tokens, objects and versions', async () => {
    const first = await EmbeddedCluster.start({ directory });
    const api = await requestsTo(first);
    const made = await api.post(CONFIG_MAPS, { metadata: { name: 'kept' }, data: { x: '1' } });
    await api.post(CONFIG_MAPS, { metadata: { name: 'gone' } });
    await api.delete(`${CONFIG_MAPS}/gone`);
    const account = await api.post('/api/v1/namespaces/default/serviceaccounts/default/token', { spec: {} });
    const { token } = account.body.status as { token: string };
    await first.stop();

    const second = await EmbeddedCluster.start({ directory });
    expect(second.url).toBe(first.url);
    expect((await api.get(`${CONFIG_MAPS}/kept`)).body).toEqual(made.body);
    expect((await api.get(`${CONFIG_MAPS}/gone`)).code).toBe(404);
    expect((await api.get('/apis', { token })).code).toBe(200);
    const later = await api.post(CONFIG_MAPS, { metadata: { name: 'later' } });
    expect(Number(later.body.metadata?.resourceVersion)).toBeGreaterThan(
      Number(made.body.metadata?.resourceVersion) + 1000,
    );
    const watched = await api.watch(`${CONFIG_MAPS}?watch=true&resourceVersion=${made.body.metadata?.resourceVersion}`);
    expect(await watched.next()).toMatchObject({ type: 'ERROR', object: { code: 410 } });
    watched.close();
    await second.stop();
  });

  it('goes on with what was under way', async () => {
    const first = await EmbeddedCluster.start({ directory });
    const api = await requestsTo(first);
    const spec = { containers: [{ name: 'app', image: 'example/web:1' }] };
    await api.post('/apis/apps/v1/namespaces/default/deployments', {
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec },
      },
    });
    await first.stop();
    const second = await EmbeddedCluster.start({ directory });
    await second.controllers.settled();
    expect((await api.get('/apis/apps/v1/namespaces/default/deployments/web')).body.status).toMatchObject({
      readyReplicas: 2,
    });
    await second.stop();
  });

  it('takes another port when the last one is taken', async () => {
    const first = await EmbeddedCluster.start({ directory });
    const other = await mkdtemp(join(tmpdir(), 'cluster-other-'));
    await writeFile(join(other, 'cluster.json'), JSON.stringify({ port: Number(new URL(first.url).port) }));
    const second = await EmbeddedCluster.start({ directory: other });
    expect(second.url).not.toBe(first.url);
    await second.stop();
    await first.stop();
    await rm(other, { recursive: true });
  });

  it('lets nobody else read its kubeconfig, tokens and objects', async () => {
    const cluster = await EmbeddedCluster.start({ directory });
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(directory)) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    const kubeconfig: unknown = parse(await readFile(cluster.kubeconfigPath, 'utf8'));
    expect(kubeconfig).toMatchObject({ 'current-context': 'tenantry-embedded' });
    await cluster.stop();
  });
});

describe('a cluster that cannot start', () => {
  it('says that its directory is in use, and leaves the other one alone', async () => {
    const first = await EmbeddedCluster.start({ directory });
    await expect(EmbeddedCluster.start({ directory })).rejects.toThrow('uses this directory already');
    expect((await (await requestsTo(first)).get('/readyz')).text).toBe('ok');
    await first.stop();
  });

  it('says that its port is taken, and leaves nothing behind', async () => {
    const first = await EmbeddedCluster.start();
    const port = Number(new URL(first.url).port);
    await expect(EmbeddedCluster.start({ directory, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const second = await EmbeddedCluster.start({ directory });
    await second.stop();
    await second.stop();
    await first.stop();
  });
});

describe('a cluster without a directory', () => {
  it('leaves nothing behind', async () => {
    const cluster = await EmbeddedCluster.start();
    const { kubeconfigPath } = cluster;
    await cluster.stop();
    await expect(stat(kubeconfigPath)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the cluster as a process', () => {
  let program: string;
  const running: ChildProcess[] = [];

  beforeAll(async () => {
    program = await mkdtemp(join(tmpdir(), 'cluster-program-'));
    const swc = resolve('node_modules/.bin/swc');
    await execa(swc, [
      'src/embedded',
      'src/platform',
      '-d',
      program,
      '--strip-leading-paths',
      '--config-file',
      '.swcrc',
    ]);
    await symlink(resolve('node_modules'), join(program, 'node_modules'));
    await writeFile(join(program, 'package.json'), '{"type":"module"}');
  });

  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
  });

  afterAll(() => rm(program, { recursive: true, force: true }));

  async function start(): Promise<{ child: ChildProcess; url: string; kubeconfigPath: string }> {
    const main = join(program, 'embedded/cluster/cluster.main.js');
    const child = spawn(process.execPath, [main, '--dir', directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.push(child);
    for await (const line of createInterface({ input: child.stdout })) {
      const ready = JSON.parse(line) as { url: string; kubeconfig: string };
      return { child, url: ready.url, kubeconfigPath: ready.kubeconfig };
    }
    throw new Error('it ended before it was ready');
  }

  it('says in one line where it is, and ends cleanly when asked', async () => {
    const cluster = await start();
    const api = await requestsTo(cluster);
    expect((await api.get('/readyz')).text).toBe('ok');
    cluster.child.kill('SIGTERM');
    const [code] = (await once(cluster.child, 'exit')) as [number];
    expect(code).toBe(0);
  });

  it('runs in a thread, and leaves nothing behind when it is stopped', async () => {
    const { ClusterThread } = (await import(join(program, 'embedded/cluster/cluster-thread.js'))) as {
      ClusterThread: {
        start(directory: string): Promise<{ url: string; kubeconfigPath: string; stop(): Promise<void> }>;
      };
    };
    const cluster = await ClusterThread.start(directory);
    const api = await requestsTo(cluster);
    await api.post(CONFIG_MAPS, { metadata: { name: 'kept' } });
    await expect(ClusterThread.start(directory)).rejects.toThrow('uses this directory already');
    await cluster.stop();
    await cluster.stop();
    await expect(fetch(cluster.url)).rejects.toThrow('fetch failed');
    const again = await ClusterThread.start(directory);
    expect((await api.get(`${CONFIG_MAPS}/kept`)).body.metadata?.name).toBe('kept');
    await again.stop();
  });

  it('killed, has what it acknowledged a tenth of a second before', async () => {
    const first = await start();
    const api = await requestsTo(first);
    for (let n = 0; n < 50; n += 1) await api.post(CONFIG_MAPS, { metadata: { name: `c${n}` } });
    await sleep(100);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const second = await start();
    expect(second.url).toBe(first.url);
    const { body } = await api.get(`${CONFIG_MAPS}?limit=500`);
    expect(body.items?.filter(({ metadata }) => metadata?.name?.startsWith('c') === true).length).toBe(50);
    expect((await api.get('/api/v1/nodes')).body.items).toHaveLength(3);
    second.child.kill('SIGTERM');
    await once(second.child, 'exit');
  });
});
