import type { ConnectionContextOptions, VarsContext } from '@supabase/lite';
import { PostgresConnection } from '@supabase/lite/postgres';
import { CompiledQuery } from 'kysely';
import postgres from 'postgres';
import { z } from 'zod';
import { gatewayAnswer } from './gateway-error.js';
import type { ServerAddress } from './postgres-server.js';

// lite hands over JSON arguments as text already; the driver would quote them once more.
const asIs = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const types = {
  json: { to: 114, from: [114], serialize: asIs, parse: JSON.parse },
  jsonb: { to: 3802, from: [3802], serialize: asIs, parse: JSON.parse },
};

type Work<T> = (database: PostgresConnection['kysely']) => Promise<T>;

const requester = z.object({ role: z.string().default('anon'), uid: z.string().nullish(), jwt: z.unknown() });

const roles = new Set(['anon', 'authenticated', 'service_role']);

const enterRole = `
  select set_config('role', $1, true), set_config('request.jwt.claims', $2, true), set_config('request.jwt.claim.sub', $3, true),
    set_config('request.jwt.claim.role', $1, true), set_config('transaction_read_only', $4, true)`;

/**
 * lite's connection with what hosted Supabase does and lite does not. Every request is one transaction as one of the three roles; lite
 * itself grants anon everything on every table, takes any role that a signed token names, answers most SQL errors without
 * their code, and prints them.
 */
export class LiteConnection extends PostgresConnection {
  constructor(address: ServerAddress, database: string, poolSize: number) {
    const postgresOptions = { ...address, database, max: poolSize, onnotice: () => undefined, types };
    // Databases of one server must not share lite's cache of the schema, which goes by the URL.
    super({ url: `postgres://embedded/${database}`, postgresOptions });
  }

  /** What lite knows of the schema, as text, for a connection to a copy of this database. */
  async exportSchema(): Promise<string> {
    return JSON.stringify(await this.introspect({ useCache: true }));
  }

  importSchema(schema: string): void {
    this.introspection = JSON.parse(schema);
  }

  // The gateway sends whatever comes out of here that is a Response as it is, in the place of the rows it expects.
  override withContext<T>(vars: VarsContext | undefined, run: Work<T>, options?: ConnectionContextOptions): Promise<T>;
  override async withContext(
    vars: VarsContext | undefined,
    run: Work<unknown>,
    options?: ConnectionContextOptions,
  ): Promise<unknown> {
    if (!vars || options?.transaction || options?.forceRollback) return super.withContext(vars, run, options);
    const { role, uid, jwt } = requester.parse(vars['auth'] ?? {});
    if (!roles.has(role)) return refusal(role);
    const parameters = [role, JSON.stringify(jwt ?? {}), uid ?? '', options?.rpc?.readOnly ? 'on' : 'off'];
    try {
      return await this.kysely.transaction().execute(async (transaction) => {
        await transaction.executeQuery(CompiledQuery.raw(enterRole, parameters));
        return run(transaction);
      });
    } catch (error) {
      // A function may raise PGRST to make a whole answer; lite reads that one.
      if (!(error instanceof postgres.PostgresError) || error.code === 'PGRST') throw error;
      return gatewayAnswer(error, role);
    }
  }
}

function refusal(role: string): Response {
  return gatewayAnswer({ code: '22023', message: `role "${role}" does not exist` }, role);
}
