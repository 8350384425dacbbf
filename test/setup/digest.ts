import type { TestDatabase } from './database.js';

/** Counts requests, whatever becomes of them. */
const counting: ReadonlySet<string> = new Set(['public.rate_limit_windows']);

/** What is in every table of a database, by hash, so that a test can tell that nothing was changed. */
export class Digest {
  private constructor(
    private readonly test: TestDatabase,
    private readonly query: string,
  ) {}

  static async of(test: TestDatabase): Promise<Digest> {
    const found = await test.sql<{ name: string }>(
      `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('public', 'private') and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
    );
    const tables = found.map(({ name }) => name).filter((name) => !counting.has(name));
    const hashOf = (name: string): string =>
      `select '${name}' as name, md5(coalesce(string_agg(t::text, e'\\n' order by t::text), '')) as hash from ${name} t`;
    return new Digest(test, tables.map(hashOf).join(' union all '));
  }

  /** Hash by table. */
  async take(): Promise<Readonly<Record<string, string>>> {
    const rows = await this.test.sql<{ name: string; hash: string }>(this.query);
    return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]));
  }
}
