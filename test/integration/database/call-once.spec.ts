import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { IdempotencyStore } from '../../../src/platform/idempotency/idempotency.store.js';
import type { Claim } from '../../../src/platform/idempotency/journal.js';
import type { Calls } from '../../contracts/database-under-contract.js';
import { valuesContract } from '../../contracts/database-values.contract.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { inAttempt, KeyedDatabase } from '../../setup/keyed-database.js';

const fixtures = new URL('../../contracts/database-contract.sql', import.meta.url);

// What a writer may take and give, besides what the contract has.
const writers = `
  create function public.contract_types(p_id uuid, p_big bigint, p_exact numeric, p_flag boolean, p_at timestamptz, p_names text[],
    p_ids uuid[], p_data jsonb, p_int integer, p_text text) returns jsonb language sql volatile set search_path = '' as $$
    select jsonb_build_object('id', p_id, 'big', p_big::text, 'exact', p_exact::text, 'flag', p_flag,
      'at', to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS'), 'names', p_names, 'ids', p_ids, 'data', p_data,
      'int', p_int, 'text', p_text)
  $$;
  create function public.contract_add_rows(p_keys text[]) returns setof public.contract_items language sql volatile set search_path = '' as $$
    insert into public.contract_items select k, 1 from unnest(p_keys) k returning *
  $$;
  create function public.contract_words() returns setof text language sql volatile set search_path = '' as $$
    select w from unnest(array['a', 'b']) w
  $$;
  create function public.contract_big() returns bigint language sql volatile set search_path = '' as $$ select 9007199254740991 $$;
  create function public.contract_trigger() returns trigger language plpgsql set search_path = '' as $$ begin return new; end $$;`;

// Functions with a statement_timeout that no request with a key calls.
const backgroundFunctions = [
  'billing_costs_scan',
  'billing_quantities',
  'billing_usage_raw',
  'usage_partition_drop',
  'usage_rebuild',
  'usage_verify',
];

