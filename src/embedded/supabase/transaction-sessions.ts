import type { TransactionSql } from 'postgres';

/** Of the driver what is used. */
export interface ConnectionPool {
  readonly options: { readonly max: number };
  begin<T>(work: (connection: TransactionSql) => Promise<T>): Promise<unknown>;
}

interface Waiter {
  resolve(session: Session): void;
  reject(error: unknown): void;
}

// Long enough for whoever calls one function after another, short enough that an idle service has no transactions open.
const lingerMilliseconds = 10;

// The driver's own queries wait for connections too, and it renews them when they come back.
const usesAtMost = 100;

/** A connection in a transaction. Whoever has it ends that together with the beginning of the next. */
export class Session {
  readonly connection: TransactionSql;
  uses = 0;
  /** Its transaction begins with this use; otherwise it began when the one before ended, and its `now()` is of then. */
  fresh = true;
  /** The connection is lost, or the driver has it back: nothing may be sent, not even an end. */
  gone = false;
  /** Hears that the connection is lost, as statements do not that the driver has yet to send. */
  onLost: ((error: unknown) => void) | undefined;
  readonly end: () => void;
  readonly ended: Promise<void>;

  constructor(connection: TransactionSql) {
    this.connection = connection;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.end = resolve;
  }

  lose(error: unknown): void {
    this.gone = true;
    this.onLost?.(error);
  }
}

/** Transactions that the driver began, each kept a moment for the next user: a beginning and an end of one's own are two round trips. */
export class TransactionSessions {
  private readonly pool: ConnectionPool;
  private readonly open = new Set<Session>();
  private readonly lingering = new Map<Session, NodeJS.Timeout>();
  private readonly waiting: Waiter[] = [];
  private opening = 0;
  private closed = false;

  constructor(pool: ConnectionPool) {
    this.pool = pool;
  }

  /** Rejects with what the driver says when there is no connection to be had. */
  take(): Promise<Session> {
    const [session] = this.lingering.keys();
    if (session) {
      this.stopLingering(session);
      return Promise.resolve(session);
    }
    const { promise, resolve, reject } = Promise.withResolvers<Session>();
    this.waiting.push({ resolve, reject });
    this.openForWaiting();
    return promise;
  }

  giveBack(session: Session): void {
    session.onLost = undefined;
    session.uses += 1;
    session.fresh = false;
    if (session.gone) this.forget(session);
    else if (session.uses >= usesAtMost) session.end();
    else this.offer(session);
  }

  /** From now on no session is kept. */
  close(): void {
    this.closed = true;
    for (const session of this.lingering.keys()) this.letGo(session);
  }

  private openForWaiting(): void {
    const { max } = this.pool.options;
    while (this.waiting.length > this.opening && this.open.size + this.opening < max) void this.begin();
  }

  private async begin(): Promise<void> {
    this.opening += 1;
    let session: Session | undefined;
    try {
      await this.pool.begin((connection) => {
        this.opening -= 1;
        session = new Session(connection);
        this.open.add(session);
        this.offer(session);
        return session.ended;
      });
    } catch (error) {
      // A session that has ended hears nothing: it failed in what it was used for, and that is told.
      if (session) session.lose(error);
      else {
        this.opening -= 1;
        this.waiting.shift()?.reject(error);
      }
    }
    if (session) this.forget(session);
    else this.openForWaiting();
  }

  private offer(session: Session): void {
    const waiter = this.waiting.shift();
    if (waiter) waiter.resolve(session);
    else if (this.closed) session.end();
    else this.linger(session);
  }

  private linger(session: Session): void {
    session.fresh = false;
    this.lingering.set(session, setTimeout(() => this.letGo(session), lingerMilliseconds).unref());
  }

  private letGo(session: Session): void {
    this.stopLingering(session);
    session.end();
  }

  private stopLingering(session: Session): void {
    clearTimeout(this.lingering.get(session));
    this.lingering.delete(session);
  }

  private forget(session: Session): void {
    this.stopLingering(session);
    this.open.delete(session);
    this.openForWaiting();
  }
}
