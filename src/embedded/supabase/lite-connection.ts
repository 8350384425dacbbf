import type { ConnectionContextOptions, VarsContext } from '@supabase/lite';
import { PostgresConnection } from '@supabase/lite/postgres';
import { CompiledQuery } from 'kysely';
import { asSqlFailure, gatewayAnswer } from './gateway-error.js';
import type { ServerAddress } from './postgres-server.js';

// lite hands over JSON arguments as text already; the driver would quote them once more.
const asIs = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const types = {
  json: { to: 114, from: [114], serialize: asIs, parse: JSON.parse },
  jsonb: { to: 3802, from: [3802], serialize: asIs, parse: JSON.parse },
};

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

  override async withContext<T>(
    vars: VarsContext | undefined,
    run: (database: PostgresConnection['kysely']) => Promise<T>,
    options?: ConnectionContextOptions,
  ): Promise<T> {
    if (!vars || options?.transaction || options?.forceRollback) return super.withContext(vars, run, options);
    const { role, uid, jwt } = claimsOf(vars);
    if (!roles.has(role)) return refusal(role) as T;
    const parameters = [role, JSON.stringify(jwt ?? {}), uid, options?.rpc?.readOnly ? 'on' : 'off'];
    try {
      return await this.kysely.transaction().execute(async (transaction) => {
        await transaction.executeQuery(CompiledQuery.raw(enterRole, parameters));
        return run(transaction);
      });
    } catch (error) {
      const failure = asSqlFailure(error);
      // A function may raise PGRST to make a whole answer; lite reads that one.
      if (!failure || failure.code === 'PGRST') throw error;
      return gatewayAnswer(failure, role) as T;
    }
  }
}

interface Claims {
  readonly role: string;
  readonly uid: string;
  readonly jwt: unknown;
}

function claimsOf(vars: VarsContext): Claims {
  const auth = vars['auth'] as { role?: unknown; uid?: unknown; jwt?: unknown } | undefined;
  return { role: String(auth?.role ?? 'anon'), uid: String(auth?.uid ?? ''), jwt: auth?.jwt };
}

function refusal(role: string): Response {
  return gatewayAnswer({ code: '22023', message: `role "${role}" does not exist` }, role);
}
