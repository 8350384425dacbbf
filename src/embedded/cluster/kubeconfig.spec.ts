import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse } from 'yaml';

import { openState, saveState } from './cluster-state.js';
import { kubeconfigOf, writeKubeconfig } from './kubeconfig.js';

describe('the kubeconfig', () => {
  const config = kubeconfigOf('http://127.0.0.1:4242', 'secret/token');

  it('has the token in the URL of its current context, which is how helm and kubectl send it over plain HTTP', () => {
    expect(config).toMatchObject({
      'current-context': 'tenantry-embedded',
      contexts: [
        { name: 'tenantry-embedded', context: { cluster: 'tenantry-embedded', user: 'tenantry-embedded' } },
        {},
      ],
      clusters: [
        { name: 'tenantry-embedded', cluster: { server: 'http://tenantry-embedded:secret%2Ftoken@127.0.0.1:4242' } },
        {},
      ],
    });
  });

  it('has another context for clients that send a bearer token', () => {
    expect(config).toMatchObject({
      clusters: [
        {},
        {
          name: 'tenantry-embedded-token',
          cluster: { server: 'http://127.0.0.1:4242', 'insecure-skip-tls-verify': true },
        },
      ],
      users: [{ name: 'tenantry-embedded', user: { token: 'secret/token' } }],
    });
  });
});

describe('what is kept beside the objects', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cluster-state-'));
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is for its owner only', async () => {
    const path = join(directory, 'kubeconfig');
    await writeKubeconfig(path, 'http://127.0.0.1:1', 't');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(parse(await readFile(path, 'utf8'))).toEqual(kubeconfigOf('http://127.0.0.1:1', 't'));
    await saveState(directory, await openState(directory));
    expect((await stat(join(directory, 'cluster.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it('is new at first, and then stays', async () => {
    const first = await openState(directory);
    expect(first.token.length).toBeGreaterThan(30);
    expect(first.key.length).toBe(32);
    await saveState(directory, { ...first, port: 4242 });
    expect(await openState(directory)).toEqual({ ...first, port: 4242 });
    const other = await openState(join(directory, 'other'));
    expect(other.token).not.toBe(first.token);
  });
});
