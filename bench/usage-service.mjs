// The service with the rooms of metering, in this process, over a database of its own: what the benchmarks of usage measure.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditConfig, auditEnvironment } from '../dist/audit/audit.config.js';
import { AuditModule } from '../dist/audit/audit.module.js';
import { newSigningKey } from '../dist/audit/signing-key.js';
import { AuthConfig } from '../dist/auth/auth.config.js';
import { AuthModule } from '../dist/auth/auth.module.js';
import { RateLimitsConfig, rateLimitsEnvironment } from '../dist/auth/rate-limits/rate-limits.config.js';
import { UserTokensModule } from '../dist/auth/user-tokens/user-tokens.module.js';
import { BackgroundTasksConfig, backgroundTasksEnvironment } from '../dist/background-tasks/background-tasks.config.js';
import { BackgroundTasksModule } from '../dist/background-tasks/background-tasks.module.js';
import { EmbeddedSupabase } from '../dist/embedded/supabase/embedded-supabase.js';
import { connectAsOwner } from '../dist/embedded/supabase/prepare-database.js';
import { DatabaseModule } from '../dist/platform/database.module.js';
import { createHttpApp } from '../dist/platform/http/http-app.js';
import { PlatformConfig, platformEnvironment } from '../dist/platform/platform.config.js';
import { PlatformModule } from '../dist/platform/platform.module.js';
import { createLogger } from '../dist/platform/telemetry/logger.js';
import { TenantsModule } from '../dist/tenants/tenants.module.js';
import { UsageMetricsConfig, usageMetricsEnvironment } from '../dist/usage-metrics/usage-metrics.config.js';
import { UsageMetricsModule } from '../dist/usage-metrics/usage-metrics.module.js';
import { client } from './measure.mjs';

const operatorKey = 'an-operator-key-of-a-benchmark-0123456789';

class BenchModule {}

/**
 * Runs `work` with a service that is removed afterwards, whatever happens.
 * @param work gets `{url, operatorKey, api, sql, database}`: a client as an operator, a connection as the owner of the database, and the database
 */
export async function withUsageService(work) {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
  // The embedded Postgres runs as another user when this runs as root, and must be able to enter.
  await chmod(directory, 0o711);
  let database;
  let sql;
  let app;
  try {
    database = await EmbeddedSupabase.start({ directory: join(directory, 'supabase') });
    sql = connectAsOwner(database.server.address, 'postgres');
    app = await startApp(database, directory);
    const url = new URL(await app.getUrl());
    await work({ url, operatorKey, api: client(url.origin, operatorKey), sql, database });
  } finally {
    await app?.close();
    await sql?.end();
    await database?.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function startApp(database, directory) {
  // Callers are counted, and nobody meets the limit.
  const generous = { TENANTRY_RATE_LIMIT_PER_MINUTE: '0', TENANTRY_RATE_LIMIT_PER_ADDRESS_PER_MINUTE: '0' };
  const usage = { TENANTRY_USAGE_RATE_LIMIT_PER_MINUTE: '1000000000' };
  const imports = [
    PlatformModule.forRoot(new PlatformConfig(platformEnvironment.parse({}))),
    DatabaseModule.forRoot(database),
    UserTokensModule.forRoot(database.userTokenIssuer),
    AuditModule.forRoot(new AuditConfig(auditEnvironment.parse({}), newSigningKey())),
    AuthModule.forRoot(new AuthConfig({}), operatorKey, new RateLimitsConfig(rateLimitsEnvironment.parse(generous))),
    BackgroundTasksModule.forRoot(new BackgroundTasksConfig(backgroundTasksEnvironment.parse({}))),
    TenantsModule,
    UsageMetricsModule.forRoot(new UsageMetricsConfig(usageMetricsEnvironment.parse(usage), directory)),
  ];
  const made = await createHttpApp(
    { module: BenchModule, imports },
    { logger: createLogger(process.env.LOG_LEVEL ?? 'warn'), checkAnswers: false, drainSeconds: 1 },
  );
  await made.listen(0, '127.0.0.1');
  return made;
}
