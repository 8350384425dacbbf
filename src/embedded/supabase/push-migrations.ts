import { isNativeError } from 'node:util/types';
import postgres from 'postgres';
import { applyMigrations, findMigrations, missingMigrations, readMigrations } from './migrations.js';

export interface PushOptions {
  /** `postgres://user:password@host:port/database`, or with the directory of a unix socket as host. */
  readonly url: string | undefined;
  readonly dryRun: boolean;
  readonly migrations?: string;
  readonly say: (line: string) => void;
  readonly complain: (line: string) => void;
}

// As sysexits.h has them; 78 is what the service itself says to a bad setting.
const exit = { done: 0, failed: 1, misconfigured: 78 } as const;

/** Applies what a database is missing, and says what it did, without the password. @returns the exit code. */
export async function pushMigrations(options: PushOptions): Promise<number> {
  const target = readTarget(options.url);
  if (target.kind === 'wrong') {
    options.complain(target.reason);
    return exit.misconfigured;
  }
  // A pooler in transaction mode, as hosted Supabase offers, keeps no prepared statements.
  const sql = postgres(target.url, {
    ...target.options,
    max: 1,
    prepare: false,
    onnotice: () => undefined,
    connect_timeout: 10,
  });
  try {
    await push(sql, target.name, options);
    return exit.done;
  } catch (error) {
    options.complain(redact(isNativeError(error) ? error.message : String(error), target.password));
    return exit.failed;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function push(sql: postgres.Sql, name: string, { dryRun, migrations, say }: PushOptions): Promise<void> {
  const known = await readMigrations(migrations ?? (await findMigrations()));
  const missing = await missingMigrations(sql, known);
  const described = new Map(known.map((migration) => [migration.version, `${migration.version}_${migration.name}`]));
  const applied = dryRun ? missing.map(({ version }) => version) : await applyMigrations(sql, known);
  for (const version of applied) say(`${dryRun ? 'would apply' : 'applied'} ${described.get(version)}`);
  say(applied.length === 0 ? `${name} is up to date` : `${name}: ${applied.length} of ${known.length} migrations`);
}

type Target =
  | {
      readonly kind: 'right';
      readonly url: string;
      readonly name: string;
      readonly password: string;
      /** What the driver does not take from the URL as it stands there. */
      readonly options: { readonly host?: string; readonly ssl?: 'require' };
    }
  | { readonly kind: 'wrong'; readonly reason: string };

/** Understands a database URL. A host elsewhere is spoken to over TLS unless the URL has an `sslmode` of its own. */
export function readTarget(url: string | undefined): Target {
  if (!url)
    return { kind: 'wrong', reason: 'SUPABASE_DB_URL is not set: postgres://postgres:<password>@<host>:5432/postgres' };
  const parsed = URL.parse(url);
  if (!parsed || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    return { kind: 'wrong', reason: 'SUPABASE_DB_URL is not a postgres:// URL' };
  }
  const host = decodeURIComponent(parsed.hostname);
  const isHere = ['', 'localhost', '127.0.0.1', '[::1]'].includes(host) || host.startsWith('/');
  const name = `${host || 'localhost'}${parsed.pathname}`;
  const tls = isHere || parsed.searchParams.has('sslmode') ? {} : ({ ssl: 'require' } as const);
  const socket = host.startsWith('/') ? { host } : {};
  return { kind: 'right', url, name, password: decodeURIComponent(parsed.password), options: { ...tls, ...socket } };
}

function redact(message: string, password: string): string {
  return password === '' ? message : message.replaceAll(password, '***');
}
