import type { SupabaseClient } from '@supabase/supabase-js';
import type { Database, RpcOptions } from '../../src/platform/database.js';

/** A migrated database under test, with a way around the port for what the contract arranges and asserts. */
export interface DatabaseUnderContract {
  readonly database: Database;
  /** A client that has the publishable key and nothing else. */
  readonly anonymous: SupabaseClient;
  /** Runs statements as the owner of the schema; changes of the schema are known to the gateway when it resolves. */
  sql(statements: string): Promise<object[]>;
  close(): Promise<void>;
}

/** The port as the contract sees it, whose functions are not in the generated types. */
export interface Calls {
  rpc(name: string, args: object, options?: RpcOptions): Promise<unknown>;
}
