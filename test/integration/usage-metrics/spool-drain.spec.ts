import { Logger } from '@nestjs/common';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { DatabaseError } from '../../../src/platform/database-error.js';
import { type AppendOptions, EventLog } from '../../../src/usage-metrics/events/event-log.js';
import { EventLogStore } from '../../../src/usage-metrics/events/event-log.store.js';
import type { AppendReceipt, PendingEvent } from '../../../src/usage-metrics/events/pending-event.js';
import { EventSpool } from '../../../src/usage-metrics/spool/event-spool.service.js';
import { RejectedEvents } from '../../../src/usage-metrics/spool/rejected-events.service.js';
import { SpoolDrain } from '../../../src/usage-metrics/spool/spool-drain.service.js';
import { SpoolMetrics } from '../../../src/usage-metrics/spool/spool-metrics.service.js';
import { BreakableDatabase } from '../../setup/breakable-database.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { FakeClock } from '../../setup/fake-clock.js';
import { until } from '../../setup/until.js';
import { filesIn, SpoolBench, spoolConfig } from './spools.js';

let test: TestDatabase;
let database: BreakableDatabase;
const logged: [level: string, line: unknown][] = [];

beforeAll(async () => {
  const note = (level: string) => (line: unknown) => logged.push([level, line]);
  Logger.overrideLogger({ log: note('log'), warn: note('warn'), error: note('error') });
  test = await createTestDatabase();
  database = new BreakableDatabase(test.database);
  await test.sql("insert into public.tenants (id, slug, name) values (gen_random_uuid(), 'acme', 'Acme')");
});
afterAll(() => test.drop());

const bench = new SpoolBench();
let stop: (() => Promise<void>) | undefined;
beforeEach(() => void logged.splice(0));
afterEach(async () => {
  database.fault = 'none';
  await stop?.();
  stop = undefined;
  await bench.clear();
  await test.sql('delete from public.usage_events; delete from public.usage_event_keys');
});

/** A log that fails for some events as the database would. */
class FussyLog extends EventLog {
  readonly sizes: number[] = [];

  constructor(
    private readonly inner: EventLog,
    private readonly faultOf: (sent: readonly PendingEvent[]) => string | undefined,
  ) {
    super();
  }

  append(sent: readonly PendingEvent[], options: AppendOptions): Promise<AppendReceipt> {
    this.sizes.push(sent.length);
    const code = this.faultOf(sent);
    if (code === undefined) return this.inner.append(sent, options);
    return Promise.reject(new DatabaseError('usage_ingest: refused', { code, retryable: false }));
  }
}

interface Drained {
  readonly directory: string;
  readonly spool: EventSpool;
  readonly drain: SpoolDrain;
  readonly clock: FakeClock;
  readonly metric: (name: string) => Promise<string | undefined>;
}

async function start(options: { log?: EventLog; directory?: string } = {}): Promise<Drained> {
  const directory = options.directory ?? (await bench.directory());
  const config = spoolConfig(directory);
  const clock = new FakeClock(Date.now());
  const spool = new EventSpool(config, clock);
  const rejected = new RejectedEvents(config, clock);
  const registry = new Registry();
  const metrics = new SpoolMetrics(registry, spool, clock);
  const drain = new SpoolDrain(spool, options.log ?? new EventLogStore(database), rejected, metrics, config, clock);
  drain.onApplicationBootstrap();
  stop = async () => {
    await drain.beforeApplicationShutdown();
    expect(clock.sleeping).toBe(0);
    await rejected.onApplicationShutdown();
    await spool.onApplicationShutdown();
  };
  await until('the drain has looked', () => clock.sleeping === 1);
  const metric = async (name: string): Promise<string | undefined> =>
    new RegExp(`^tenantry_usage_spool_${name} (.*)$`, 'm').exec(await registry.metrics())?.[1];
  return { directory, spool, drain, clock, metric };
}

function events(from: number, to: number, change: Record<string, unknown> = {}): PendingEvent[] {
  return Array.from({ length: to - from }, (_, n) => ({
    subject: 'acme',
    json: JSON.stringify({ specversion: '1.0', id: String(from + n), source: 'test', type: 'used', ...change }),
  }));
}

async function stored(): Promise<string[]> {
  const rows = await test.sql<{ id: string }>('select event_id as id from public.usage_events order by seq');
  return rows.map(({ id }) => id);
}

