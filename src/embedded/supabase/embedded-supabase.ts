import type { SupabaseClient } from '@supabase/supabase-js';
import { Database, type DatabaseSchema } from '../../platform/database.js';
import type { UserTokenIssuer } from '../../platform/user-token-issuer.js';
import { type AccessKeys, keepAccessKeys } from './access-keys.js';
import { LiteDatabase } from './lite-database.js';
import { PostgresServer, type ServerOptions } from './postgres-server.js';
import { connectAsOwner, prepareDatabase } from './prepare-database.js';

export interface EmbeddedSupabaseOptions extends ServerOptions {
  /** A directory of SQL files to apply instead of the package's `supabase/migrations`. */
  readonly migrations?: string;
}

const databaseName = 'postgres';

/** Supabase for evaluation: lite in process over a private Postgres, migrated at start. */
export class EmbeddedSupabase extends Database {
  readonly kind = 'embedded';
  readonly keys: AccessKeys;
  readonly server: PostgresServer;
  /** Versions of the migrations that this start applied. */
  readonly applied: readonly string[];
  private readonly lite: LiteDatabase;
  private closing: Promise<void> | undefined;

  private constructor(server: PostgresServer, lite: LiteDatabase, applied: readonly string[]) {
    super();
    this.server = server;
    this.lite = lite;
    this.keys = lite.keys;
    this.applied = applied;
  }

  /** Starts the database of `directory`, made when there is none. @throws when it is in use, or a migration fails. */
  static async start(options: EmbeddedSupabaseOptions): Promise<EmbeddedSupabase> {
    const server = await PostgresServer.start(options);
    try {
      const keys = await keepAccessKeys(options.directory);
      const lite = await LiteDatabase.open({ address: server.address, database: databaseName, keys });
      const sql = connectAsOwner(server.address, databaseName);
      try {
        return new EmbeddedSupabase(server, lite, await prepareDatabase(sql, lite, options.migrations));
      } catch (error) {
        await lite.close();
        throw error;
      } finally {
        await sql.end({ timeout: 1 });
      }
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get client(): SupabaseClient<DatabaseSchema> {
    return this.lite.client;
  }

  get userTokenIssuer(): UserTokenIssuer {
    return this.lite.userTokenIssuer;
  }

  /** A client in process with another key, or as the bearer of a user's token. */
  clientWith(key: string, token?: string): SupabaseClient<DatabaseSchema> {
    return this.lite.clientWith(key, token);
  }

  /** Makes a change of the schema known that did not go through the migrations at start. */
  reloadSchema(): Promise<void> {
    return this.lite.reloadSchema();
  }

  /** Serves the protocol over HTTP on the loopback address until closed; port 0 takes a free one. */
  serve(port = 0): Promise<{ url: string; close(): Promise<void> }> {
    return this.lite.serve(port);
  }

  /** Ends the connections, then the server. Safe to call again. */
  override close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    await this.lite.close();
    await this.server.stop();
  }
}
