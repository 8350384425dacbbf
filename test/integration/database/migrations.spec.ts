import type postgres from 'postgres';
import {
  applyMigrations,
  findMigrations,
  type Migration,
  missingMigrations,
  readMigrations,
} from '../../../src/embedded/supabase/migrations.js';
import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { createEmptyDatabase, type EmptyDatabase } from '../../setup/database.js';
import { hostedSchema } from '../../setup/hosted-schema.js';

const first: Migration = { version: '1', name: 'first', sql: 'create table a (id integer); insert into a values (1);' };
const second: Migration = { version: '2', name: 'second', sql: 'insert into a values (2)' };
const broken: Migration = {
  version: '3',
  name: 'broken',
  sql: 'insert into a values (3);\n\ninsert into nowhere values (1);',
};

describe('applying migrations', () => {
  let empty: EmptyDatabase;
  let sql: postgres.Sql;

  beforeEach(async () => {
    empty = await createEmptyDatabase();
    sql = connectAsOwner(empty.address, empty.name);
  });

  afterEach(async () => {
    await sql.end({ timeout: 1 });
    await empty.drop();
  });

  const recorded = (): Promise<object[]> =>
    sql`select version, name, statements from supabase_migrations.schema_migrations order by version`.then((rows) => [
      ...rows,
    ]);

  it('applies each once, in order, and records it as the supabase CLI does', async () => {
    await expect(applyMigrations(sql, [first])).resolves.toEqual(['1']);
    await expect(applyMigrations(sql, [first, second])).resolves.toEqual(['2']);
    await expect(applyMigrations(sql, [first, second])).resolves.toEqual([]);
    await expect(sql`select id from a order by id`).resolves.toEqual([{ id: 1 }, { id: 2 }]);
    await expect(recorded()).resolves.toEqual([
      { version: '1', name: 'first', statements: [first.sql] },
      { version: '2', name: 'second', statements: [second.sql] },
    ]);
  });

  it('goes on where the supabase CLI stopped, whose record may be older than ours', async () => {
    await sql`create schema supabase_migrations`;
    await sql`create table supabase_migrations.schema_migrations (version text not null primary key)`;
    await sql`create table a (id integer)`;
    await sql`insert into supabase_migrations.schema_migrations values ('1')`;
    await expect(applyMigrations(sql, [first, second])).resolves.toEqual(['2']);
    await expect(sql`select id from a`).resolves.toEqual([{ id: 2 }]);
  });

  it('undoes the one that fails, keeps those before it, and says where', async () => {
    await expect(applyMigrations(sql, [first, broken])).rejects.toThrow(
      'migration 3_broken: relation "nowhere" does not exist (line 3)',
    );
    await expect(sql`select id from a`).resolves.toEqual([{ id: 1 }]);
    await expect(recorded()).resolves.toEqual([expect.objectContaining({ version: '1' })]);
  });

  it('applies each once from two processes at the same time', async () => {
    const other = connectAsOwner(empty.address, empty.name);
    try {
      const [mine, theirs] = await Promise.all([
        applyMigrations(sql, [first, second]),
        applyMigrations(other, [first, second]),
      ]);
      expect([...mine, ...theirs].sort()).toEqual(['1', '2']);
      await expect(sql`select id from a order by id`).resolves.toEqual([{ id: 1 }, { id: 2 }]);
    } finally {
      await other.end({ timeout: 1 });
    }
  });

  it('changes nothing when it is only asked what is missing', async () => {
    await applyMigrations(sql, [first]);
    await expect(missingMigrations(sql, [first, second])).resolves.toEqual([second]);
    await expect(applyMigrations(sql, [first, second])).resolves.toEqual(['2']);
  });

  it('takes ours on a Postgres that has what Supabase has from birth, and nothing else', async () => {
    await sql.unsafe(hostedSchema);
    const migrations = await readMigrations(await findMigrations());
    await expect(applyMigrations(sql, migrations)).resolves.toEqual(migrations.map(({ version }) => version));
  });
});
