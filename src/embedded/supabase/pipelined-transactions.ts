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
import type { ParameterOrJSON, PendingQuery, Row, RowList } from 'postgres';
import { z } from 'zod';
import { type ConnectionPool, type Session, TransactionSessions } from './transaction-sessions.js';

/** A statement with its parameters, as Postgres takes them. */
export interface Statement {
  readonly sql: string;
  readonly parameters: string[];
}

type Work<T, Schema> = (transaction: Transaction<Schema>) => Promise<T>;

/** `call`: of one function, after which nothing can be refused any more; `queries`: of as many as there may be. */
export type TransactionKind = 'call' | 'queries';

/**
 * Transactions whose first statement travels with the first query, and whose statements are prepared once a connection. The beginning of one
 * travels with it too when it comes soon after another, and the end of a call with the call: then it is one round trip where kysely and the
 * driver make six, each of which wakes both processes.
 */
export class PipelinedTransactions<Schema> {
  /** Part of each statement's text, so that what was prepared before a change of the schema is prepared anew. */
  private generation = 0;
  private readonly sessions: TransactionSessions;
  private readonly kysely: Kysely<Schema>;

  constructor(pool: ConnectionPool, kysely: Kysely<Schema>) {
    this.sessions = new TransactionSessions(pool);
    this.kysely = kysely;
  }

  /** After a change of the schema: Postgres refuses a prepared statement whose columns have changed. */
  prepareAnew(): void {
    this.generation += 1;
  }

  /** Before the driver ends its connections, which waits for what is open. Those under way go on. */
  close(): void {
    this.sessions.close();
  }

  /**
   * Runs `work` in a transaction of its own.
   * @param first run before anything of `work`; when it fails, that is the error, whatever `work` makes of it
   */
  async run<T>(first: Statement, work: Work<T, Schema>, kind: TransactionKind = 'queries'): Promise<T> {
    const session = await this.sessions.take();
    const pipelined = new PipelinedConnection(session, this.generation, kind, first);
    const { promise: lost, reject } = Promise.withResolvers<never>();
    session.onLost = reject;
    try {
      return await Promise.race([pipelined.carryOut(() => work(this.transactionOn(pipelined))), lost]);
    } finally {
      this.sessions.giveBack(session);
    }
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

// The end of one transaction is the beginning of the next, which would otherwise be read-only when that was.
const beginAnew = 'commit and chain; set transaction read write';
const commit = 'commit and chain';
const rollBack = 'rollback and chain';

/** What lite asks after each call: what the function wants its answer to be. */
const answerSettings = ['response.status', 'response.headers'];
const readAnswerSettings = 'select current_setting($1, true) as status, current_setting($2, true) as headers';

/** The end of a call, sent with it. */
interface CallEnd {
  readonly settings: PendingQuery<Row[]>;
  readonly commit: PendingQuery<Row[]>;
}

class PipelinedConnection implements DatabaseConnection {
  private readonly session: Session;
  private readonly generation: number;
  private readonly kind: TransactionKind;
  private readonly first: Statement;
  private end: CallEnd | undefined;
  private goesOn = false;
  /** That of the first statement that failed; those behind it fail because of it. */
  private failure: Error | undefined;

  constructor(session: Session, generation: number, kind: TransactionKind, first: Statement) {
    this.session = session;
    this.generation = generation;
    this.kind = kind;
    this.first = first;
  }

  async carryOut<T>(work: () => Promise<T>): Promise<T> {
    const opening = this.begin();
    try {
      let result: T;
      try {
        result = await work();
      } finally {
        await opening;
      }
      if (this.failure) throw this.failure;
      await this.commit();
      return result;
    } catch (error) {
      await this.rollBack();
      throw isAfterFailure(error) ? (this.failure ?? error) : error;
    }
  }

  private begin(): PendingQuery<Row[]> {
    if (!this.session.fresh) void this.send(beginAnew, []);
    return this.enter();
  }

  private enter(): PendingQuery<Row[]> {
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

  streamQuery(): never {
    throw new Error('the gateway streams nothing');
  }

  /** What lite still asks is no part of the call any more, and the role ended with it. */
  private async enterAgain(): Promise<void> {
    this.goesOn = true;
    await this.enter();
  }

  /** Behind a failed statement it is a rollback. */
  private sendEnd(): CallEnd {
    return { settings: this.send(readAnswerSettings, answerSettings), commit: this.send(commit, []) };
  }

  private async commit(): Promise<void> {
    if ((await this.leave(commit)) !== 'COMMIT') throw new Error('a transaction ended without a result');
  }

  private async rollBack(): Promise<void> {
    if (!this.session.gone) await this.leave(rollBack).catch(() => undefined);
  }

  /** Says which command it was. */
  private async leave(statement: string): Promise<string> {
    try {
      const { command } = await (this.end && !this.goesOn ? this.end.commit : this.send(statement, []));
      return command;
    } catch (error) {
      // What fails to end is no transaction any more, for which the driver has taken the connection back.
      this.session.gone = true;
      throw error;
    }
  }

  private send(sql: string, parameters: ParameterOrJSON<never>[]): PendingQuery<Row[]> {
    if (this.session.gone) throw lostConnection();
    const sent = this.session.connection.unsafe<Row[]>(sql, parameters, { prepare: true }).execute();
    // Whoever awaits it hears of a failure; until then it is nobody's.
    sent.catch((error: unknown) => this.note(error));
    return sent;
  }

  private note(error: unknown): void {
    if (!(error instanceof Error)) return;
    this.failure ??= error;
    if ('code' in error && connectionLost.test(String(error.code))) this.session.gone = true;
  }
}

function lostConnection(): Error {
  return Object.assign(new Error('the connection to Postgres was lost'), { code: 'CONNECTION_CLOSED' });
}

// In a transaction in which something failed before.
function isAfterFailure(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '25P02';
}

function asksAnswerSettings(sql: string): boolean {
  return answerSettings.every((setting) => sql.includes(`current_setting('${setting}', true)`));
}

function resultOf(result: RowList<Row[]>): QueryResult<unknown> {
  const changed = commandsThatChange.has(result.command) ? { numAffectedRows: BigInt(result.count) } : {};
  return { rows: [...result], ...changed };
}
