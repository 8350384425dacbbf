import { createTestDatabase, type TestDatabase } from '../../setup/database.js';

describe('the folding of a backlog', () => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await createTestDatabase();
  });

  afterAll(async () => {
    await test.drop();
  });

  /** How many rows of deltas were read that no index led to. */
  async function readInFull(): Promise<number> {
    await test.sql('select pg_stat_force_next_flush()');
    const [row] = await test.sql(
      "select seq_tup_read::integer as rows from pg_stat_user_tables where relname = 'usage_deltas'",
    );
    return Number(row?.['rows']);
  }

  it('reads what it folds, however much waits', async () => {
    await test.sql(`
      insert into public.usage_deltas (meter_id, tenant_id, bucket, dims, count, sum)
      select 1, gen_random_uuid(), '2026-01-01Z', '{}', 1, 1 from generate_series(1, 20000);
      analyze public.usage_deltas`);
    const before = await readInFull();
    await test.sql('select public.usage_compact(100)');
    expect((await readInFull()) - before).toBeLessThan(1_000);
    const [left] = await test.sql('select count(*)::integer as waiting from public.usage_deltas');
    expect(left).toEqual({ waiting: 19_900 });
  });
});
