import { createTestDatabase, type TestDatabase } from '../../setup/database.js';

// Money and quantities are numeric. Functions of billing have no use for anything else: a float on the way would lose cents without a sign of it.
const floats = String.raw`\m(double precision|float|float4|float8|real|random|sqrt|power|exp|ln|log)\M`;

describe('no floats on the way of money in the database', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test.drop());

  function columns(): Promise<Record<string, unknown>[]> {
    return test.sql(`select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
      join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('public', 'private') and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
        and a.atttypid in ('float4'::regtype, 'float8'::regtype) order by 1, 2`);
  }

  function functions(): Promise<Record<string, unknown>[]> {
    return test.sql(
      `select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname = 'public' and (p.proname like 'billing%' or p.proname like 'usage%') and (
         regexp_replace(p.prosrc, '--[^\n]*', '', 'g') ~* $1 or pg_get_function_arguments(p.oid) ~* $1 or pg_get_function_result(p.oid) ~* $1)
       order by 1`,
      [floats as never],
    );
  }

  it('no column of any table holds one', async () => {
    expect(await columns()).toEqual([]);
  });

  it('no function of billing or metering takes, makes or gives one', async () => {
    expect(await functions()).toEqual([]);
  });

  it('is seen where there is one', async () => {
    await test.sql('create table public.planted (id bigint primary key, amount double precision)');
    await test.sql(
      `create function public.billing_planted(p numeric) returns numeric language sql as 'select (p::float8)::numeric'`,
    );
    expect(await columns()).toEqual([{ relname: 'planted', attname: 'amount' }]);
    expect(await functions()).toEqual([{ proname: 'billing_planted' }]);
  });
});
