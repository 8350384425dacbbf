import { randomUUID } from 'node:crypto';
import { Database, type RpcArgs, type RpcName, type RpcOptions, type RpcReturns } from '../../src/platform/database.js';
import { IdempotencyStore } from '../../src/platform/idempotency/idempotency.store.js';
import { type Claim, Journal } from '../../src/platform/idempotency/journal.js';
import { contextOf, runInContext } from '../../src/platform/request-context.js';

/** Calls every function in the name of a request that came with an idempotency key, each call in that of another one. */
export class KeyedDatabase extends Database {
  readonly kind = 'keyed';
  readonly client: Database['client'];
  readonly userTokenIssuer: Database['userTokenIssuer'];

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
    const claim = { owner: 'test', key: randomUUID(), attempt: randomUUID() };
    await new IdempotencyStore(this.inner).claim(claim, 'fingerprint', 60_000);
    return inAttempt(claim, () => this.inner.rpc(name, args, options));
  }
}

/** Runs work as an attempt at a request that has claimed its key, where no earlier attempt did anything. */
export function inAttempt<T>(claim: Claim, work: () => T): T {
  const journal = new Journal(claim, new Map(), (text) => text);
  return runInContext({ ...contextOf(claim.key, undefined), actor: claim.owner, journal }, work);
}
