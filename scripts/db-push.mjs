// npm run db:push [-- --dry-run]: applies the migrations that the database named by SUPABASE_DB_URL has not seen.
// The URL has a password in it: it comes from the environment, never from the arguments, and is never printed.
import './load-sources.mjs';

const { pushMigrations } = await import('../src/embedded/supabase/push-migrations.ts');

process.exitCode = await pushMigrations({
  url: process.env['SUPABASE_DB_URL'],
  dryRun: process.argv.includes('--dry-run'),
  say: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
});