describe('a function that is called once', () => {
  let test: TestDatabase;
  let keyed: Calls;
  let calls: Calls;
  let store: IdempotencyStore;

  beforeAll(async () => {
    test = await createTestDatabase();
    await test.sql(await readFile(fixtures, 'utf8'));
    await test.sql(writers);
    calls = test.database;
    keyed = new KeyedDatabase(test.database);
    store = new IdempotencyStore(test.database);
  });
  afterAll(() => test.drop());
  beforeEach(() => test.sql('delete from public.contract_items'));

  // Whatever a direct call takes and gives.
  valuesContract(() => ({
    database: new KeyedDatabase(test.database),
    anonymous: test.database.clientWith(test.database.keys.publishableKey),
    sql: (statements) => test.sql(statements),
    close: () => Promise.resolve(),
  }));

  async function claim(): Promise<Claim> {
    const claimed = { owner: 'test', key: randomUUID(), attempt: randomUUID() };
    await store.claim(claimed, 'fingerprint', 60_000);
    return claimed;
  }

  const items = () => test.sql('select key, quantity from public.contract_items order by key');
  const rowOf = async ({ key }: Claim) =>
    (await test.sql<{ steps: object }>('select steps from public.idempotency_keys where key = $1', [key]))[0]?.steps;

  it('takes arguments of every type that writers have', async () => {
    const args = {
      p_id: '0193f0a0-0000-7000-8000-000000000001',
      p_big: '9007199254740993',
      p_exact: '123456789012345678901234567890.123456789',
      p_flag: false,
      p_at: '2026-11-20T10:00:00.123+02:00',
      p_names: ['', 'a,b', '{c}', '"d"', 'NULL'],
      p_ids: ['0193f0a0-0000-7000-8000-000000000002'],
      p_data: { a: [1, { b: null }], text: '"{}' },
      p_int: -7,
      p_text: "O'Brien",
    };
    const expected = {
      id: args.p_id,
      big: args.p_big,
      exact: args.p_exact,
      flag: false,
      at: '2026-11-20T08:00:00.123',
      names: args.p_names,
      ids: args.p_ids,
      data: args.p_data,
      int: -7,
      text: "O'Brien",
    };
    await expect(keyed.rpc('contract_types', args)).resolves.toEqual(expected);
    await expect(calls.rpc('contract_types', args)).resolves.toEqual(expected);
    const nulls = Object.fromEntries(Object.keys(args).map((name) => [name, null]));
    const none = Object.fromEntries(Object.keys(expected).map((name) => [name, null]));
    await expect(keyed.rpc('contract_types', nulls)).resolves.toEqual(none);
    await expect(calls.rpc('contract_types', nulls)).resolves.toEqual(none);
  });

  it('gives rows, words, a number and nothing as a direct call does', async () => {
    await expect(keyed.rpc('contract_add_rows', { p_keys: ['a', 'b'] })).resolves.toEqual([
      { key: 'a', quantity: 1 },
      { key: 'b', quantity: 1 },
    ]);
    await expect(keyed.rpc('contract_add_rows', { p_keys: [] })).resolves.toEqual([]);
    for (const name of ['contract_words', 'contract_big', 'contract_nothing', 'contract_who']) {
      await expect(keyed.rpc(name, {})).resolves.toEqual(await calls.rpc(name, {}));
    }
  });

  it.each(['PT400', 'PT404', 'PT409', 'PT422', 'P0001', '22023', '40001'])(
    'raises %s as it raised it, and leaves nothing of itself',
    async (code) => {
      const of = async (which: Calls) => which.rpc('contract_raise', { p_code: code }).catch((error: unknown) => error);
      const raised = await of(keyed);
      const direct = await of(calls);
      expect(raised).toEqual(direct);
      expect({ ...(raised as object) }).toEqual({ ...(direct as object) });
    },
  );

  it('is undone with the note of it when it raises, and may be called again', async () => {
    const claimed = await claim();
    await inAttempt(claimed, async () => {
      await expect(calls.rpc('contract_add_then_raise', { p_key: 'a' })).rejects.toMatchObject({ code: 'PT422' });
      await expect(calls.rpc('contract_insert', { p_key: 'b', p_quantity: -1 })).rejects.toMatchObject({
        code: '23514',
      });
    });
    await expect(items()).resolves.toEqual([]);
    await expect(rowOf(claimed)).resolves.toEqual({});
  });

  it('writes down its answer in the transaction of the change', async () => {
    const claimed = await claim();
    await inAttempt(claimed, () => calls.rpc('contract_add', { p_key: 'a', p_quantity: 5 }));
    await expect(rowOf(claimed)).resolves.toEqual({ 'contract_add#0': { result: 5, journal: '{}' } });
  });

  it('is not called again by the same attempt whose answer was lost on the way, nor by fifty at once', async () => {
    const claimed = await claim();
    const add = () => inAttempt(claimed, () => calls.rpc('contract_add', { p_key: 'a', p_quantity: 5 }));
    await expect(Promise.all(Array.from({ length: 50 }, add))).resolves.toEqual(Array(50).fill(5));
    await expect(items()).resolves.toEqual([{ key: 'a', quantity: 5 }]);
  });

  it('is called as often as the request asks for it', async () => {
    const claimed = await claim();
    await inAttempt(claimed, async () => {
      await calls.rpc('contract_add', { p_key: 'a', p_quantity: 1 });
      await calls.rpc('contract_add', { p_key: 'a', p_quantity: 1 });
    });
    await expect(items()).resolves.toEqual([{ key: 'a', quantity: 2 }]);
    expect(Object.keys((await rowOf(claimed)) ?? {})).toEqual(['contract_add#0', 'contract_add#1']);
  });

  it('is not called by an attempt whose request another one has taken over', async () => {
    const claimed = await claim();
    await test.sql(`update public.idempotency_keys set lease_until = now() - interval '1 s' where key = $1`, [
      claimed.key,
    ]);
    await store.claim({ ...claimed, attempt: randomUUID() }, 'fingerprint', 60_000);
    await inAttempt(claimed, () =>
      expect(calls.rpc('contract_add', { p_key: 'a', p_quantity: 1 })).rejects.toMatchObject({
        kind: 'conflict',
        code: 'idempotency_in_progress',
      }),
    );
    await expect(items()).resolves.toEqual([]);
  });

  it.each([
    ['one that is not there', 'contract_missing', {}],
    ['an argument that is not there', 'contract_default', { p_other: 1 }],
    ['one that lacks an argument', 'contract_add', { p_key: 'a' }],
    ['a trigger', 'contract_trigger', {}],
    ['one outside of public', 'pg_sleep', { seconds: 0 }],
    ['itself', 'call_once', {}],
    ['what keeps the keys', 'idempotency_sweep', { p_limit: 1 }],
    ['a statement', 'ping(); drop table public.contract_items; --', {}],
  ])('is not %s', async (_, name, args) => {
    await expect(keyed.rpc(name, args)).rejects.toMatchObject({ name: 'DatabaseError', code: '42883' });
  });

  it('cannot smuggle a statement in by the name of an argument', async () => {
    await expect(keyed.rpc('contract_default', { 'p_value integer); drop table x; --': 1 })).rejects.toMatchObject({
      code: '42883',
    });
  });

  it('has no time limit of its own, which would not hold', async () => {
    for (const name of ['contract_take_time', 'contract_hurry']) {
      const args = name === 'contract_hurry' ? { p_ms: 1 } : {};
      await expect(keyed.rpc(name, args)).rejects.toMatchObject({ code: '0A000', message: /time limit of its own/ });
    }
  });

  it('may have the time limit of the function that calls it', async () => {
    await test.sql(`
      create function public.contract_call_once_42s(p_owner text, p_key text, p_attempt uuid, p_step text, p_function text, p_args jsonb,
        p_journal text) returns jsonb language sql volatile set search_path = '' set statement_timeout = '42s' as $$
        select public.call_once(p_owner, p_key, p_attempt, p_step, p_function, p_args, p_journal)
      $$`);
    const { owner, key, attempt } = await claim();
    const call = { p_owner: owner, p_key: key, p_attempt: attempt, p_step: 's', p_journal: '{}', p_args: {} };
    await expect(calls.rpc('contract_call_once_42s', { ...call, p_function: 'contract_take_time' })).resolves.toBe(
      '42s',
    );
  });

  it('is any that requests call: a function with a time limit of its own is for work without a key, and named here', async () => {
    const limited = await test.sql<{ proname: string }>(`
      select proname from pg_proc where pronamespace = 'public'::regnamespace and proname not like 'contract%'
        and exists (select from unnest(proconfig) s where s like 'statement_timeout=%') order by 1`);
    expect(limited.map(({ proname }) => proname)).toEqual(backgroundFunctions);
  });
});
