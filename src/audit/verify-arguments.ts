import { parseArgs } from 'node:util';
import { join } from 'node:path';

/** Where the trail is read from. */
export type TrailSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdin' }
  | { readonly kind: 'database'; readonly url: string; readonly secretKey: string }
  /** A running service, with an operator key, or with the one that a file keeps. */
  | { readonly kind: 'service'; readonly url: string; readonly key: string | undefined; readonly keyFile: string };

export interface VerifyArguments {
  readonly source: TrailSource;
  /** A file with what `GET /v1/audit/keys` answered once. */
  readonly keysFile: string | undefined;
  readonly expected: { readonly number: number; readonly hash: string } | undefined;
}

export type ParsedArguments =
  | { readonly state: 'right'; readonly arguments: VerifyArguments }
  | { readonly state: 'wrong'; readonly reason: string };

type Environment = Readonly<Record<string, string | undefined>>;

export const usage = `npm run audit:verify -- [<export.ndjson> | -] [--url <service>] [--keys <keys.json>] [--expect <number>:<hash>]

Without a file it reads the database that SUPABASE_URL and SUPABASE_SECRET_KEY name; without those, or with --url, the running
service, with the operator key in TENANTRY_ADMIN_KEY or in the data directory.

  --keys    trust no keys but these: what GET /v1/audit/keys answered, kept elsewhere
  --expect  this checkpoint must still be there: what the verification before this one ended with
`;

const options = { url: { type: 'string' }, keys: { type: 'string' }, expect: { type: 'string' } } as const;

export function parseArguments(argv: readonly string[], environment: Environment): ParsedArguments {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    if (positionals.length > 1) return { state: 'wrong', reason: 'there is more than one file' };
    const expected = /^(\d{1,15}):([0-9a-f]{64})$/.exec(values.expect ?? '');
    if (values.expect !== undefined && expected === null) {
      return { state: 'wrong', reason: '--expect takes a number, a colon and 64 hex digits' };
    }
    const [, number, hash = ''] = expected ?? [];
    return {
      state: 'right',
      arguments: {
        source: sourceOf(positionals[0], values.url, environment),
        keysFile: values.keys,
        expected: number === undefined ? undefined : { number: Number(number), hash },
      },
    };
  } catch (error) {
    return { state: 'wrong', reason: error instanceof Error ? error.message : String(error) };
  }
}

function sourceOf(path: string | undefined, url: string | undefined, environment: Environment): TrailSource {
  if (path === '-') return { kind: 'stdin' };
  if (path !== undefined) return { kind: 'file', path };
  const { SUPABASE_URL: database, SUPABASE_SECRET_KEY: secretKey } = environment;
  if (url === undefined && database && secretKey) return { kind: 'database', url: database, secretKey };
  const { HOST, PORT, TENANTRY_ADMIN_KEY, TENANTRY_DATA_DIR } = environment;
  return {
    kind: 'service',
    url: url ?? `http://${HOST || '127.0.0.1'}:${PORT || '3000'}`,
    key: TENANTRY_ADMIN_KEY || undefined,
    keyFile: join(TENANTRY_DATA_DIR || '.tenantry', 'operator-key'),
  };
}
