import {
  type CompiledQuery,
  type ConnectionProvider,
  type DatabaseConnection,
  DummyDriver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  Transaction,
} from 'kysely';
import type { ParameterOrJSON, Row, TransactionSql } from 'postgres';
import { z } from 'zod';

/** A statement with its parameters, as Postgres takes them. */
export interface Statement {
  readonly sql: string;
  readonly parameters: string[];
}

/** Of the driver what is used. */
interface ConnectionPool {
  begin<T>(work: (connection: TransactionSql) => Promise<T>): Promise<unknown>;
}

type Work<T, Schema> = (transaction: Transaction<Schema>) => Promise<T>;

/**
 * Transactions whose first statement travels with the first query, and whose statements are prepared once a connection: three round trips where
 * kysely and the driver make six, each of which wakes both processes.
 */
export class PipelinedTransactions<Schema> {
  /** Part of each statement's text, so that what was prepared before a change of the schema is prepared anew. */
  private generation = 0;
  private readonly pool: ConnectionPool;
  private readonly kysely: Kysely<Schema>;

  constructor(pool: ConnectionPool, kysely: Kysely<Schema>) {
    this.pool = pool;
    this.kysely = kysely;
  }

  /** After a change of the schema: Postgres refuses a prepared statement whose columns have changed. */
  prepareAnew(): void {
    this.generation += 1;
  }

  /**
   * Runs `work` in a transaction of its own.
   * @param first run before anything of `work`; when it fails, that is the error, whatever `work` makes of it
   */
  async run<T>(first: Statement, work: Work<T, Schema>): Promise<T> {
    let result: { value: T } | undefined;
    await this.pool.begin(async (connection) => {
      const pipelined = new PipelinedConnection(connection, this.generation);
      const opening = connection.unsafe(first.sql, first.parameters, { prepare: true }).execute();
      // Whoever awaits it hears of a failure; until then it is nobody's.
      opening.catch((error: unknown) => pipelined.note(error));
      try {
        try {
          result = { value: await work(this.transactionOn(pipelined)) };
        } finally {
          await opening;
        }
      } catch (error) {
        pipelined.note(error);
        if (!pipelined.lost) throw error;
      }
      // The driver would roll back or commit on the connection that is gone, which ends the process or answers never. `begin` itself rejects
      // as soon as the connection has closed.
      if (pipelined.lost) await forever();
    });
    if (!result) throw new Error('a transaction ended without a result');
    return result.value;
  }

  private transactionOn(connection: DatabaseConnection): Transaction<Schema> {
    const provider: ConnectionProvider = { provideConnection: (consumer) => consumer(connection) };
    return new Transaction<Schema>({
      config: { dialect },
      dialect,
      // Never asked: a transaction of kysely begins none inside of itself.
      driver: new DummyDriver(),
      executor: this.kysely.getExecutor().withConnectionProvider(provider),
    });
  }
}

const dialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (database: Kysely<unknown>) => new PostgresIntrospector(database),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};

// kysely says nothing of what parameters are; they are what the driver can send.
const driverParameters = z.array(z.custom<ParameterOrJSON<never>>());

const commandsThatChange = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

// The driver's own codes (CONNECTION_CLOSED), and those of the system (ECONNRESET).
const connectionLost = /^(CONNECT|E[A-Z]+$)/;

function forever(): Promise<never> {
  return new Promise(() => undefined);
}

class PipelinedConnection implements DatabaseConnection {
  lost = false;
  private readonly connection: TransactionSql;
  private readonly generation: number;

  constructor(connection: TransactionSql, generation: number) {
    this.connection = connection;
    this.generation = generation;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const text = this.generation === 0 ? sql : `${sql} /* ${this.generation} */`;
    const sent = this.connection.unsafe<(R & Row)[]>(text, driverParameters.parse(parameters), { prepare: true });
    sent.catch((error: unknown) => this.note(error));
    const result = await sent;
    const changed = commandsThatChange.has(result.command) ? { numAffectedRows: BigInt(result.count) } : {};
    return { rows: [...result], ...changed };
  }

  note(error: unknown): void {
    if (error instanceof Error && 'code' in error && connectionLost.test(String(error.code))) this.lost = true;
  }

  streamQuery(): never {
    throw new Error('the gateway streams nothing');
  }
}
