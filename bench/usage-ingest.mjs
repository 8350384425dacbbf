// npm run bench:usage-ingest: usage events through HTTP, with authentication, validation, dedup and counts, beside bare multi-row INSERTs of the same
// rows into a table of the same columns, in the same run.
import 'reflect-metadata';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AuditConfig, auditEnvironment } from '../dist/audit/audit.config.js';
import { AuditModule } from '../dist/audit/audit.module.js';
import { newSigningKey } from '../dist/audit/signing-key.js';
import { AuthConfig } from '../dist/auth/auth.config.js';
import { AuthModule } from '../dist/auth/auth.module.js';
import { RateLimitsConfig, rateLimitsEnvironment } from '../dist/auth/rate-limits/rate-limits.config.js';
import { UserTokensModule } from '../dist/auth/user-tokens/user-tokens.module.js';
import { EmbeddedSupabase } from '../dist/embedded/supabase/embedded-supabase.js';
import { connectAsOwner } from '../dist/embedded/supabase/prepare-database.js';
import { BackgroundTasksConfig, backgroundTasksEnvironment } from '../dist/background-tasks/background-tasks.config.js';
import { BackgroundTasksModule } from '../dist/background-tasks/background-tasks.module.js';
import { DatabaseModule } from '../dist/platform/database.module.js';
import { createHttpApp } from '../dist/platform/http/http-app.js';
import { PlatformConfig, platformEnvironment } from '../dist/platform/platform.config.js';
import { PlatformModule } from '../dist/platform/platform.module.js';
import { createLogger } from '../dist/platform/telemetry/logger.js';
import { TenantsModule } from '../dist/tenants/tenants.module.js';
import { UsageMetricsConfig, usageMetricsEnvironment } from '../dist/usage-metrics/usage-metrics.config.js';
import { UsageMetricsModule } from '../dist/usage-metrics/usage-metrics.module.js';
import { client, median, percentile, table } from './measure.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const seconds = Number(process.env.BENCH_SECONDS ?? 4);
const operatorKey = 'an-operator-key-of-a-benchmark-0123456789';

class BenchModule {}

const directory = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
// The embedded Postgres runs as another user when this runs as root, and must be able to enter.
await chmod(directory, 0o711);
const database = await EmbeddedSupabase.start({ directory: join(directory, 'supabase') });
const sql = connectAsOwner(database.server.address, 'postgres');
const load = new Worker(new URL('./event-load.mjs', import.meta.url));
let app;
let runs = 0;
try {
  app = await startApp();
  const url = new URL(await app.getUrl());
  const key = await makeCaller(url.origin);
  await makeMeters();
  await sql.unsafe(
    'create table bench_bare (tenant_id uuid, type text, time timestamptz, source text, event_id text, data jsonb, extra jsonb, received_at timestamptz)',
  );
  const send = (members) => measured({ host: url.hostname, port: Number(url.port), key, seconds, ...members });
  await send({ connections: 8, batch: 100, seconds: 2 });
  await send({ connections: 64, batch: 1, seconds: 2 });
  const rows = [];
  for (let round = 0; round < rounds; round += 1) {
    rows.push({
      bare: await bareInserts(),
      batches: await send({ connections: 1, batch: 1_000 }),
      writers: await send({ connections: 8, batch: 1_000 }),
      replays: await send({ connections: 1, batch: 1_000, repeat: 5 }),
      singles: await send({ connections: 64, batch: 1 }),
    });
    process.stdout.write(`${JSON.stringify(rows.at(-1), (name, value) => (name === 'samples' ? undefined : value))}\n`);
  }
  report(rows);
} finally {
  await load.terminate();
  await app?.close();
  await sql.end();
  await database.close();
  await rm(directory, { recursive: true, force: true });
}

