// npm run bench:auth: what authentication and authorization add to a request, beside a bare twin of the same route in the same process and run.
import 'reflect-metadata';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtemp, chmod, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { AuditConfig, auditEnvironment } from '../dist/audit/audit.config.js';
import { AuditModule } from '../dist/audit/audit.module.js';
import { newSigningKey } from '../dist/audit/signing-key.js';
import { AuthConfig } from '../dist/auth/auth.config.js';
import { AuthModule } from '../dist/auth/auth.module.js';
import { UserTokensModule } from '../dist/auth/user-tokens/user-tokens.module.js';
import { RateLimitsConfig } from '../dist/auth/rate-limits/rate-limits.config.js';
import { EmbeddedSupabase } from '../dist/embedded/supabase/embedded-supabase.js';
import { DatabaseModule } from '../dist/platform/database.module.js';
import { defaultHttpSettings } from '../dist/platform/http/http-settings.js';
import { createHttpApp } from '../dist/platform/http/http-app.js';
import { defineRoute } from '../dist/platform/http/route.js';
import { Route } from '../dist/platform/http/route.decorator.js';
import { PlatformConfig, platformEnvironment } from '../dist/platform/platform.config.js';
import { PlatformModule } from '../dist/platform/platform.module.js';
import { createLogger } from '../dist/platform/telemetry/logger.js';
import { TenantsModule } from '../dist/tenants/tenants.module.js';
import { TenantsService } from '../dist/tenants/tenants.service.js';
import { client, median, percentile, table } from './measure.mjs';

const connections = 64;
const rounds = 8;
const seconds = 2;
const operatorKey = 'an-operator-key-of-a-benchmark-0123456789';
const guarded = { scope: 'tenants:read', of: 'tenant', param: 'tenant' };

/** The same route twice: as it would be served, and open to everybody. */
function twins(name, handler) {
  class TwinController {
    constructor(tenants) {
      this.tenants = tenants;
    }
  }
  for (const { kind, access } of [
    { kind: 'guarded', access: guarded },
    { kind: 'bare', access: 'public' },
  ]) {
    const route = defineRoute({
      name: `${name}_${kind}`,
      method: 'GET',
      path: `/v1/bench/${name}/${kind}/{tenant}`,
      tag: 'bench',
      summary: name,
      access,
      params: z.strictObject({ tenant: z.string().min(1).max(63) }),
      answers: { 200: { description: 'It.', schema: z.looseObject({}) } },
    });
    // A function of its own for each, since what Nest knows of a route is kept on the function.
    const method = {
      value(input) {
        return handler(input, this.tenants);
      },
      writable: true,
      configurable: true,
    };
    Object.defineProperty(TwinController.prototype, kind, method);
    Route(route)(TwinController.prototype, kind, method);
  }
  Inject(TenantsService)(TwinController, undefined, 0);
  Controller()(TwinController);
  return TwinController;
}

class BenchModule {}

const directory = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
// The embedded Postgres runs as another user when this runs as root, and must be able to enter.
await chmod(directory, 0o711);
const database = await EmbeddedSupabase.start({ directory: join(directory, 'supabase') });
// Callers are counted, and nobody meets the limit; the bare twin is not counted at all.
const limits = new RateLimitsConfig({
  TENANTRY_RATE_LIMIT_PER_MINUTE: 100_000_000,
  TENANTRY_RATE_LIMIT_OPERATOR_PER_MINUTE: 0,
  TENANTRY_RATE_LIMIT_PER_ADDRESS_PER_MINUTE: 0,
  TENANTRY_RATE_LIMIT_FAILED_AUTH_PER_MINUTE: 0,
});
const load = new Worker(new URL('./load.mjs', import.meta.url));
let app;
try {
  app = await startApp();
  const url = await app.getUrl();
  const callers = await makeCallers(url);
  const rows = [];
  for (const [name, caller, pace] of [
    ['answers', 'key', 1_000],
    ['answers', 'user', 1_000],
    ['reads', 'key', 250],
    ['answers', 'key', undefined],
    ['reads', 'key', undefined],
  ]) {
    rows.push(await compare(url, name, caller, callers[caller], pace));
    process.stdout.write(`${rows.at(-1).join('  ')}\n`);
  }
  process.stdout.write(
    `\n${cpus().length} cores, ${cpus()[0].model}, node ${process.version}, ${new Date().toISOString().slice(0, 10)}; ${connections} connections, ${rounds} rounds\n\n`,
  );
  const heads = [
    'route',
    'caller',
    'requests /s',
    'bare p50 ms',
    'guarded p50 ms',
    'added p50 ms',
    'added p99 ms',
    'added CPU µs',
  ];
  process.stdout.write(table(heads, rows));
} finally {
  await load.terminate();
  await app?.close();
  await database.close();
  await rm(directory, { recursive: true, force: true });
}

