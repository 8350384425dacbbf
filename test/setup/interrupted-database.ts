import { Database, type RpcArgs, type RpcName, type RpcOptions, type RpcReturns } from '../../src/platform/database.js';

type Interruption = () => Promise<void>;

/** A database between whose calls something happens. */
export class InterruptedDatabase extends Database {
  private readonly befores = new Map<string, Interruption>();
  private readonly afters = new Map<string, Interruption>();

  constructor(private readonly inner: Database) {
    super();
  }

  get client(): Database['client'] {
    return this.inner.client;
  }
  get kind(): string {
    return this.inner.kind;
  }
  get userTokenIssuer(): Database['userTokenIssuer'] {
    return this.inner.userTokenIssuer;
  }

  before(name: RpcName, happens: Interruption): void {
    this.befores.set(name, happens);
  }

  after(name: RpcName, happens: Interruption): void {
    this.afters.set(name, happens);
  }

  override async rpc<Name extends RpcName>(
    name: Name,
    args: RpcArgs<Name>,
    options: RpcOptions = {},
  ): Promise<RpcReturns<Name>> {
    await this.befores.get(name)?.();
    const answer = await this.inner.rpc(name, args, options);
    await this.afters.get(name)?.();
    return answer;
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