async function startApp() {
  const generous = { TENANTRY_RATE_LIMIT_PER_MINUTE: '0', TENANTRY_RATE_LIMIT_PER_ADDRESS_PER_MINUTE: '0' };
  const imports = [
    PlatformModule.forRoot(new PlatformConfig(platformEnvironment.parse({}))),
    DatabaseModule.forRoot(database),
    UserTokensModule.forRoot(database.userTokenIssuer),
    AuditModule.forRoot(new AuditConfig(auditEnvironment.parse({}), newSigningKey())),
    AuthModule.forRoot(new AuthConfig({}), operatorKey, new RateLimitsConfig(rateLimitsEnvironment.parse(generous))),
    BackgroundTasksModule.forRoot(new BackgroundTasksConfig(backgroundTasksEnvironment.parse({}))),
    TenantsModule,
    // Counted, and nobody meets it.
    UsageMetricsModule.forRoot(
      new UsageMetricsConfig(
        usageMetricsEnvironment.parse({ TENANTRY_USAGE_RATE_LIMIT_PER_MINUTE: '1000000000' }),
        directory,
      ),
    ),
  ];
  const made = await createHttpApp(
    { module: BenchModule, imports },
    { logger: createLogger(process.env.LOG_LEVEL ?? 'warn'), checkAnswers: false, drainSeconds: 1 },
  );
  await made.listen(0, '127.0.0.1');
  return made;
}

async function makeCaller(url) {
  const api = client(url, operatorKey);
  await api('POST', '/v1/tenants', { slug: 'bench', name: 'Bench' });
  const { key } = await api('POST', '/v1/api-keys', { name: 'bench', tenant: 'bench', scopes: ['usage:write'] });
  return key;
}

/** A sum by one dimension. */
async function makeMeters() {
  await sql.unsafe(`insert into public.usage_meters (slug, name, event_type, aggregation, value_property, group_by, value_path, dimensions, backfill_day)
    values ('bench-tokens', 'Tokens', 'bench.used', 'sum', '$.tokens', '{"model": "$.model"}', '{tokens}', array[row('model', '{model}')::public.usage_dimension], null)`);
}

async function bareInserts() {
  const end = performance.now() + seconds * 1_000;
  const began = performance.now();
  let events = 0;
  while (performance.now() < end) {
    const values = [];
    const parameters = [];
    for (let n = 0; n < 1_000; n += 1) {
      const at = parameters.length;
      values.push(`($${at + 1},$${at + 2},$${at + 3},$${at + 4},$${at + 5},$${at + 6},$${at + 7},now())`);
      const time = new Date(Date.now() - (n % 600) * 1_000).toISOString();
      const data = `{"tokens":${n % 97},"model":"m-${n % 5}","cost":"0.00${n % 9}1"}`;
      parameters.push(
        '0199c0de-0000-7000-8000-000000000001',
        'bench.used',
        time,
        '/bench',
        `bare-${events + n}`,
        data,
        '{}',
      );
    }
    await sql.unsafe(`insert into bench_bare values ${values.join(',')}`, parameters);
    events += 1_000;
  }
  return { perSecond: Math.round((events * 1_000) / (performance.now() - began)) };
}

async function measured(task) {
  runs += 1;
  const answer = new Promise((resolve) => load.once('message', resolve));
  const before = process.threadCpuUsage();
  load.postMessage({ prefix: `r${runs}`, ...task }, []);
  const { samples, events, wallMs, error } = await answer;
  if (error !== undefined) throw new Error(error);
  // Without the thread that sends.
  const { user, system } = process.threadCpuUsage(before);
  return {
    perSecond: Math.round((events * 1_000) / wallMs),
    p50: percentile(samples, 0.5),
    p99: percentile(samples, 0.99),
    cpuMicroseconds: (user + system) / events,
    samples,
  };
}

function report(rows) {
  const rate = (name) => median(rows.map((row) => row[name].perSecond));
  const to = (name, other) => median(rows.map((row) => row[name].perSecond / row[other].perSecond)).toFixed(2);
  const ms = (name, share) => median(rows.map((row) => row[name][share])).toFixed(1);
  process.stdout.write(
    `\n${cpus().length} cores, ${cpus()[0].model}, node ${process.version}, ${new Date().toISOString().slice(0, 10)}; ${rounds} rounds of ${seconds} s\n\n`,
  );
  process.stdout.write(
    table(
      ['events', 'a second', 'to bare INSERTs', 'p50 ms', 'p99 ms'],
      [
        ['bare INSERTs of 1,000 rows', rate('bare'), '1', '', ''],
        ...[
          ['batches of 1,000', 'batches'],
          ['batches of 1,000, 8 writers', 'writers'],
          ['batches of 1,000, four of five sent again', 'replays'],
          ['one a request, 64 connections', 'singles'],
        ].map(([title, name]) => [title, rate(name), to(name, 'bare'), ms(name, 'p50'), ms(name, 'p99')]),
      ],
    ),
  );
}
