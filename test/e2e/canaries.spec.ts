import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { operatorKey, startTestService, type TestService } from '../setup/test-service.js';

/** What is sent in places that must keep it to themselves, by the place. */
const canaries = {
  credential: 'tnt_op_canaryCredential0123456789abcdefghijklmnop',
  password: 'canary-password',
  cookie: 'canary-cookie',
  otherKey: 'canary-other-key',
  query: 'canary-query',
  header: 'canary-header',
  member: 'canary-member',
  typed: 'canary-typed',
  malformed: 'canary-malformed',
  value: 'canary-secret-value',
  encryptionKey: Buffer.from('canary-encryption-key-0123456789').toString('base64'),
  stripeKey: 'sk_test_canaryStripeKey0123456789',
  webhookSecret: 'whsec_canaryWebhookSecret0123456789',
  operatorKey,
} as const;

const secretList = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string() }), data: z.unknown() }).loose()),
});

const document = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** A request that carries canaries, and where the operation needs one, a body. */
interface Attempt {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

const ids: Readonly<Record<string, string>> = {
  tenant: 'acme',
  name: 'main',
  blueprint: 'web-app',
};
const nobody = '0198c000-0000-7000-8000-000000000000';

describe('secrets in every place of every route', () => {
  let service: TestService;
  let log = '';
  const answers: string[] = [];
  let attempts: Attempt[] = [];

  beforeAll(async () => {
    service = await startTestService(
      {
        LOG_LEVEL: 'trace',
        TENANTRY_ENCRYPTION_KEY: canaries.encryptionKey,
        TENANTRY_PAYMENTS: 'stripe',
        STRIPE_API_KEY: canaries.stripeKey,
        STRIPE_WEBHOOK_SECRET: canaries.webhookSecret,
        STRIPE_API_BASE: 'http://127.0.0.1:9',
      },
      (line) => (log += line),
    );
    await arrange(service);
    const paths = document.parse((await service.request('GET', '/openapi.json')).body).paths;
    attempts = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).flatMap((method) => attemptsAt(method.toUpperCase(), path)),
    );
    for (const attempt of attempts) answers.push(await send(service, attempt));
  });
  afterAll(() => service.stop());

  it('are tried at every route, with a caller and without', () => {
    expect(attempts.length).toBeGreaterThan(200);
    const statuses = new Set(answers.map((text) => text.slice(0, 3)));
    for (const status of ['200', '400', '401', '404', '415']) expect(statuses).toContain(status);
    expect([...statuses].filter((status) => status === '500')).toEqual([]);
  });

  it.each(Object.entries(canaries))('are in no answer: %s', (_, canary) => {
    expect(answers.filter((text) => text.includes(canary))).toEqual([]);
  });

  it.each(Object.entries(canaries))('are in no line of the log at level trace: %s', (_, canary) => {
    expect(log).toContain('"level":"info"');
    expect(log.split('\n').filter((line) => line.includes(canary))).toEqual([]);
  });

  it.each(Object.entries(canaries))('are in no row of any table: %s', async (_, canary) => {
    expect(await tablesWith(service, canary)).toEqual([]);
  });

  it('would be found in a table, a log and the cluster if they were there', async () => {
    expect(await tablesWith(service, 'Acme')).toContain('public.tenants');
    expect(log).toContain('/v1/tenants/acme');
    expect(answers.some((text) => text.includes('Acme'))).toBe(true);
    const secrets = await service.kubectl('get', 'secrets', '--namespace', 't-acme-main', '--output', 'json');
    const { items } = secretList.parse(JSON.parse(secrets));
    expect(items.filter((item) => holds(item, 'kind: Deployment')).map(({ metadata }) => metadata.name)).toEqual([
      'sh.helm.release.v1.main.v1',
    ]);
  });

  it('but in the one place that is for them, in the cluster', async () => {
    const places = await service.kubectl('get', 'secrets,configmaps', '--all-namespaces', '--output', 'json');
    const holding = secretList.parse(JSON.parse(places)).items.filter((item) => holds(item, canaries.value));
    expect(holding.map(({ metadata }) => metadata.name)).toEqual(['tenantry-values']);
  });
});

