import { AsyncLocalStorage } from 'node:async_hooks';
import { isNativeError } from 'node:util/types';
import type { AnyAST, ConnectionContextOptions, IntrospectResult, VarsContext } from '@supabase/lite';
import { PostgresConnection } from '@supabase/lite/postgres';
import type { Kysely } from 'kysely';
import postgres from 'postgres';
import { z } from 'zod';
import { gatewayAnswer, type SqlFailure } from './gateway-error.js';
import { PipelinedTransactions } from './pipelined-transactions.js';
import type { ServerAddress } from './postgres-server.js';
import { schemaPart } from './schema-parts.js';

// lite hands over JSON arguments as text already; the driver would quote them once more.
const asIs = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const types = {
  json: { to: 114, from: [114], serialize: asIs, parse: JSON.parse },
  jsonb: { to: 3802, from: [3802], serialize: asIs, parse: JSON.parse },
};

type Schema = PostgresConnection['kysely'] extends Kysely<infer Tables> ? Tables : never;

type Work<T> = (database: PostgresConnection['kysely']) => Promise<T>;

const requester = z.object({ role: z.string().default('anon'), uid: z.string().nullish(), jwt: z.unknown() });

const jsonTypes = new Set(['json', 'jsonb']);

const hostedTimeouts = { anon: '3s', others: '8s' };

const closeWithinSeconds = 5;

// Seconds before a connection is tried again. By default up to 20, in which calls wait although the server is back.
const backoff = (): number => 0.05;

// Written by `exportSchema` alone.
const exportedSchema = z.custom<IntrospectResult>();

type Claims = z.infer<typeof requester>;

const roles = new Set(['anon', 'authenticated', 'service_role']);

const enterRole = `
  select set_config('role', $1, true), set_config('request.jwt.claims', $2, true), set_config('request.jwt.claim.sub', $3, true),
    set_config('request.jwt.claim.role', $1, true), set_config('transaction_read_only', $4, true),
    set_config('statement_timeout', $5, true)`;

/**
 * lite's connection with what hosted Supabase does and lite does not. Every request is one transaction as one of the three roles; lite
 * itself grants anon everything on every table, takes any role that a signed token names, answers most SQL errors without
 * their code, and prints them.
 */
export class LiteConnection extends PostgresConnection {
  private ownTimeouts: ReadonlyMap<string, string> | undefined;
  private readonly transactions: PipelinedTransactions<Schema>;
  private readonly request = new AsyncLocalStorage<Request>();

  constructor(address: ServerAddress, database: string, poolSize: number) {
    const postgresOptions = { ...address, database, max: poolSize, onnotice: () => undefined, types, backoff };
    // Databases of one server must not share lite's cache of the schema, which goes by the URL.
    super({ url: `postgres://embedded/${database}`, postgresOptions });
    this.transactions = new PipelinedTransactions(this.driver, this.kysely);
  }

  /** Lets calls under way finish, bounded: to a server that is gone the driver would wait for ever. */
  override async close(): Promise<void> {
    this.transactions.close();
    await this.driver.end({ timeout: closeWithinSeconds });
  }

  /** Lets `answer` know of the schema what the request can ask of it. */
  during<T>(request: Request, answer: () => Promise<T>): Promise<T> {
    return this.request.run(request, answer);
  }

  override async introspect(options?: { useCache?: boolean }): Promise<IntrospectResult> {
    const schema = await super.introspect(options);
    const request = this.request.getStore();
    return request ? schemaPart(schema, request.url) : schema;
  }

  /** What lite knows of the schema, as text, for a connection to a copy of this database. */
  async exportSchema(): Promise<string> {
    return JSON.stringify(await this.introspect({ useCache: true }));
  }

  importSchema(schema: string): void {
    this.introspection = withoutViewTexts(exportedSchema.parse(JSON.parse(schema)));
  }

  protected override async writeCachedIntrospection(
    schema: IntrospectResult,
    options?: { useDriver?: boolean },
  ): Promise<void> {
    await super.writeCachedIntrospection(withoutViewTexts(schema), options);
  }