async function startApp() {
  const imports = [
    PlatformModule.forRoot(new PlatformConfig(platformEnvironment.parse({}))),
    DatabaseModule.forRoot(database),
    UserTokensModule.forRoot(database.userTokenIssuer),
    AuditModule.forRoot(new AuditConfig(auditEnvironment.parse({}), newSigningKey())),
    AuthModule.forRoot(new AuthConfig({}), operatorKey, limits),
    TenantsModule,
  ];
  const controllers = [
    twins('answers', () => ({ ok: true })),
    twins('reads', ({ params }, tenants) => tenants.get(params.tenant, 'all')),
  ];
  const made = await createHttpApp(
    { module: BenchModule, imports, controllers },
    { logger: createLogger('error'), checkAnswers: false, http: defaultHttpSettings, drainSeconds: 1 },
  );
  await made.listen(0, '127.0.0.1');
  return made;
}

/** A tenant with a key, and with a member who has signed in. */
async function makeCallers(url) {
  const api = client(url, operatorKey);
  await api('POST', '/v1/tenants', { slug: 'bench', name: 'Bench' });
  const { key } = await api('POST', '/v1/api-keys', { name: 'bench', tenant: 'bench', scopes: ['tenants:read'] });
  const user = randomUUID();
  await api('PUT', `/v1/tenants/bench/members/${user}`, { role: 'owner' });
  return { key, user: userToken(user) };
}

function userToken(user) {
  const encoded = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const now = Math.floor(Date.now() / 1_000);
  const claims = { aud: 'authenticated', role: 'authenticated', sub: user, iat: now, exp: now + 3_600 };
  const text = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`;
  return `${text}.${createHmac('sha256', database.keys.jwtSecret).update(text).digest('base64url')}`;
}

/** Both in turns, so that a machine that slows down slows both; what is added is the median over the rounds. */
async function compare(url, name, callerName, credential, perSecond) {
  const at = (kind) => ({
    url: `${url}/v1/bench/${name}/${kind}/bench`,
    headers: { authorization: `Bearer ${credential}` },
    connections,
    seconds,
    perSecond,
  });
  await measured({ ...at('guarded'), seconds: 1 });
  await measured({ ...at('bare'), seconds: 1 });
  const pairs = [];
  for (let round = 0; round < rounds; round += 1) {
    const first = round % 2 === 0 ? 'bare' : 'guarded';
    const one = await measured(at(first));
    const other = await measured(at(first === 'bare' ? 'guarded' : 'bare'));
    pairs.push(first === 'bare' ? { bare: one, guarded: other } : { bare: other, guarded: one });
  }
  const added = (share) =>
    median(pairs.map(({ bare, guarded: with_ }) => percentile(with_.samples, share) - percentile(bare.samples, share)));
  const p50 = (kind) => median(pairs.map((pair) => median(pair[kind].samples)));
  const rate = median(pairs.map(({ guarded: { samples } }) => samples.length / seconds));
  const ms = (value) => value.toFixed(3);
  return [
    name === 'answers' ? 'no database' : 'reads one row',
    callerName,
    `${rate.toFixed(0)}${perSecond === undefined ? ' (all it can)' : ''}`,
    ms(p50('bare')),
    ms(p50('guarded')),
    ms(added(0.5)),
    ms(added(0.99)),
    median(pairs.map(({ bare, guarded: with_ }) => with_.cpuMicroseconds - bare.cpuMicroseconds)).toFixed(0),
  ];
}

async function measured(task) {
  const before = process.cpuUsage();
  const answer = new Promise((resolve) => load.once('message', resolve));
  load.postMessage(task, []);
  const { samples, error } = await answer;
  if (error !== undefined) throw new Error(error);
  const { user, system } = process.cpuUsage(before);
  // The thread that sends is in it, and costs the same for both.
  return { samples, cpuMicroseconds: (user + system) / samples.length };
}
