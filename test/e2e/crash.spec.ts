import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SpawnedService, spawnService } from '../setup/spawned-service.js';

describe('the process is killed outright', () => {
  let directory: string;
  let service: SpawnedService | undefined;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tenantry-crash-'));
    // The embedded Postgres runs as another user when this runs as root, and must be able to enter.
    await chmod(directory, 0o711);
  });

  afterEach(async () => {
    await service?.end('SIGKILL');
    // A Postgres whose parent was killed may still be ending.
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  // A kill at each of these steps leaves another kind of half-done work behind.
  it.each(['prepare_namespace', 'install_release', 'wait_for_readiness'])(
    'in %s of a create: started again, it goes on to running without a human',
    async (step) => {
      service = await spawnService(directory, { TENANTRY_LEASE_SECONDS: '2' });
      await service.client.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme', plan: 'starter' });
      const { instance, operation } = await service.client.ask('PUT', '/v1/tenants/acme/instances/main', {
        blueprint: 'web-app',
        values: { secrets: { KEY: 'canary-s3cret' } },
      });
      const { client } = service;
      await client.until(`the create is in ${step}`, async () => {
        const { steps } = await client.operation(operation?.id ?? '');
        return steps.some(({ name }) => name === step) ? true : undefined;
      });
      expect(await service.end('SIGKILL')).toBeNull();

      service = await spawnService(directory, { TENANTRY_LEASE_SECONDS: '2' });
      const ended = await service.client.ended(operation);
      expect(ended).toMatchObject({ status: 'succeeded', error: null });
      expect(await service.client.instance(instance?.id ?? '')).toMatchObject({
        status: 'running',
        drift: { state: 'none' },
      });
      expect(service.output()).not.toContain('canary-s3cret');
    },
  );

  it('and its Postgres goes with it', async () => {
    service = await spawnService(directory);
    const children = await descendantsOf(service.pid);
    expect(children.length).toBeGreaterThan(3);
    await service.end('SIGKILL');
    const { client } = service;
    await client.until('no child of it is left', async () =>
      (await living(children)).length === 0 ? true : undefined,
    );
  });

  it('while SIGTERM ends it with code 0 and leaves no process', async () => {
    service = await spawnService(directory);
    const children = await descendantsOf(service.pid);
    expect(await service.end('SIGTERM')).toBe(0);
    expect(await living(children)).toEqual([]);
  });
});

interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** Tells a process from a later one of the same pid. */
  readonly startedAt: string;
}

async function descendantsOf(pid: number): Promise<RunningProcess[]> {
  const all = await processes();
  const found = all.filter(({ parent }) => parent === pid);
  for (const each of found) found.push(...all.filter(({ parent }) => parent === each.pid));
  return found;
}

async function living(known: readonly RunningProcess[]): Promise<RunningProcess[]> {
  const all = await processes();
  return known.filter((each) => all.some(({ pid, startedAt }) => pid === each.pid && startedAt === each.startedAt));
}

async function processes(): Promise<RunningProcess[]> {
  const entries = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const stats = await Promise.all(entries.map((entry) => readFile(`/proc/${entry}/stat`, 'latin1').catch(() => '')));
  return stats.flatMap((stat) => {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended: only its parent has not asked for its exit code yet.
    if (stat === '' || fields[0] === 'Z') return [];
    return [{ pid: Number(stat.split(' ', 1)[0]), parent: Number(fields[1]), startedAt: fields[19] ?? '' }];
  });
}
