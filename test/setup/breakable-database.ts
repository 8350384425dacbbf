import {
  Database,
  type ReadOptions,
  type RpcArgs,
  type RpcName,
  type RpcOptions,
  type RpcReturns,
  type SendableQuery,
} from '../../src/platform/database.js';
import { DatabaseError } from '../../src/platform/database-error.js';

type Fault = 'none' | 'away' | 'silent';

/** A database that can be away (every call fails) or silent (no call is ever answered, but by its caller's own signal). */
export class BreakableDatabase extends Database {
  readonly kind = 'breakable';
  readonly client: Database['client'];
  readonly userTokenIssuer: Database['userTokenIssuer'];
  fault: Fault = 'none';
  /** The functions that were called while it was there. */
  readonly calls: RpcName[] = [];
  /** How many calls of a function were under way at a time, at most. */
  readonly mostAtOnce = new Map<RpcName, number>();
  private readonly underWay = new Map<RpcName, number>();

  constructor(private readonly inner: Database) {
    super();
    this.client = inner.client;
    this.userTokenIssuer = inner.userTokenIssuer;
  }

  async close(): Promise<void> {}

  override async rpc<Name extends RpcName>(
    name: Name,
    args: RpcArgs<Name>,
    options: RpcOptions = {},
  ): Promise<RpcReturns<Name>> {
    await this.pass(options.signal);
    this.calls.push(name);
    const now = (this.underWay.get(name) ?? 0) + 1;
    this.underWay.set(name, now);
    this.mostAtOnce.set(name, Math.max(now, this.mostAtOnce.get(name) ?? 0));
    try {
      return await this.inner.rpc(name, args, options);
    } finally {
      this.underWay.set(name, (this.underWay.get(name) ?? 0) - 1);
    }
  }

  override async read<Row>(
    query: (client: Database['client']) => SendableQuery<Row>,
    options: ReadOptions = {},
  ): Promise<Row> {
    await this.pass(options.signal);
    return this.inner.read(query, options);
  }

  private async pass(signal: AbortSignal | undefined): Promise<void> {
    if (this.fault === 'away') throw new DatabaseError('no answer', { code: 'network', retryable: true });
    if (this.fault === 'none') return;
    const { promise, reject } = Promise.withResolvers<never>();
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    await promise;
  }
}
