import { createTestDatabase, type TestDatabase } from '../../setup/database.js';

describe('a test database', () => {
  let test: TestDatabase;

  beforeEach(async () => {
    test = await createTestDatabase();
  });

  afterEach(async () => {
    await test.drop();
  });

  it('has all migrations applied', async () => {
    await expect(test.database.ping()).resolves.toBeUndefined();
    const [row] = await test.sql('select count(*)::int as applied from supabase_migrations.schema_migrations');
    expect(row?.['applied']).toBeGreaterThan(0);
  });
});
