import {
  Database,
  type ReadOptions,
  type RpcArgs,
  type RpcName,
  type RpcOptions,
  type RpcReturns,
  type SendableQuery,
} from '../../src/platform/database.js';

/**
 * A replica's way to the database that can stop at a moment of choice, as the process does when it is killed or its machine sleeps: what was
 * sent has taken effect, no answer comes, and nothing more is sent until `thaw`.
 */
export class FreezingDatabase extends Database {
  readonly kind = 'freezing';
  readonly client: Database['client'];
  readonly userTokenIssuer: Database['userTokenIssuer'];
  private moment: { name: string; when: 'before' | 'after' } | undefined;
  private frozen = Promise.withResolvers<void>();
  private thawed: PromiseWithResolvers<void> | undefined;

  constructor(private readonly inner: Database) {
    super();
    this.client = inner.client;
    this.userTokenIssuer = inner.userTokenIssuer;
  }

  async close(): Promise<void> {}

  /** @param name a SQL function; the next call of it is the moment */
  freeze(when: 'before' | 'after', name: string): void {
    this.moment = { name, when };
    this.frozen = Promise.withResolvers();
  }

  /** Resolves at the moment. */
  hasFrozen(): Promise<void> {
    return this.frozen.promise;
  }

  thaw(): void {
    this.moment = undefined;
    this.thawed?.resolve();
    this.thawed = undefined;
  }

  override async rpc<Name extends RpcName>(
    name: Name,
    args: RpcArgs<Name>,
    options: RpcOptions = {},
  ): Promise<RpcReturns<Name>> {
    await this.pass('before', name);
    const answer = await this.inner.rpc(name, args, options);
    await this.pass('after', name);
    return answer;
  }

  override async read<Row>(
    query: (client: Database['client']) => SendableQuery<Row>,
    options: ReadOptions = {},
  ): Promise<Row> {
    await this.thawed?.promise;
    return this.inner.read(query, options);
  }

  private async pass(when: 'before' | 'after', name: string): Promise<void> {
    if (this.moment?.name === name && this.moment.when === when) {
      this.moment = undefined;
      this.thawed = Promise.withResolvers();
      this.frozen.resolve();
    }
    await this.thawed?.promise;
  }
}
