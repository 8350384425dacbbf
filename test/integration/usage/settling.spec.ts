import type postgres from 'postgres';
import { z } from 'zod';
import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { readTestDatabase } from '../../setup/database.js';
import { operator } from '../../setup/provisioning.js';
import type { Asked, MeterSaid, Said } from './oracle.js';
import { day, dayOf, daysAgo, quarter, textOf, UsageWorld } from './usage-world.js';

const sum: MeterSaid = { slug: 'sum', type: 'used', aggregation: 'sum', dimensions: ['region'] };
const unique: MeterSaid = { slug: 'unique', type: 'used', aggregation: 'unique_count', dimensions: [] };
const held: MeterSaid = { slug: 'held', type: 'used', aggregation: 'time_weighted', dimensions: ['region'] };
const latest: MeterSaid = { slug: 'latest', type: 'used', aggregation: 'latest', dimensions: [] };
const meters = [sum, unique, held, latest];
const outcome = z.looseObject({ outcome: z.string() });

describe('settling', () => {
  let world: UsageWorld;
  let ids: string[];
  let other: postgres.Sql;
  let tenant: string;
  let n = 0;

  beforeEach(async () => {
    world = await UsageWorld.make();
    ids = [];
    for (const meter of meters) ids.push(await world.meter(meter));
    await world.backfill();
    [tenant = ''] = await world.tenants(1);
    const { address, name } = await readTestDatabase(world.test);
    other = connectAsOwner(address, name);
  });
  afterEach(async () => {
    await other.end({ timeout: 1 });
    await world.drop();
  });

  const event = (time: number, parts: Partial<Said> = {}): Said => {
    n += 1;
    return { tenant, id: `e${n}`, source: 's', type: 'used', time, value: '1', user: `u${n}`, ...parts };
  };
  const call = async (
    name: 'usage_partition_drop' | 'usage_day_seal' | 'usage_rebuild',
    args: object,
  ): Promise<string> => {
    const client: { rpc(name: string, args: object): Promise<unknown> } = world.test.database;
    return outcome.parse(await client.rpc(name, args)).outcome;
  };
  const close = async (from: number, to: number): Promise<unknown> =>
    world.test.database.rpc('usage_period_close', {
      p_tenant: tenant,
      p_from: new Date(from).toISOString(),
      p_to: new Date(to).toISOString(),
    });
  /** Slugs of the meters that changed in a closed period, with its first day. */
  const late = async (): Promise<string[]> => {
    const rows = await world.test.sql<{ told: string }>(
      `select m.slug || ' ' || to_char(l.starts_at at time zone 'UTC', 'YYYY-MM-DD') as told from public.usage_late_changes l
       join public.usage_meters m on m.id = l.meter_id order by 1`,
    );
    return rows.map(({ told }) => told);
  };

  describe('a period', () => {
    it('that is closed says which meters change in it later, and which do not', async () => {
      const start = daysAgo(3);
      await world.ingest([event(start)]);
      await close(start, start + day);
      expect(await late()).toEqual([]);
      await world.ingest([event(start + day)]);
      expect(await late()).toEqual([]);
      const changed = event(start + day - 1, { user: undefined });
      await world.ingest([changed]);
      const told = ['held', 'latest', 'sum'].map((slug) => `${slug} ${dayOf(start)}`);
      expect(await late()).toEqual(told);
      await world.ingest([{ ...changed, id: 'b', user: 'new' }]);
      expect(await late()).toEqual([...told, `unique ${dayOf(start)}`]);
    });

    it('that is closed says so when what is voided was in it', async () => {
      const start = daysAgo(3);
      const said = event(start + 5);
      await world.ingest([said]);
      await close(start, start + day);
      expect((await world.void(said)).outcome).toBe('voided');
      expect(await late()).toEqual(['held', 'latest', 'sum', 'unique'].map((slug) => `${slug} ${dayOf(start)}`));
    });

    it('changes by a reading before it, where that still holds in it', async () => {
      const start = daysAgo(3);
      await world.ingest([event(start - 10 * quarter, { region: 'eu' }), event(start + quarter, { region: 'eu' })]);
      await close(start, start + day);
      await close(start + day, start + 2 * day);
      // Another series has no reading that could end it: it holds in both. This one's next reading is in the first period.
      const reading = event(start - 5 * quarter, { region: 'eu', value: '7' });
      await world.ingest([reading]);
      expect(await late()).toEqual([`held ${dayOf(start)}`]);
      await world.ingest([event(start - 20 * quarter, { region: 'eu', value: '8' })]);
      await world.test.sql('delete from public.usage_late_changes');
      await world.ingest([event(start - 20 * quarter, { region: 'eu', value: '9' })]);
      expect(await late()).toEqual([]);
      expect((await world.void(reading)).outcome).toBe('voided');
      expect(await late()).toEqual([`held ${dayOf(start)}`]);
      await world.test.sql('delete from public.usage_late_changes');
      await world.ingest([event(start - quarter, { region: 'us' })]);
      expect(await late()).toEqual([`held ${dayOf(start)}`, `held ${dayOf(start + day)}`]);
    });

    it('waits for a batch that is being taken, which is in it and no late change of it', async () => {
      const start = daysAgo(3);
      await world.ingest([event(start)]);
      let closing: Promise<unknown> = Promise.resolve();
      await other.begin(async (sql) => {
        await sql`select public.usage_ingest(${textOf([event(start + 1)])}, false)`;
        closing = close(start, start + day);
        await expect(Promise.race([closing, sql`select pg_sleep(0.2)`.then(() => 'waits')])).resolves.toBe('waits');
      });
      await expect(closing).resolves.toMatchObject({ outcome: 'closed' });
      expect(await late()).toEqual([]);
    });

    it('tells of a batch that came while it was being closed', async () => {
      const start = daysAgo(3);
      await world.ingest([event(start)]);
      let taking: Promise<unknown> = Promise.resolve();
      await other.begin(async (sql) => {
        await sql`select public.usage_period_close(${tenant}, ${new Date(start)}, ${new Date(start + day)})`;
        taking = world.ingest([event(start + 1)]);
        await expect(Promise.race([taking, sql`select pg_sleep(0.2)`.then(() => 'waits')])).resolves.toBe('waits');
      });
      await taking;
      expect(await late()).toHaveLength(4);
    });
  });

  describe('a day', () => {
    const old = daysAgo(5);
    const whole = (meter: MeterSaid): Asked => ({
      meter,
      tenants: [tenant],
      bounds: [old, old + quarter, old + 2 * day],
    });
    const answers = async (): Promise<unknown[]> => Promise.all(meters.map((meter) => world.query(whole(meter))));
    const drop = (): Promise<string> => call('usage_partition_drop', { p_day: dayOf(old) });
    const seal = (days = 4): Promise<string> => call('usage_day_seal', { p_day: dayOf(old), p_days: days });
    const fill = async (): Promise<[Said, ...Said[]]> => {
      const events: [Said, ...Said[]] = [
        event(old),
        event(old + 1, { region: 'eu' }),
        event(old + 5 * quarter),
        event(old + day + 1),
      ];
      await world.ingest(events);
      return events;
    };

    it('goes when it is sealed, its periods are closed, and its counts are folded and proven; they stay as they were', async () => {
      const events = await fill();
      const [first] = events;
      await world.test.database.rpc('usage_period_open', {
        p_tenant: tenant,
        p_from: new Date(old).toISOString(),
        p_to: new Date(old + 2 * day).toISOString(),
      });
      expect(await drop()).toBe('not_sealed');
      expect(await seal(5)).toBe('kept_longer');
      expect(await seal()).toBe('sealed');
      expect(await drop()).toBe('not_closed');
      await close(old, old + 2 * day);
      expect(await drop()).toBe('not_folded');
      await world.fold();
      await world.test.sql('update public.usage_rollups set sum = sum + 1 where grain = 15 and sum is not null');
      expect(await drop()).toBe('not_verified');
      for (const id of ids) {
        const args = { p_meter: Number(id), p_day: dayOf(old), p_tenant: tenant, p_context: { ...operator } };
        expect(await call('usage_rebuild', args)).toBe('rebuilt');
      }
      const before = await answers();
      expect(await drop()).toBe('dropped');
      expect(await drop()).toBe('no_such_day');
      expect(await answers()).toEqual(before);
      expect(before.every((rows) => Array.isArray(rows) && rows.length > 0)).toBe(true);
      const refused = await world.ingest([event(old + 7), ...events]);
      expect(refused.rejected.map(({ code }) => code)).toEqual(Array(4).fill('time_too_old'));
      expect(refused.duplicates).toEqual([4]);
      expect((await world.void(first)).outcome).toBe('event_expired');
    });

    it('that is gone is not counted anew, by whomever, and is answered in whole quarters of an hour alone', async () => {
      await fill();
      await world.fold();
      await seal();
      const before = await answers();
      expect(await drop()).toBe('dropped');
      for (const id of ids) {
        const span = [new Date(old), new Date(old + day)] as const;
        await other`select public.usage_recompute(${id}, ${tenant}, ${span[0]}, ${span[1]})`;
        const args = { p_meter: Number(id), p_day: dayOf(old), p_tenant: tenant, p_context: { ...operator } };
        expect(await call('usage_rebuild', args)).toBe('raw_expired');
      }
      expect(await answers()).toEqual(before);
      for (const meter of meters) {
        for (const bounds of [
          [old + 1, old + 2 * day],
          [old, old + 60_000, old + 2 * day],
          [old, old + quarter + 1],
        ])
          expect(await world.ask({ ...whole(meter), bounds })).toMatchObject({ outcome: 'raw_expired' });
        for (const bounds of [
          [old, old + quarter],
          [old + quarter, old + day + 60_000],
          [old - 30 * day, old + 3 * quarter],
        ])
          expect(await world.ask({ ...whole(meter), bounds })).toMatchObject({ outcome: 'rows' });
      }
    });

    it('that is sealed and not gone is counted by a meter that comes then, and goes after that', async () => {
      await fill();
      await world.fold();
      await seal();
      const newer: MeterSaid = { ...sum, slug: 'newer', dimensions: [] };
      await world.meter(newer);
      expect(await drop()).toBe('not_folded');
      await world.backfill();
      expect(await world.query({ ...whole(newer), bounds: [old, old + 2 * day] })).toEqual([[0, null, {}, '4']]);
      expect(await drop()).toBe('dropped');
    });

    it('that somebody reads for long stays, and batches wait a second at most', async () => {
      await fill();
      await world.fold();
      await seal();
      await other.begin(async (sql) => {
        await sql`select count(*) from public.usage_events`;
        const dropping = drop();
        await sql`select pg_sleep(0.3)`;
        const began = performance.now();
        await expect(world.ingest([event(old + day + 9)])).resolves.toMatchObject({ accepted: 1 });
        expect(performance.now() - began).toBeLessThan(3_000);
        expect(await dropping).toBe('busy');
      });
      expect(await drop()).toBe('dropped');
    });

    it('does not deadlock with those who void and count anew', async () => {
      const events = await fill();
      await world.fold();
      await seal();
      const newer = Array.from({ length: 40 }, () => event(old + day + 3));
      await world.ingest(newer);
      const voids = newer.map((each) => world.void(each));
      const all = await Promise.all([
        drop(),
        world.meter({ ...sum, slug: 'newer' }).then(() => world.backfill()),
        ...voids,
      ]);
      expect(all[0]).toMatch(/^(dropped|busy|not_folded)$/);
      const [row] = await world.test.sql<{ deadlocks: string }>(
        'select deadlocks::text from pg_stat_database where datname = current_database()',
      );
      expect(row?.deadlocks).toBe('0');
      expect(events).toHaveLength(4);
    });
  });

  it('forgets the keys of events received 400 days ago, and those alone', async () => {
    const start = daysAgo(2);
    const [older, newer] = [event(start), event(start + 1)];
    await world.ingest([older, newer]);
    await world.test.sql(
      `update public.usage_event_keys set received_at = now() - interval '401 days' where time = $1`,
      [new Date(start).toISOString()],
    );
    const args = { p_before: new Date(daysAgo(400)).toISOString(), p_limit: 10 };
    expect(await world.test.database.rpc('usage_keys_expire', args)).toBe(1);
    expect(await world.test.database.rpc('usage_keys_expire', args)).toBe(0);
    expect(await world.ingest([older, newer])).toMatchObject({ accepted: 1, duplicates: [1] });
  });
});
