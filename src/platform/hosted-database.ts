import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { Database, type DatabaseSchema } from './database.js';
import type { UserTokenIssuer } from './user-token-issuer.js';

export interface HostedDatabaseOptions {
  /** SUPABASE_URL, such as `https://<project>.supabase.co`. */
  readonly url: string;
  /** SUPABASE_SECRET_KEY. */
  readonly secretKey: string;
  /** SUPABASE_JWT_SECRET, of a project that signs tokens with it. */
  readonly jwtSecret?: string | undefined;
  /** SUPABASE_JWT_ISSUER, where tokens name another issuer than the URL. */
  readonly jwtIssuer?: string | undefined;
}

/** Options every client of ours is made with: no user session is kept, and retries are `Database`'s to decide. */
export const clientOptions = {
  auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  db: { retry: false },
} as const;

/** The database of a Supabase project, or of anything that speaks its protocol at a URL. */
export class HostedDatabase extends Database {
  readonly kind = 'supabase';
  readonly client: SupabaseClient<DatabaseSchema>;
  readonly userTokenIssuer: UserTokenIssuer;

  constructor(options: HostedDatabaseOptions) {
    super();
    const global = { fetch: fetchFromThere };
    this.client = createClient<DatabaseSchema>(options.url, options.secretKey, { ...clientOptions, global });
    const auth = `${options.url.replace(/\/+$/, '')}/auth/v1`;
    this.userTokenIssuer = {
      name: options.jwtIssuer ?? auth,
      jwksUrl: `${auth}/.well-known/jwks.json`,
      secret: options.jwtSecret,
    };
  }

  /** Nothing is held open: requests are plain HTTP, and no realtime channel is ever joined (leaving one would wait 10 s). */
  async close(): Promise<void> {}
}

/** The key goes to nobody whom an answer names. */
const fetchFromThere: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'error' });