describe('the drain of a spool', () => {
  it('waits for the database, and brings everything into it, once and in order, when it is back', async () => {
    const { directory, spool, clock, metric } = await start();
    database.fault = 'away';
    await spool.append(events(0, 1_500));
    await spool.append(events(1_500, 1_600));
    await clock.advance(10_000);
    await until('it has tried', () => clock.sleeping === 1);
    expect([await metric('events'), await metric('oldest_seconds'), await metric('available')]).toEqual([
      '1600',
      '10',
      '1',
    ]);
    expect(await stored()).toEqual([]);
    expect(logged.filter(([level]) => level === 'warn')).toHaveLength(1);
    database.fault = 'none';
    await clock.advance(60_000);
    await until('all of it is there', () => spool.size().events === 0);
    await until('it rests', () => clock.sleeping === 1);
    expect(await stored()).toEqual(Array.from({ length: 1_600 }, (_, id) => String(id)));
    expect([await metric('events'), await metric('bytes'), await metric('drained_total')]).toEqual(['0', '0', '1600']);
    expect(await filesIn(directory)).toEqual([]);
    const [row] = await test.sql<{ at: string }>(
      'select max(received_at)::text as at from public.usage_events where received_at < now()',
    );
    expect(row?.at).toBeDefined();
  });

  it('sends what is in the database already without counting it again', async () => {
    await new EventLogStore(database).append(events(0, 700), { atomic: false });
    const { spool, clock, metric } = await start();
    await spool.append(events(0, 1_000));
    await clock.advance(2_000);
    await until('all of it is sent', async () => (await metric('drained_total')) === '1000');
    expect((await stored()).sort()).toEqual(Array.from({ length: 1_000 }, (_, id) => String(id)).sort());
    expect(await metric('rejected_total')).toBeUndefined();
  });

  it('begins at the start with what an earlier process left', async () => {
    const directory = await bench.directory();
    const earlier = await bench.start(directory);
    bench.clock = new FakeClock(Date.now());
    await earlier.append(events(0, 10).map((event) => ({ ...event, receivedAt: new Date().toISOString() })));
    await earlier.onApplicationShutdown();
    const { metric } = await start({ directory });
    expect(await metric('drained_total')).toBe('10');
    expect(await stored()).toHaveLength(10);
  });

  it('writes down what the database refuses for good, with the reason, and goes on', async () => {
    const { directory, spool, clock, metric } = await start();
    await new EventLogStore(database).append(events(1, 2), { atomic: false });
    const refused = [
      { subject: 'nobody', json: '{"specversion":"1.0","id":"n","source":"test","type":"used","data":{"n":0.10}}' },
      ...events(1, 2, { type: 'another' }),
      ...events(5, 6, { time: '2999-01-01T00:00:00Z' }),
    ];
    await spool.append([...events(0, 1), ...refused, ...events(7, 8)]);
    await clock.advance(2_000);
    await until('it is empty', async () => (await metric('drained_total')) === '5');
    expect((await stored()).sort()).toEqual(['0', '1', '7']);
    const lines = (await readFile(join(directory, 'usage.rejected.jsonl'), 'utf8')).trimEnd().split('\n');
    const kept = lines.map((line): Record<string, unknown> => JSON.parse(line));
    expect(kept.map(({ code }) => code)).toEqual(['tenant_not_found', 'conflict', 'time_in_future']);
    expect(kept.map(({ json }) => json)).toEqual(refused.map(({ json }) => json));
    expect(kept[0]).toMatchObject({
      subject: 'nobody',
      message: expect.any(String),
      rejected_at: clock.now().toISOString(),
      received_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(await metric('rejected_total{code="conflict"}')).toBe('1');
    expect(logged).toContainEqual(['warn', expect.objectContaining({ events: 3 })]);
  });

  it('an event that no call can hold keeps no other from the database', async () => {
    const log = new FussyLog(new EventLogStore(database), (sent) =>
      sent.some(({ json }) => json.includes('"id":"37"')) ? '22P02' : undefined,
    );
    const { directory, spool, clock, metric } = await start({ log });
    await spool.append(events(0, 100));
    await clock.advance(2_000);
    await until('it is empty', async () => (await metric('drained_total')) === '100');
    expect(await stored()).toHaveLength(99);
    expect(await readFile(join(directory, 'usage.rejected.jsonl'), 'utf8')).toContain('"code":"database_22P02"');
    expect(log.sizes.length).toBeLessThan(20);
  });

  it('a call that takes too long is made smaller', async () => {
    const log = new FussyLog(new EventLogStore(database), ({ length }) => (length > 30 ? '57014' : undefined));
    const { spool, clock, metric } = await start({ log });
    await spool.append(events(0, 100));
    await clock.advance(2_000);
    await until('it is empty', async () => (await metric('drained_total')) === '100');
    expect(await stored()).toEqual(Array.from({ length: 100 }, (_, id) => String(id)));
  });

  it.each(['PGRST202', '42501', 'network'])(
    'a fault that is not of the events (%s) costs none of them',
    async (code) => {
      let failing = true;
      const log = new FussyLog(new EventLogStore(database), () => (failing ? code : undefined));
      const { directory, spool, clock, metric } = await start({ log });
      await spool.append(events(0, 3));
      for (let n = 0; n < 5; n += 1) {
        await clock.advance(30_000);
        await until('it has tried', () => clock.sleeping === 1);
      }
      expect(spool.size().events).toBe(3);
      failing = false;
      await clock.advance(30_000);
      await until('it is empty', async () => (await filesIn(directory)).length === 0);
      expect(await metric('drained_total')).toBe('3');
    },
  );

  it('stops in the middle of a call that is not answered', async () => {
    const { directory, spool, clock } = await start();
    await spool.append(events(0, 3));
    database.fault = 'silent';
    await clock.advance(2_000);
    const stopping = stop?.();
    database.fault = 'away';
    await stopping;
    expect(await filesIn(directory)).toHaveLength(1);
    database.fault = 'none';
    const { metric } = await start({ directory });
    expect(await metric('drained_total')).toBe('3');
  });

  it('tries once more when the process ends: its disk may end with it', async () => {
    const { directory, spool } = await start();
    await spool.append(events(0, 3));
    await stop?.();
    stop = undefined;
    expect(await filesIn(directory)).toEqual([]);
    expect(await stored()).toHaveLength(3);
  });

  it('says once that the directory cannot be used, and takes it when it can', async () => {
    const directory = await bench.directory();
    await mkdir(join(directory, '..', '..'), { recursive: true });
    const blocked = join(directory, '..');
    await writeFile(blocked, '');
    const { spool, clock, metric } = await start({ directory });
    for (let n = 0; n < 3; n += 1) {
      await clock.advance(30_000);
      await until('it has tried', () => clock.sleeping === 1);
    }
    await expect(spool.append(events(0, 1))).rejects.toMatchObject({ code: 'spool_unavailable' });
    expect(logged).toEqual([
      ['error', expect.objectContaining({ message: expect.stringContaining('cannot be used') })],
    ]);
    expect(await metric('available')).toBe('0');
    await rm(blocked);
    await clock.advance(30_000);
    await until('it is open', () => spool.isOpen);
    await spool.append(events(0, 1));
    expect(await metric('available')).toBe('1');
  });
});

describe('what was set aside', () => {
  it('goes after 90 days by the date in its name, and nothing that waits goes', async () => {
    const { directory, clock } = await start();
    const dayAgo = (days: number): string =>
      new Date(clock.now().getTime() - days * 86_400_000).toISOString().slice(0, 10);
    const names = {
      old: [
        `usage.rejected.${dayAgo(91)}.jsonl`,
        `usage.${dayAgo(91)}.2.jsonl.damaged`,
        'usage.rejected.undated.jsonl',
      ],
      kept: [`usage.rejected.${dayAgo(89)}.jsonl`, `usage.${dayAgo(200)}.jsonl`, 'usage.rejected.jsonl'],
    };
    for (const name of [...names.old, ...names.kept]) await writeFile(join(directory, name), 'x\n');
    const longAgo = new Date(clock.now().getTime() - 200 * 86_400_000);
    for (const name of ['usage.rejected.undated.jsonl', 'usage.rejected.jsonl'])
      await utimes(join(directory, name), longAgo, longAgo);
    await new RejectedEvents(spoolConfig(directory), clock).cleanUp();
    expect(await filesIn(directory)).toEqual(names.kept.sort());
  });

  it('goes from the oldest on where it is too much, and that is told', async () => {
    const { directory, clock } = await start();
    const names = [
      'usage.rejected.2099-01-01.jsonl',
      'usage.rejected.2099-01-02.jsonl',
      'usage.2099-01-03.jsonl.damaged',
    ];
    for (const name of names) await writeFile(join(directory, name), '0123456789\n'.repeat(10));
    const config = Object.assign(spoolConfig(directory), { setAsideBytes: 250 });
    await new RejectedEvents(config, clock).cleanUp();
    expect(await filesIn(directory)).toEqual(names.slice(1).sort());
    expect(logged).toEqual([['error', { message: expect.stringContaining('for room'), lines: 10 }]]);
  });
});
