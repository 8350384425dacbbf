import {
  CompiledQuery,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  DummyDriver,
} from 'kysely';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { z } from 'zod';
import { PipelinedTransactions, type Statement } from '../../../src/embedded/supabase/pipelined-transactions.js';
import { createEmptyDatabase, type EmptyDatabase } from '../../setup/database.js';

const asAnon: Statement = {
  sql: `select set_config('role', $1, true), set_config('tenantry.note', $2, true)`,
  parameters: ['anon', 'told'],
};
const asOwner: Statement = { sql: `select set_config('tenantry.note', $1, true)`, parameters: ['told'] };

const query = (sql: string, ...parameters: unknown[]): CompiledQuery => CompiledQuery.raw(sql, parameters);

describe('a transaction whose beginning travels with its first query', () => {
  let database: EmptyDatabase;
  let sql: postgres.Sql;
  let transactions: PipelinedTransactions<unknown>;

  beforeAll(async () => {
    database = await createEmptyDatabase();
    // One connection: whatever a transaction leaves behind, the next one meets.
    sql = postgres({
      ...database.address,
      database: database.name,
      max: 1,
      onnotice: () => undefined,
    });
    const kysely = new Kysely<unknown>({
      dialect: {
        createAdapter: () => new PostgresAdapter(),
        createDriver: () => new DummyDriver(),
        createIntrospector: (db) => new PostgresIntrospector(db),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      },
    });
    transactions = new PipelinedTransactions(sql, kysely);
    await sql.unsafe('create table kept (id integer primary key, note text)');
  });

  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await database.drop();
  });

  beforeEach(() => sql.unsafe('truncate kept'));

  const kept = async (): Promise<number[]> =>
    (await sql.unsafe<{ id: number }[]>('select id from kept order by id')).map(({ id }) => id);
  const insert = (id: number): CompiledQuery => query('insert into kept (id) values ($1)', id);

  it('keeps what the work did, and answers with its result', async () => {
    const result = await transactions.run(asOwner, async (transaction) => {
      const { numAffectedRows } = await transaction.executeQuery(insert(1));
      await transaction.executeQuery(insert(2));
      return numAffectedRows;
    });
    expect(result).toBe(1n);
    expect(await kept()).toEqual([1, 2]);
  });

  it('runs the first statement before the work, and for that transaction alone', async () => {
    const who = query(`select current_user::text as role, current_setting('tenantry.note', true) as note`);
    const { rows } = await transactions.run(asAnon, (transaction) => transaction.executeQuery(who));
    expect(rows).toEqual([{ role: 'anon', note: 'told' }]);
    const after = await transactions.run(asOwner, (transaction) => transaction.executeQuery(who));
    expect(after.rows).toEqual([{ role: expect.not.stringMatching('anon'), note: 'told' }]);
    expect(await sql.unsafe(`select current_setting('tenantry.note', true) as note`)).toEqual([{ note: '' }]);
  });

  it('keeps nothing when the work throws, after whatever it did', async () => {
    const run = transactions.run(asOwner, async (transaction) => {
      await transaction.executeQuery(insert(1));
      throw new Error('changed my mind');
    });
    await expect(run).rejects.toThrow('changed my mind');
    expect(await kept()).toEqual([]);
  });

  it('fails with what Postgres says of a query, and leaves a connection that works', async () => {
    const run = transactions.run(asOwner, (transaction) =>
      transaction.executeQuery(query('select 1 / $1::integer', 0)),
    );
    await expect(run).rejects.toMatchObject({ code: '22012' });
    await transactions.run(asOwner, (transaction) => transaction.executeQuery(insert(3)));
    expect(await kept()).toEqual([3]);
  });

  it.each<[string, (insertion: Promise<unknown>) => Promise<unknown>]>([
    ['lets the query that travelled with it fail', (insertion) => insertion],
    ['hides that its query failed', (insertion) => insertion.catch(() => 'fine')],
  ])('fails with what Postgres says of the first statement, when the work %s', async (_, work) => {
    const noSuchRole = { sql: `select set_config('role', $1, true)`, parameters: ['nobody_knows'] };
    const run = transactions.run(noSuchRole, (transaction) => work(transaction.executeQuery(insert(1))));
    await expect(run).rejects.toMatchObject({ code: '22023' });
    expect(await kept()).toEqual([]);
  });

  it('fails when the commit does', async () => {
    await sql.unsafe('create table child (id integer references kept (id) deferrable initially deferred)');
    const orphan = query('insert into child (id) values ($1)', 9);
    const run = transactions.run(asOwner, (transaction) => transaction.executeQuery(orphan));
    await expect(run).rejects.toMatchObject({ code: '23503' });
    expect(await sql.unsafe('select id from child')).toEqual([]);
    await sql.unsafe('drop table child');
  });

  it('prepares statements anew after a change of the schema', async () => {
    const everything = (): Promise<unknown> =>
      transactions.run(
        asOwner,
        async (transaction) => (await transaction.executeQuery(query('select * from kept where id = $1', 5))).rows,
      );
    await transactions.run(asOwner, (transaction) => transaction.executeQuery(insert(5)));
    expect(await everything()).toEqual([{ id: 5, note: null }]);
    await sql.unsafe('alter table kept add column more text');
    transactions.prepareAnew();
    expect(await everything()).toEqual([{ id: 5, note: null, more: null }]);
  });

  it('waits for its turn on a pool that is busy, each in a transaction of its own', async () => {
    const insertions = Array.from({ length: 20 }, (_, id) =>
      transactions.run(asOwner, (transaction) => transaction.executeQuery(insert(id % 10))).catch(() => 'refused'),
    );
    const outcomes = await Promise.all(insertions);
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(10);
    expect(await kept()).toHaveLength(10);
  });

  describe('after another on the same connection', () => {
    const answerOf = async (text: string, first: Statement = asOwner): Promise<unknown> => {
      const { rows } = await transactions.run(first, (transaction) => transaction.executeQuery(query(text)), 'call');
      return rows[0];
    };
    const backend = 'select pg_backend_pid() as pid';

    it('has a time of its own', async () => {
      await answerOf('select 1');
      // Less than a connection is kept for the next one.
      await sleep(6);
      const now = `now() >= to_timestamp(${Date.now()} / 1000.0)`;
      expect(await answerOf(`select ${now} as own`)).toEqual({ own: true });
    });

    it('has the same connection, which nobody keeps for long', async () => {
      expect(await answerOf(backend)).toEqual(await answerOf(backend));
      // The pool has no other connection.
      const [row] = await sql.unsafe(
        `select xact_start = query_start as own from pg_stat_activity where pid = pg_backend_pid()`,
      );
      expect(row).toEqual({ own: true });
    });

    it('may write when that one was read-only', async () => {
      const readOnly = { sql: `select set_config('transaction_read_only', $1, true)`, parameters: ['on'] };
      await answerOf('select 1', readOnly);
      await transactions.run(asOwner, (transaction) => transaction.executeQuery(insert(4)), 'call');
      expect(await kept()).toEqual([4]);
    });

    it('has nothing of what failed', async () => {
      await expect(answerOf('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
      expect(await answerOf(`select current_user::text as role`, asAnon)).toEqual({ role: 'anon' });
      expect(await answerOf(`select current_setting('role') as role`)).toEqual({ role: 'none' });
    });

    it('has another connection when that one is lost, in the middle or in between', async () => {
      await expect(answerOf('select pg_terminate_backend(pg_backend_pid())')).rejects.toMatchObject({
        code: 'CONNECTION_CLOSED',
      });
      // The driver tells the first that comes after it of that end too.
      const lost = await answerOf(backend).catch(() => answerOf(backend));
      const other = postgres({ ...database.address, database: database.name, max: 1 });
      const [{ pid }] = z.tuple([z.object({ pid: z.number() })]).parse([lost]);
      await other`select pg_terminate_backend(${pid}, 1000)`;
      await other.end({ timeout: 1 });
      await sleep(20);
      expect(await answerOf(backend)).not.toEqual(lost);
    });
  });

  describe('of a call', () => {
    const who = query(`select current_user::text as role`);
    const lites = query(`
      SELECT current_setting('response.status', true) AS status,
             current_setting('response.headers', true) AS headers`);

    it('is committed when it answers', async () => {
      const result = await transactions.run(asOwner, (transaction) => transaction.executeQuery(insert(1)), 'call');
      expect(result.numAffectedRows).toBe(1n);
      // The pool has one connection, which must not be in the middle of something.
      expect(await kept()).toEqual([1]);
    });

    it('tells what the function wants its answer to be', async () => {
      const answer = query(`select set_config('response.status', $1, true)`, '418');
      const { rows } = await transactions.run(
        asOwner,
        async (transaction) => {
          await transaction.executeQuery(answer);
          return transaction.executeQuery(lites);
        },
        'call',
      );
      expect(rows).toEqual([{ status: '418', headers: null }]);
    });

    it('runs what is asked after it as the same caller, and waits for its commit', async () => {
      await sql.unsafe('grant insert on kept to anon');
      const { rows } = await transactions.run(
        asAnon,
        async (transaction) => {
          await transaction.executeQuery(query('select 1'));
          await transaction.executeQuery(insert(2));
          return transaction.executeQuery(who);
        },
        'call',
      );
      expect(rows).toEqual([{ role: 'anon' }]);
      expect(await kept()).toEqual([2]);
      const { rows: after } = await transactions.run(asOwner, (transaction) => transaction.executeQuery(who));
      expect(after).toEqual([{ role: expect.not.stringMatching('anon') }]);
    });

    it.each<[string, (insertion: Promise<unknown>) => Promise<unknown>]>([
      ['tells of it', (insertion) => insertion],
      ['hides it', (insertion) => insertion.catch(() => 'fine')],
    ])('keeps nothing of a call that failed, when the work %s', async (_, work) => {
      const twice = query('insert into kept (id) values (7), (7)');
      const run = transactions.run(asOwner, (transaction) => work(transaction.executeQuery(twice)), 'call');
      await expect(run).rejects.toMatchObject({ code: '23505' });
      expect(await kept()).toEqual([]);
    });

    it('fails when the commit does', async () => {
      await sql.unsafe('create table child (id integer references kept (id) deferrable initially deferred)');
      const orphan = query('insert into child (id) values ($1)', 9);
      const run = transactions.run(asOwner, (transaction) => transaction.executeQuery(orphan), 'call');
      await expect(run).rejects.toMatchObject({ code: '23503' });
      expect(await sql.unsafe('select id from child')).toEqual([]);
      await sql.unsafe('drop table child');
    });
  });
});
