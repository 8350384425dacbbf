import { App } from '@supabase/lite';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { Database, type DatabaseSchema } from '../../platform/database.js';
import type { UserTokenIssuer } from '../../platform/user-token-issuer.js';
import { clientOptions } from '../../platform/hosted-database.js';
import type { AccessKeys } from './access-keys.js';
import { LiteConnection } from './lite-connection.js';
import { LoopbackServer } from './loopback-server.js';
import type { ServerAddress } from './postgres-server.js';

export interface LiteOptions {
  readonly address: ServerAddress;
  readonly database: string;
  readonly keys: AccessKeys;
  /** Connections to Postgres at most. */
  readonly poolSize?: number;
  /** What `exportSchema` said of a database with the same schema; saves the 80 ms of looking for itself. */
  readonly schema?: string;
}

const internalUrl = 'http://supabase.internal';

/** One Postgres database behind Supabase's protocol, spoken in process. */
export class LiteDatabase extends Database {
  readonly kind = 'embedded';
  readonly client: SupabaseClient<DatabaseSchema>;
  readonly keys: AccessKeys;
  readonly userTokenIssuer: UserTokenIssuer;
  private readonly app: App;
  private readonly connection: LiteConnection;
  private readonly servers = new Set<LoopbackServer>();
  private closed = false;

  private constructor(app: App, connection: LiteConnection, keys: AccessKeys) {
    super();
    this.app = app;
    this.connection = connection;
    this.keys = keys;
    this.userTokenIssuer = { secret: keys.jwtSecret };
    this.client = this.clientWith(keys.secretKey);
  }

  static async open(options: LiteOptions): Promise<LiteDatabase> {
    const { address, database, keys, poolSize = 10 } = options;
    const connection = new LiteConnection(address, database, poolSize);
    const app = new App({
      connection,
      auth: {
        enabled: true,
        jwt_secret: keys.jwtSecret,
        publishable_key: keys.publishableKey,
        secret_key: keys.secretKey,
        email: { enable_confirmations: false },
      },
      options: { server: { disableStudio: true }, drivers: { email: { send: async () => undefined } } },
    });
    await app.init();
    if (options.schema !== undefined) connection.importSchema(options.schema);
    return new LiteDatabase(app, connection, keys);
  }

  /** A client in process with another key, or as the bearer of a user's token. */
  clientWith(key: string, token?: string): SupabaseClient<DatabaseSchema> {
    return createClient<DatabaseSchema>(internalUrl, key, {
      ...clientOptions,
      global: {
        fetch: (input, init) => this.fetch(input, init),
        headers: token ? { Authorization: `Bearer ${token}` } : {},
      },
    });
  }

  /** Makes the schemas that lite itself needs, such as `auth`. */
  async makeSystemSchemas(): Promise<void> {
    await this.app.ensureSystemSchema();
  }

  /** What the gateway knows of the schema, to open copies of this database with. */
  exportSchema(): Promise<string> {
    return this.connection.exportSchema();
  }

  /** Looks at the schema, as the gateway does not by itself after a change of it. */
  async reloadSchema(): Promise<void> {
    await this.connection.clearSchemaCache();
    await this.connection.exportSchema();
  }

  /** Serves the protocol over HTTP on the loopback address, for clients in other processes; port 0 takes a free one. */
  async serve(port = 0): Promise<{ url: string; close(): Promise<void> }> {
    const server = await LoopbackServer.listen(port, (request) => this.answer(request));
    this.servers.add(server);
    return server;
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.servers].map((server) => server.close()));
    await this.connection.close();
  }

  private async fetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    if (this.closed) throw new TypeError('the embedded database is closed');
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    return unlessAborted(this.answer(request), signal);
  }

  private answer(request: Request): Promise<Response> {
    return this.connection.during(request, () => this.app.fetch(request));
  }
}

// lite does not look at the signal. The statement itself goes on to its end, as it does behind a closed HTTP connection.
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