  // lite makes text of every JSON argument but a string, which it takes for JSON text already.
  override async onPostgrestAST(ast: AnyAST): Promise<AnyAST> {
    const { args } = ast;
    if (ast.type !== 'rpc' || ast.httpMethod !== 'POST' || !args || Array.isArray(args))
      return super.onPostgrestAST(ast);
    const { functions = [] } = await this.introspect({ useCache: true });
    const called = functions.filter(({ name, schema }) => name === ast.function && schema === (ast.schema ?? 'public'));
    const isJson = (argument: string): boolean =>
      called.some(({ arg_names, arg_types }) => jsonTypes.has(arg_types[arg_names.indexOf(argument)] ?? ''));
    const named: Record<string, unknown> = { ...args };
    const quoted = Object.entries(named).map(([name, value]): [string, unknown] => [
      name,
      typeof value === 'string' && isJson(name) ? JSON.stringify(value) : value,
    ]);
    return super.onPostgrestAST({ ...ast, args: Object.fromEntries(quoted) });
  }

  override async clearSchemaCache(): Promise<void> {
    this.ownTimeouts = undefined;
    this.driver.options.fetch_types = true;
    this.transactions.prepareAnew();
    await super.clearSchemaCache();
  }

  // Postgres itself would let a function's own setting apply to what it calls only; PostgREST applies it to the call.
  private async timeoutOf(path: string | undefined, role: string): Promise<string> {
    const own = path === undefined ? undefined : (await this.readOwnTimeouts()).get(path);
    return own ?? (role === 'anon' ? hostedTimeouts.anon : hostedTimeouts.others);
  }

  private async readOwnTimeouts(): Promise<ReadonlyMap<string, string>> {
    if (this.ownTimeouts) return this.ownTimeouts;
    const rows = await this.driver<{ path: string; timeout: string }[]>`
      select '/rpc/' || p.proname as path, substr(setting, length('statement_timeout=') + 1) as timeout
      from pg_proc p, unnest(p.proconfig) setting
      where p.pronamespace = 'public'::regnamespace and setting like 'statement_timeout=%'`;
    this.ownTimeouts = new Map(rows.map(({ path, timeout }) => [path, timeout]));
    return this.ownTimeouts;
  }

  // The gateway sends whatever comes out of here that is a Response as it is, in the place of the rows it expects.
  override withContext<T>(vars: VarsContext | undefined, run: Work<T>, options?: ConnectionContextOptions): Promise<T>;
  override async withContext(
    vars: VarsContext | undefined,
    run: Work<unknown>,
    options?: ConnectionContextOptions,
  ): Promise<unknown> {
    if (!vars || options?.transaction || options?.forceRollback) return super.withContext(vars, run, options);
    const claims = requester.parse(vars['auth'] ?? {});
    if (!roles.has(claims.role)) return refusal(claims.role);
    try {
      const parameters = await this.parametersOf(claims, options?.rpc);
      const result = await this.transactions.run(
        { sql: enterRole, parameters },
        run,
        options?.rpc ? 'call' : 'queries',
      );
      // Known to all connections now. The driver asks again on each, and a server that ends just then ends this process.
      this.driver.options.fetch_types = false;
      return result;
    } catch (error) {
      const failure = asFailure(error);
      if (!failure) throw error;
      return gatewayAnswer(failure, claims.role);
    }
  }

  private async parametersOf({ role, jwt, uid }: Claims, call: ConnectionContextOptions['rpc']): Promise<string[]> {
    const readOnly = call?.readOnly ? 'on' : 'off';
    return [role, JSON.stringify(jwt ?? {}), uid ?? '', readOnly, await this.timeoutOf(call?.path, role)];
  }
}

/** At every call lite searches the texts of all views for types of columns, which Postgres has told already. */
function withoutViewTexts(schema: IntrospectResult): IntrospectResult {
  return { ...schema, views: schema.views.map((view) => ({ ...view, sql: '' })) };
}

function asFailure(error: unknown): SqlFailure | undefined {
  // A function may raise PGRST to make a whole answer; lite reads that one.
  if (error instanceof postgres.PostgresError) return error.code === 'PGRST' ? undefined : error;
  // The driver's own codes: CONNECTION_CLOSED, CONNECT_TIMEOUT, ECONNREFUSED, ENOENT.
  const lost = isNativeError(error) && 'code' in error && /^(CONNECT|E[A-Z]+$)/.test(String(error.code));
  return lost ? { code: 'PGRST001', message: 'Database connection lost', detail: error.message } : undefined;
}

function refusal(role: string): Response {
  return gatewayAnswer({ code: '22023', message: `role "${role}" does not exist` }, role);
}
