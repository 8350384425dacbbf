import type postgres from 'postgres';
import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { operator } from '../../setup/provisioning.js';
import { readTestDatabase } from '../../setup/database.js';
import { type MeterSaid, Oracle, type Said, comparable } from './oracle.js';
import { day, daysAgo, quarter, textOf, UsageWorld } from './usage-world.js';

const kinds = ['sum', 'count', 'avg', 'min', 'max', 'unique_count', 'latest', 'time_weighted'] as const;
const meters = kinds.map((aggregation): MeterSaid => ({
  slug: aggregation.replace('_', '-'),
  type: 'used',
  aggregation,
  dimensions: ['region'],
}));
const start = daysAgo(2);
const [sum, , , , max, unique] = meters as [MeterSaid, MeterSaid, MeterSaid, MeterSaid, MeterSaid, MeterSaid];

describe('counting while others do', () => {
  let world: UsageWorld;
  let ids: string[];

  beforeEach(async () => {
    world = await UsageWorld.make();
    ids = [];
    for (const meter of meters) ids.push(await world.meter(meter));
    await world.backfill();
  });
  afterEach(() => world.drop());

  const connect = async (): Promise<postgres.Sql> => {
    const { address, name } = await readTestDatabase(world.test);
    return connectAsOwner(address, name);
  };
  const event = (tenant: string, n: number, parts: Partial<Said> = {}): Said => ({
    tenant,
    source: 's',
    id: `e${n}`,
    type: 'used',
    time: start + ((n * 7_919_017) % day),
    value: `${(n % 97) + 1}.5`,
    user: `u${n % 23}`,
    region: n % 3 === 0 ? 'eu' : 'us',
    ...parts,
  });
  const differences = async (): Promise<unknown[]> => {
    const found: unknown[] = [];
    for (const id of ids) found.push(...(await world.differences(id, start, start + 2 * day)));
    return found;
  };

  it('never shows less than was acknowledged or than it did before, and ends where the events are', async () => {
    const tenants = await world.tenants(3);
    const oracle = new Oracle();
    const acknowledged = new Map(tenants.map((tenant) => [tenant, 0]));
    const whole = (tenant: string) => ({ meter: sum, tenants: [tenant], bounds: [start, start + day] });
    const shown = async (tenant: string): Promise<number> => Number((await world.query(whole(tenant)))[0]?.[3] ?? 0);
    const written = new AbortController();
    let writing = 4;
    const write = async (writer: number): Promise<void> => {
      const sent: Said[] = [];
      for (let batch = 0; batch < 8; batch++) {
        const fresh = tenants.flatMap((tenant) =>
          Array.from({ length: 8 }, (_, n) => event(tenant, (writer * 12 + batch) * 8 + n)),
        );
        const events = [...fresh, ...sent.filter((_, n) => n % 4 === batch % 4)].toReversed();
        const { accepted } = await world.ingest(events);
        expect(accepted).toBe(fresh.length);
        sent.push(...fresh);
        for (const said of fresh) {
          oracle.ingest(said);
          acknowledged.set(said.tenant, (acknowledged.get(said.tenant) ?? 0) + Number(said.value));
        }
        const before = tenants.map((tenant) => acknowledged.get(tenant) ?? 0);
        const after = await Promise.all(tenants.map(shown));
        after.forEach((each, n) => expect(each).toBeGreaterThanOrEqual(before[n] ?? 0));
      }
      writing -= 1;
      if (writing === 0) written.abort();
    };
    const compact = async (): Promise<void> => {
      while (!written.signal.aborted) await world.compact(7);
    };
    const watch = async (): Promise<void> => {
      for (let last = tenants.map(() => 0); !written.signal.aborted;) {
        const now = await Promise.all(tenants.map(shown));
        now.forEach((each, n) => expect(each).toBeGreaterThanOrEqual(last[n] ?? 0));
        last = now;
      }
    };
    await Promise.all([write(0), write(1), write(2), write(3), compact(), compact(), watch()]);
    for (const meter of meters) {
      const asked = {
        meter,
        tenants,
        bounds: [start, start + day / 2, start + day],
        bySubject: true,
        groupBy: ['region'] as const,
      };
      expect(comparable(await world.query(asked), asked)).toEqual(comparable(oracle.query(asked, Date.now()), asked));
    }
    await world.fold();
    expect(await differences()).toEqual([]);
  });

  it('ends where the events are when some are voided, rebuilt and sent again meanwhile', async () => {
    const [tenant = ''] = await world.tenants(1);
    const oracle = new Oracle();
    // Few values in few quarters: all meet. No two at one time, of which the latest would be the one that came last, in whatever order they come.
    const some = (n: number): Said =>
      event(tenant, n, { time: start + (n % 3) * quarter + n, user: `u${n % 4}`, value: `${n % 5}` });
    const write = async (writer: number): Promise<void> => {
      for (let batch = 0; batch < 5; batch++) {
        const events = Array.from({ length: 4 }, (_, n) => some(writer * 100 + batch * 4 + n));
        await world.ingest(events);
        for (const said of events) oracle.ingest(said);
        for (const said of events.slice(0, 3)) {
          expect((await world.void(said)).outcome).toBe('voided');
          expect(oracle.void(said)).toBe(true);
        }
        expect(await world.ingest(events)).toMatchObject({ accepted: 0, rejected: [] });
      }
    };
    const written = new AbortController();
    const compact = async (): Promise<void> => {
      while (!written.signal.aborted) await world.compact(5);
    };
    const rebuild = async (): Promise<void> => {
      for (let n = 0; !written.signal.aborted; n++)
        await world.test.database.rpc('usage_rebuild', {
          p_meter: Number(ids[n % ids.length]),
          p_day: new Date(start).toISOString().slice(0, 10),
          p_tenant: tenant,
          p_context: { ...operator },
        });
    };
    const all = Promise.all([write(0), write(1), write(2), write(3)]).finally(() => written.abort());
    await Promise.all([all, compact(), compact(), rebuild()]);
    await world.fold();
    expect(await differences()).toEqual([]);
    for (const meter of meters) {
      const asked = { meter, tenants: [tenant], bounds: [start, start + quarter, start + 2 * quarter, start + day] };
      expect(comparable(await world.query(asked), asked)).toEqual(comparable(oracle.query(asked, Date.now()), asked));
    }
  });

  it('keeps a unique value that is voided while a batch brings it again', async () => {
    const [tenant = ''] = await world.tenants(1);
    const asked = { meter: unique, tenants: [tenant], bounds: [start, start + day] };
    for (let n = 0; n < 12; n++) {
      const user = `v${n}`;
      const [first, second] = [
        event(tenant, 2 * n, { user, time: start }),
        event(tenant, 2 * n + 1, { user, time: start }),
      ];
      await world.ingest([first]);
      await Promise.all([world.ingest([second]), world.void(first)]);
      expect(await world.query(asked)).toEqual([[0, null, {}, `${n + 1}`]]);
    }
  });

  it('counts a batch that waits for one that is undone', async () => {
    const [tenant = ''] = await world.tenants(1);
    const [one, two] = [event(tenant, 1), event(tenant, 2, { user: 'u1', time: event(tenant, 1).time })];
    await world.ingest([event(tenant, 9)]);
    const other = await connect();
    try {
      const waiting = await other
        .begin(async (sql) => {
          await sql`select public.usage_ingest(${textOf([one])}, false)`;
          const second = world.ingest([one, two]);
          await expect(Promise.race([second, sql`select pg_sleep(0.2)`.then(() => 'waits')])).resolves.toBe('waits');
          throw Object.assign(new Error('undone'), { second });
        })
        .catch((error: { second: ReturnType<UsageWorld['ingest']> }) => error.second);
      expect(waiting).toMatchObject({ accepted: 2, duplicates: [] });
    } finally {
      await other.end({ timeout: 1 });
    }
    await world.fold();
    expect(await differences()).toEqual([]);
  });

  it('takes one batch that eight send at once, each in another order, once and without a deadlock', async () => {
    const tenants = await world.tenants(2);
    for (let round = 0; round < 3; round++) {
      const events = Array.from({ length: 120 }, (_, n) => event(tenants[n % 2] ?? '', round * 1_000 + n));
      const receipts = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          world.ingest([...events.slice(n * 15), ...events.slice(0, n * 15)][n % 2 ? 'toReversed' : 'slice']()),
        ),
      );
      expect(receipts.reduce((accepted, receipt) => accepted + receipt.accepted, 0)).toBe(120);
      expect(receipts.every(({ rejected }) => rejected.length === 0)).toBe(true);
    }
    const [row] = await world.test.sql<{ deadlocks: string }>(
      'select deadlocks::text from pg_stat_database where datname = current_database()',
    );
    expect(row?.deadlocks).toBe('0');
    const asked = { meter: max, tenants, bounds: [start, start + day] };
    expect((await world.query(asked))[0]?.[3]).toBe('97.5');
  });
});
