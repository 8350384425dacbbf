import type postgres from 'postgres';
import { connectAsOwner } from '../../src/embedded/supabase/prepare-database.js';
import { readTestDatabase, type TestDatabase } from './database.js';

/** SQL as the service role may have it, which is as much as anybody has through the gateway. */
export class ServiceRole {
  private constructor(private readonly connections: postgres.Sql) {}

  static async of(test: TestDatabase): Promise<ServiceRole> {
    const { address, name } = await readTestDatabase(test);
    return new ServiceRole(connectAsOwner(address, name));
  }

  /** Statements in one transaction. */
  async run(statements: string): Promise<unknown> {
    return this.connections.begin(async (sql) => {
      await sql.unsafe('set local role service_role');
      return sql.unsafe(statements);
    });
  }

  end(): Promise<void> {
    return this.connections.end({ timeout: 1 });
  }
}
