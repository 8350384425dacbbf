import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { PostgrestSingleResponse, SupabaseClient } from '@supabase/supabase-js';
import { DatabaseError, toDatabaseError, toNetworkError } from './database-error.js';
import type { Database as DatabaseSchema, Json } from './database.types.js';
import type { Step } from './idempotency/journal.js';
import { currentJournal } from './request-context.js';
import type { UserTokenIssuer } from './user-token-issuer.js';

export type { DatabaseSchema };

type Functions = DatabaseSchema['public']['Functions'];

/** The SQL functions that the service may call. */
export type RpcName = keyof Functions;

// An interface has no index signature, so it would not pass as Json, although every object is sent as JSON.
type Argument<Type> = [Json] extends [Type] ? Json | object : Type | null;

type ArgumentsOf<Args> = [Args] extends [never]
  ? Record<string, never>
  : Args extends Record<PropertyKey, never>
    ? Record<string, never>
    : { [Key in keyof Args]: Argument<Args[Key]> };

/** The arguments of a function by name. Postgres takes null for any of them, which the generated types do not say. */
export type RpcArgs<Name extends RpcName> = ArgumentsOf<Functions[Name]['Args']>;
export type RpcReturns<Name extends RpcName> = Functions[Name]['Returns'];

export interface RpcOptions {
  /** The function may be run twice with these arguments to the same end; only then is a failed call sent again. */
  readonly idempotent?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A query that has not been sent yet. All of them take a signal, though the type of `maybeSingle()` does not say so. */
export interface SendableQuery<Row> extends PromiseLike<PostgrestSingleResponse<Row>> {
  abortSignal?(signal: AbortSignal): PromiseLike<PostgrestSingleResponse<Row>>;
}

// Jittered, and never more than 4 s of waiting in all, so that a request's caller still gets its answer.
const retryTransient = retry(
  handleWhen((error) => error instanceof DatabaseError && error.retryable),
  { maxAttempts: 4, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 1_000 }) },
);

/**
 * The state of the product, reached as the service role. One call is one transaction; there are no sessions.
 * Answers of table reads and set-returning functions stop at 1,000 rows: page by key.
 */
export abstract class Database {
  abstract readonly client: SupabaseClient<DatabaseSchema>;
  /** Which backend this is, for people: `supabase` or `embedded`. */
  abstract readonly kind: string;
  /** Who issues the tokens that its users come with, to us as to the database itself. */
  abstract readonly userTokenIssuer: UserTokenIssuer;

  abstract close(): Promise<void>;

  /** Rejects with a `DatabaseError` when the database does not answer, or lacks the migrations. */
  async ping(signal?: AbortSignal): Promise<void> {
    await this.rpc('ping', {}, { signal });
  }

  /**
   * Calls a SQL function in one transaction of its own. In a request with an idempotency key it is called once, whatever
   * becomes of the request and however often that is sent: a retry gets what the first call returned.
   * @throws {DatabaseError} what the function raised, or why there was no answer; the signal's reason when it aborted.
   */
  async rpc<Name extends RpcName>(
    name: Name,
    args: RpcArgs<Name>,
    options: RpcOptions = {},
  ): Promise<RpcReturns<Name>> {
    const journal = currentJournal();
    if (journal) return journal.call(name, (step) => this.callOnce(step, name, args, options.signal));
    // supabase-js cannot follow a name that is a type parameter; the signature above says the same as its own.
    const client: SupabaseClient = this.client;
    const call = async (): Promise<RpcReturns<Name>> =>
      send<RpcReturns<Name>>(name, client.rpc(name, args), options.signal);
    return options.idempotent ? repeat(call, options.signal) : call();
  }

  /**
   * Sends a read (`(client) => client.from('tenants').select()`), again when it failed for a passing reason, and unwraps the answer.
   * Not for writes: they are functions. In a retry under an idempotency key it gives what the first attempt read before its changes.
   */
  async read<Row>(
    query: (client: SupabaseClient<DatabaseSchema>) => SendableQuery<Row>,
    options: ReadOptions = {},
  ): Promise<Row> {
    const read = (): Promise<Row> => repeat(() => send('read', query(this.client), options.signal), options.signal);
    const journal = currentJournal();
    return journal ? journal.read(urlOf(query(this.client)), read) : read();
  }

  /** Any call may be sent again that is done only once. */
  private callOnce<Name extends RpcName>(
    { owner, key, attempt, step, journal }: Step,
    name: Name,
    args: RpcArgs<Name>,
    signal: AbortSignal | undefined,
  ): Promise<RpcReturns<Name>> {
    const client: SupabaseClient = this.client;
    const named = { p_owner: owner, p_key: key, p_attempt: attempt, p_step: step, p_journal: journal };
    return repeat(
      () => send<RpcReturns<Name>>(name, client.rpc('call_once', { ...named, p_function: name, p_args: args }), signal),
      signal,
    );
  }
}

/** Which rows a query is about. Only the types of supabase-js hide it. */
function urlOf(query: object): string {
  if ('url' in query && query.url instanceof URL) return query.url.href;
  throw new TypeError('a query of supabase-js has no URL');
}

async function repeat<Result>(call: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  try {
    return await retryTransient.execute(call, signal);
  } catch (error) {
    // Between two tries, an abort would show as the failure of the last one.
    signal?.throwIfAborted();
    throw error;
  }
}

async function send<Row>(call: string, query: SendableQuery<Row>, signal: AbortSignal | undefined): Promise<Row> {
  signal?.throwIfAborted();
  let answer: PostgrestSingleResponse<Row>;
  try {
    answer = await (signal && query.abortSignal ? query.abortSignal(signal) : query);
  } catch (error) {
    signal?.throwIfAborted();
    throw toNetworkError(call, error);
  }
  if (!answer.error) return answer.data;
  signal?.throwIfAborted();
  throw toDatabaseError(call, answer.error, answer.status);
}