/** A tenant, and an instance with a secret, in a state in which every route has something to say. */
async function arrange(service: TestService): Promise<void> {
  await service.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme', plan: 'starter' });
  const { default: blueprint } = await import('../../helm/blueprints/web-app/blueprint.json', {
    with: { type: 'json' },
  });
  await service.request('POST', '/v1/blueprints', blueprint);
  const values = { secrets: { API_TOKEN: canaries.value } };
  const { operation } = await service.ask('PUT', '/v1/tenants/acme/instances/main', { blueprint: 'web-app', values });
  await service.ended(operation);
}

const json = { 'content-type': 'application/json' };
const known = { authorization: `Bearer ${operatorKey}` };

function attemptsAt(method: string, template: string): Attempt[] {
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? nobody);
  // Streams of this test's ids end at once, since nothing has them.
  const queries = { ...known, referer: `https://a.example/?token=${canaries.query}` };
  const anywhere: Omit<Attempt, 'method' | 'path'>[] = [
    { headers: { authorization: `Bearer ${canaries.credential}` } },
    { headers: { authorization: `Basic ${canaries.password}` } },
    { headers: { cookie: `session=${canaries.cookie}`, 'x-api-key': canaries.otherKey } },
    { headers: { ...known, cookie: `session=${canaries.cookie}`, 'x-api-key': canaries.otherKey } },
    { headers: { ...known, 'user-agent': canaries.header, 'x-request-id': `${canaries.header} ?` } },
    { headers: { ...known, traceparent: canaries.header, 'if-match': canaries.header.repeat(100) } },
  ];
  const bodies = method === 'GET' || method === 'DELETE' ? [] : badBodies();
  return [
    ...anywhere.map((attempt) => ({ method, path, ...attempt })),
    { method, path: `${path}?token=${canaries.query}&limit=${canaries.query}`, headers: queries },
    ...bodies.map(({ type, body }) => ({ method, path, body, headers: { ...known, 'content-type': type } })),
  ];
}

function badBodies(): { type: string; body: string }[] {
  const { member, typed, malformed } = canaries;
  const wrong = { slug: [typed], name: { a: typed }, blueprint: { a: typed }, chart: typed, values: [typed] };
  return [
    { type: json['content-type'], body: JSON.stringify({ password: member, unknown: { deeply: [member] } }) },
    { type: json['content-type'], body: JSON.stringify(wrong) },
    { type: json['content-type'], body: JSON.stringify([typed]) },
    { type: json['content-type'], body: `{"password": "${malformed}", ${malformed}` },
    { type: json['content-type'], body: `{"a": "${malformed}\\u0000"}` },
    { type: 'text/plain', body: malformed },
    { type: 'application/x-www-form-urlencoded', body: `password=${malformed}` },
  ];
}

/** The answer as text: status, headers and body. */
async function send(service: TestService, { method, path, headers, body }: Attempt): Promise<string> {
  const answer = await fetch(`${service.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const lines = [...answer.headers].map(([name, value]) => `${name}: ${value}`);
  return [answer.status, ...lines, '', await answer.text()].join('\n');
}

/** The tables of which a row has this anywhere, as a dump would show it. */
async function tablesWith(service: TestService, canary: string): Promise<string[]> {
  const tables = await service.database.sql<{ name: string }>(`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'`);
  expect(tables.map(({ name }) => name)).toContain('public.audit_log');
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await service.database.sql(`select 1 from ${name} t where t::text like '%' || $1 || '%' limit 1`, [
      canary,
    ]);
    if (rows.length > 0) found.push(name);
  }
  return found;
}

/** Whether an object has a text, also as Secrets hold it (base64) and as helm keeps releases (packed, and twice in base64). */
function holds(item: { data?: unknown }, canary: string): boolean {
  const values = Object.values(z.record(z.string(), z.string()).catch({}).parse(item.data)).map(decoded);
  return [JSON.stringify(item), ...values].some((text) => text.includes(canary));
}

function decoded(value: string): string {
  const once = Buffer.from(value, 'base64');
  const twice = Buffer.from(once.toString(), 'base64');
  const packed = twice[0] === 0x1f && twice[1] === 0x8b;
  return packed ? gunzipSync(twice).toString() : once.toString();
}
