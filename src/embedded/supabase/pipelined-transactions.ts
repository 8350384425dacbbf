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
import type { ParameterOrJSON, PendingQuery, Row, RowList, TransactionSql } from 'postgres';
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

/** `call`: of one function, after which nothing can be refused any more; `queries`: of as many as there may be. */
export type TransactionKind = 'call' | 'queries';

/**
 * Transactions whose first statement travels with the first query, and whose statements are prepared once a connection: three round trips where
 * kysely and the driver make six, each of which wakes both processes. That of a call takes two: its end travels with it.
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
  async run<T>(first: Statement, work: Work<T, Schema>, kind: TransactionKind = 'queries'): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let result: { value: T } | undefined;
    const transaction = this.pool.begin(async (connection) => {
      const pipelined = new PipelinedConnection(connection, this.generation, kind, first);
      const opening = pipelined.enter();
      try {
        try {
          result = { value: await work(this.transactionOn(pipelined)) };
        } finally {
          await opening;
        }
        // What the driver still commits is empty.
        if (await pipelined.isCommitted()) resolve(result.value);
      } catch (error) {
        pipelined.note(error);
        if (!pipelined.lost) throw error;
      }
      // The driver would roll back or commit on the connection that is gone, which ends the process or answers never. `begin` itself rejects
      // as soon as the connection has closed.
      if (pipelined.lost) await forever();
    });
    transaction.then(
      () => (result ? resolve(result.value) : reject(new Error('a transaction ended without a result'))),
      reject,
    );
    return promise;
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

/** What lite asks after each call: what the function wants its answer to be. */
const answerSettings = ['response.status', 'response.headers'];
const readAnswerSettings = 'select current_setting($1, true) as status, current_setting($2, true) as headers';

/** The end of a call, sent with it. */
interface CallEnd {
  readonly settings: PendingQuery<Row[]>;
  readonly commit: PendingQuery<Row[]>;
}

class PipelinedConnection implements DatabaseConnection {
  lost = false;
  private readonly connection: TransactionSql;
  private readonly generation: number;
  private readonly kind: TransactionKind;
  private readonly first: Statement;
  private end: CallEnd | undefined;
  private goesOn = false;

  constructor(connection: TransactionSql, generation: number, kind: TransactionKind, first: Statement) {
    this.connection = connection;
    this.generation = generation;
    this.kind = kind;
    this.first = first;
  }

  enter(): PendingQuery<Row[]> {
    return this.send(this.first.sql, this.first.parameters);
  }

  // What kysely was told of the rows is not checked by anybody.
  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>>;
  async executeQuery({ sql, parameters }: CompiledQuery): Promise<QueryResult<unknown>> {
    const { end } = this;
    if (end && asksAnswerSettings(sql)) return resultOf(await end.settings);
    if (end) await this.enterAgain();
    const text = this.generation === 0 ? sql : `${sql} /* ${this.generation} */`;
    const sent = this.send(text, driverParameters.parse(parameters));
    if (this.kind === 'call' && !end) this.end = this.sendEnd();
    return resultOf(await sent);
  }

  /** Whether a call is committed and nothing came after it; otherwise the driver's own end tells. */
  async isCommitted(): Promise<boolean> {
    return !this.goesOn && (await this.end?.commit)?.command === 'COMMIT';
  }

  note(error: unknown): void {
    if (error instanceof Error && 'code' in error && connectionLost.test(String(error.code))) this.lost = true;
  }

  streamQuery(): never {
    throw new Error('the gateway streams nothing');
  }

  /** What lite still asks is no part of the call any more, and the role ended with it. */
  private async enterAgain(): Promise<void> {
    this.goesOn = true;
    await this.enter();
  }

  /** Behind a failed statement it is a rollback. The driver ends what it began, which must still be a transaction. */
  private sendEnd(): CallEnd {
    return { settings: this.send(readAnswerSettings, answerSettings), commit: this.send('commit and chain', []) };
  }

  private send(sql: string, parameters: ParameterOrJSON<never>[]): PendingQuery<Row[]> {
    const sent = this.connection.unsafe<Row[]>(sql, parameters, { prepare: true }).execute();
    // Whoever awaits it hears of a failure; until then it is nobody's.
    sent.catch((error: unknown) => this.note(error));
    return sent;
  }
}

function asksAnswerSettings(sql: string): boolean {
  return answerSettings.every((setting) => sql.includes(`current_setting('${setting}', true)`));
}

function resultOf(result: RowList<Row[]>): QueryResult<unknown> {
  const changed = commandsThatChange.has(result.command) ? { numAffectedRows: BigInt(result.count) } : {};
  return { rows: [...result], ...changed };
}
