import type { SupabaseClient } from '@supabase/supabase-js';
import fc from 'fast-check';
import type postgres from 'postgres';
import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { readTestDatabase } from '../../setup/database.js';
import { TwoTenants } from '../../setup/two-tenants.js';

const words = {
  slug: 'words',
  bounds: [new Date(Date.now() - 86_400_000).toISOString(), new Date(Date.now() + 600_000).toISOString()],
  group_by: [],
  by_subject: true,
  filter: {},
  limit: 100,
  after: null,
};
const kinds = ['unique_count', 'time_weighted', 'latest', 'min'] as const;

describe('reading usage for a tenant', () => {
  let two: TwoTenants;
  let acme: string;
  let other: string;
  let owner: postgres.Sql;

  beforeAll(async () => {
    two = await TwoTenants.make();
    acme = two.acme.tenantId;
    other = two.other.tenantId;
    for (const aggregation of kinds) {
      const meter = {
        slug: aggregation,
        name: 'x',
        event_type: 'said',
        aggregation,
        value_property: '$.words',
        value_path: ['words'],
      };
      await two.test.database.rpc('usage_meter_create', { p_meter: meter, p_context: { actor: 'operator' } });
    }
    await two.test.database.rpc('usage_backfill', {});
    // Some that is not folded, too.
    const event = { specversion: '1.0', id: 'late', source: 'test', type: 'said', data: { words: 5 } };
    const events = [acme, other].map((tenant) => ({ tenant, event }));
    await two.test.database.rpc('usage_ingest', { p_events: JSON.stringify(events), p_atomic: true });
    const { address, name } = await readTestDatabase(two.test);
    owner = connectAsOwner(address, name);
  });
  afterAll(async () => {
    await owner.end({ timeout: 1 });
    await two.test.drop();
  });

  const ask = async (query: object): Promise<string> =>
    JSON.stringify(await two.test.database.rpc('usage_query', { p_query: { ...words, ...query } }));
  const list = async (query: object): Promise<string> =>
    JSON.stringify(
      await two.test.database.rpc('usage_events_list', { p_query: { limit: 100, after: null, ...query } }),
    );

  it('shows the tenants in reach, of each kind of meter, in whole quarters and in raw events', async () => {
    for (const slug of ['words', ...kinds]) {
      const aligned = words.bounds.map((bound) => `${bound.slice(0, 14)}00:00.000Z`);
      for (const some of [words.bounds, [aligned[0], words.bounds[1]]]) {
        const all = await ask({ slug, bounds: some, reach: null });
        expect([all.includes(acme), all.includes(other)]).toEqual([true, true]);
        const own = await ask({ slug, bounds: some, reach: [acme] });
        expect([own.includes(acme), own.includes(other)]).toEqual([true, false]);
      }
    }
  });

  it('shows nobody else, whatever the query says', async () => {
    const tenants = fc.option(fc.subarray([acme, other], { minLength: 0 }));
    const query = fc.record({
      slug: fc.constantFrom('words', ...kinds),
      tenants,
      group_by: fc.array(fc.constantFrom('tenant_id', 'words', `' || tenant_id || '`), { maxLength: 2 }),
      by_subject: fc.boolean(),
      filter: fc.dictionary(
        fc.constantFrom('tenant_id', `x') or true --`, `' or tenant_id is not null or '`),
        fc.constantFrom([null], ['x', null], [other]),
      ),
      after: fc.option(
        fc.tuple(fc.integer({ min: -2, max: 2 }), fc.constantFrom(null, other, acme, ''), fc.constant([])),
      ),
      limit: fc.constantFrom(1, 100),
    });
    const property = fc.asyncProperty(query, async (parts) => {
      const own = await ask({ ...parts, reach: [acme] });
      expect(own).not.toContain(other);
      // Nor a number that holds another's: the answer is that of its own tenants.
      const named = parts.tenants?.filter((tenant) => tenant === acme) ?? [acme];
      if (parts.slug === 'time_weighted') return; // It goes on with the time.
      const operators: object = JSON.parse(await ask({ ...parts, reach: null, tenants: named }));
      expect(JSON.parse(own)).toEqual({ ...operators, slugs: {} });
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('shows nothing to whom nothing is in reach', async () => {
    for (const tenants of [null, [other], [acme, other]]) {
      expect(await ask({ reach: [], tenants })).toContain('"rows":[]');
      expect(await list({ reach: [], tenants })).toContain('"rows":[]');
    }
  });

  it('lists the events of the tenants in reach', async () => {
    for (const query of [
      { tenants: [other] },
      { tenants: [acme, other] },
      { type: 'said' },
      { id: 'late' },
      { after: ['2100-01-01T00:00:00Z', '9'] },
      { voided: false },
    ]) {
      const told = await list({ ...query, reach: [acme] });
      expect([told, told.includes(other)]).toEqual([told, false]);
      expect((await list({ ...query, reach: null })).includes(other)).toBe(true);
    }
  });

  it('is over with the call: no role and no reach stay, neither after an answer nor after a fault', async () => {
    // One connection: the same session each time.
    const state = (): Promise<object[]> =>
      owner`select current_user::text as who, current_setting('role') as role, coalesce(current_setting('tenantry.reach', true), '') as reach`.then(
        (rows) => rows.map((row) => ({ ...row })),
      );
    const call = (sql: postgres.ISql, parts: object): PromiseLike<unknown> =>
      sql`select public.usage_query(${JSON.stringify({ ...words, reach: [acme], ...parts })}::text::jsonb)`;
    const before = await state();
    await call(owner, {});
    expect(await state()).toEqual(before);
    await expect(call(owner, { after: ['x', null, []] })).rejects.toMatchObject({ code: '22P02' });
    expect(await state()).toEqual(before);
    // Within the transaction, the role of the caller is back.
    await owner.begin(async (sql) => {
      await sql`set local role service_role`;
      await call(sql, {});
      expect(await sql`select current_user::text as who`).toMatchObject([{ who: 'service_role' }]);
      expect(await sql`select count(distinct tenant_id)::int as n from public.usage_events`).toMatchObject([{ n: 2 }]);
    });
  });

  it('as the reader, nothing else can be done in that role', async () => {
    await owner.begin(async (sql) => {
      await sql`select public.usage_read_for(${[acme]}::uuid[])`;
      expect(await sql`select distinct tenant_id from public.usage_events`).toEqual([{ tenant_id: acme }]);
      const tables = await sql<{ name: string; rights: string }[]>`
        select c.relname as name, string_agg(p.privilege, ' ' order by p.privilege) as rights from pg_class c
          cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate']) p (privilege)
        where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relkind in ('r', 'p', 'v') and has_table_privilege('tenant_reader', c.oid, p.privilege)
        group by 1 order by 1`;
      expect(Object.fromEntries(tables.map(({ name, rights }) => [name, rights]))).toEqual({
        usage_daily: 'select',
        usage_deltas: 'select',
        usage_distinct_values: 'select',
        usage_events: 'select',
        usage_gauges: 'select',
        usage_measures: 'select',
        usage_meters: 'select',
        usage_rollups: 'select',
        usage_stale_gauges: 'select',
      });
      const functions = await sql<{ name: string }[]>`
        select proname as name from pg_proc where pronamespace = 'public'::regnamespace and has_function_privilege('tenant_reader', oid, 'execute') order by 1`;
      expect(functions.map(({ name }) => name)).toEqual(['audit_time', 'usage_gauge_areas', 'usage_grain']);
    });
  });

  describe('past Tenantry, with a token of one’s own', () => {
    const seen = async (client: SupabaseClient, table: string, column = 'tenant_id'): Promise<Set<unknown>> => {
      const { data, error } = await client.from(table).select(column);
      if (error) throw error;
      return new Set(data.map((row) => Reflect.get(row, column)));
    };

    it('shows events and rollups of one’s own tenants alone, however they are asked for', async () => {
      for (const table of ['usage_events', 'usage_rollups']) {
        for (const role of ['owner', 'member', 'viewer'] as const)
          expect(await seen(two.clients[role], table)).toEqual(new Set([acme]));
        expect(await seen(two.clients.both, table)).toEqual(new Set([acme, other]));
        expect(await seen(two.clients.stranger, table)).toEqual(new Set());
        const { data, count } = await two.clients.owner
          .from(table)
          .select('tenant_id', { count: 'exact' })
          .eq('tenant_id', other);
        expect([data, count]).toEqual([[], 0]);
        const either = await two.clients.owner
          .from(table)
          .select('tenant_id')
          .or(`tenant_id.eq.${other},tenant_id.eq.${acme}`);
        expect(new Set(either.data?.map(({ tenant_id }) => tenant_id))).toEqual(new Set([acme]));
        expect(await two.anonymous.from(table).select('tenant_id')).toMatchObject({ status: 401, data: null });
      }
    });

    it('shows nothing of the parts, the keys, the values and what is not folded', async () => {
      const tables = [
        'usage_event_keys',
        'usage_deltas',
        'usage_distinct_values',
        'usage_gauges',
        'usage_stale_gauges',
        'usage_periods',
        'usage_late_changes',
        'usage_retention',
        'usage_measures',
      ];
      // Parts lie where no gateway looks.
      const exposed = await two.test.sql(
        `select relname from pg_class where relname ~ '^usage_event(s|_keys)_' and relkind = 'r' and relnamespace = 'public'::regnamespace`,
      );
      expect(exposed).toEqual([]);
      for (const { client, status } of two.everyone) {
        for (const table of tables)
          expect(await client.from(table).select('*')).toMatchObject({ status, error: { code: '42501' } });
        const part = await client.schema('private').from('usage_event_keys_0').select('*');
        expect(part).toMatchObject({ data: null, error: expect.anything() });
      }
    });

    it('writes and calls nothing', async () => {
      const functions = await two.test.sql<{ name: string; arguments: string[] }>(
        `select proname as name, coalesce(proargnames[1:pronargs], '{}') as arguments from pg_proc where pronamespace = 'public'::regnamespace and proname like 'usage\\_%' order by 1`,
      );
      expect(functions.length).toBeGreaterThan(25);
      for (const { client } of two.everyone) {
        for (const { name, arguments: names } of functions) {
          const args = Object.fromEntries(names.map((each) => [each, null]));
          const { error, data } = await client.rpc(name, args);
          expect({ name, data, code: error?.code }).toEqual({
            name,
            data: null,
            code: expect.stringMatching(/^(42501|PGRST20\d)$/),
          });
        }
        for (const [table, column] of [
          ['usage_events', 'tenant_id'],
          ['usage_rollups', 'tenant_id'],
          ['usage_meters', 'slug'],
        ] as const) {
          const row: Record<string, string> = { [column]: acme };
          const writes = [
            client.from(table).insert(row),
            client.from(table).update(row).eq(column, other),
            client.from(table).delete().eq(column, acme),
          ];
          for (const write of writes) expect((await write).error).toMatchObject({ code: '42501' });
        }
      }
    });

    it('gains nothing by a reach that is set: it counts for the reader alone', async () => {
      await owner.begin(async (sql) => {
        await sql`select set_config('request.jwt.claims', ${JSON.stringify({ sub: acme, role: 'authenticated' })}, true), set_config('tenantry.reach', ${`{${other}}`}, true)`;
        await sql`set local role authenticated`;
        expect(await sql`select tenant_id from public.usage_events`).toEqual([]);
        await expect(sql.savepoint((inner) => inner`select private.reach()`)).rejects.toMatchObject({ code: '42501' });
        await expect(
          sql.savepoint((inner) => inner`select public.usage_read_for(array[${other}]::uuid[])`),
        ).rejects.toMatchObject({ code: '42501' });
      });
    });

    it('is no reader, and a token that says so is refused', async () => {
      for (const role of ['anon', 'authenticated', 'service_role']) {
        const [row] = await owner<{ member: boolean }[]>`select pg_has_role(${role}, 'tenant_reader', 'set') as member`;
        expect([role, row?.member]).toEqual([role, false]);
      }
    });
  });
});
