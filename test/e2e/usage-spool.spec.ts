import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { SystemClock } from '../../src/platform/clock.js';
import { EventSpool } from '../../src/usage-metrics/spool/event-spool.service.js';
import { SpoolConfig } from '../../src/usage-metrics/spool/spool.config.js';
import { BreakableDatabase } from '../setup/breakable-database.js';
import { startTestService, type TestService } from '../setup/test-service.js';

const writer = join(import.meta.dirname, 'fixtures', 'spool-writer.mjs');

describe('usage events while the database is away', () => {
  let service: TestService;
  let directory: string;
  let database: BreakableDatabase;
  const log: string[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tenantry-spool-e2e-'));
    service = await startTestService(
      { TENANTRY_DATA_DIR: directory, TENANTRY_USAGE_SPOOL_MIB: '1', LOG_LEVEL: 'info' },
      (line) => log.push(line),
      (inner) => (database = new BreakableDatabase(inner)),
    );
    await service.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme' });
  });

  afterAll(async () => {
    database.fault = 'none';
    await service.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const event = (id: string, data: object = {}): object => ({
    specversion: '1.0',
    id,
    source: 'spool',
    type: 'used',
    subject: 'acme',
    data,
  });

  const send = (body: object): Promise<{ status: number; body: unknown; headers: Headers }> =>
    service.request('POST', '/v1/usage/events', body, { 'content-type': 'application/cloudevents-batch+json' });

  async function stored(): Promise<string[]> {
    const rows = await service.database.sql<{ event_id: string }>(
      "select event_id from public.usage_events where source = 'spool' order by event_id",
    );
    return rows.map(({ event_id: id }) => id);
  }

  it('are taken with 202, wait on the disk, and are in the database when it is back, once', async () => {
    expect(await send([event('a')])).toMatchObject({ status: 200 });
    database.fault = 'away';
    expect(await send([event('a'), event('b')])).toMatchObject({ status: 202, body: { spooled: 2 } });
    expect(await Promise.all([send([event('c')]), send([event('b')])])).toMatchObject([
      { status: 202 },
      { status: 202 },
    ]);
    const [file] = await readdir(join(directory, 'spool', 'usage')).then((names) =>
      names.filter((name) => name !== 'owner'),
    );
    expect(await readFile(join(directory, 'spool', 'usage', file ?? ''), 'utf8')).toContain('spool');
    expect((await fetch(`${service.url}/readyz`)).status).toBe(503);
    database.fault = 'none';
    await service.until('they are in the database', async () => ((await stored()).length === 3 ? true : undefined));
    expect(await stored()).toEqual(['a', 'b', 'c']);
    const { body: status } = await service.request('GET', '/v1/admin/status');
    expect(status).toMatchObject({ usage_spool: { available: true } });
  });

  it('are refused with 503 when there is no more room, and taken again after that', async () => {
    database.fault = 'away';
    const wide = (id: string): object => event(id, { text: 'x'.repeat(50_000) });
    let refused;
    for (let n = 0; refused === undefined; n += 1) {
      const answered = await send([wide(`w-${n}`)]);
      if (answered.status !== 202) refused = answered;
    }
    expect(refused).toMatchObject({ status: 503, body: { code: 'spool_full' } });
    expect(refused.headers.get('retry-after')).toBe('5');
    database.fault = 'none';
    await service.until('room is there', async () => ((await send([event('d')])).status === 200 ? true : undefined));
  });
});

describe('a process that keeps events', () => {
  let directory: string;
  beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'tenantry-spool-kill-'))));
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('and is killed, again and again, loses none that it acknowledged', async () => {
    const path = join(directory, 'usage');
    const acknowledged: number[] = [];
    const rounds = 8;
    for (let round = 0; round < rounds; round += 1) {
      const child = spawn(process.execPath, [writer, path, String(round * 1_000_000)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const output = text(child.stdout);
      // Its output ends before the process does; until then the directory is still its own.
      const ended = once(child, 'close');
      await once(child.stdout, 'readable');
      await delay(20 + Math.random() * 200);
      child.kill('SIGKILL');
      // The last line may be torn: then it was not said.
      acknowledged.push(...(await output).split('\n').slice(0, -1).map(Number));
      await ended;
    }
    const spool = new EventSpool(new SpoolConfig({ TENANTRY_USAGE_SPOOL_MIB: 64 }, path), new SystemClock());
    await spool.open();
    const sent: number[] = [];
    await spool.drain(
      async (events) => void sent.push(...events.map(({ json }) => Number(JSON.parse(json).id))),
      new AbortController().signal,
    );
    await spool.onApplicationShutdown();
    expect(acknowledged.length).toBeGreaterThan(rounds * 10);
    expect(new Set(sent).size).toBe(sent.length);
    expect(spool.damagedLines).toBe(0);
    const said = new Set(acknowledged);
    expect(sent.filter((id) => said.has(id))).toEqual(acknowledged);
    // What was on the disk and not said yet: of the writers that were waiting.
    expect(sent.length - acknowledged.length).toBeLessThanOrEqual(rounds * 8 * 2);
    // A live file may be there, empty: the last one was killed when it had made it.
    expect((await readdir(path)).filter((name) => name !== 'usage.jsonl')).toEqual([]);
  });

  it('and may not write there, says so, and takes none', async () => {
    await chmod(directory, 0o555);
    // Root may write anywhere.
    const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const child = spawn(process.execPath, [writer, join(directory, 'usage'), '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      ...account,
    });
    expect(await text(child.stdout)).toBe('open EACCES\nappend spool_unavailable\n');
    await chmod(directory, 0o755);
  });
});
