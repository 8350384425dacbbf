import { newOperatorKey } from '../../../src/auth/operator-key.js';
import { RateLimitsConfig, rateLimitsEnvironment } from '../../../src/auth/rate-limits/rate-limits.config.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { guards } from '../../setup/guards.js';
import { type Reply, type RunningApp, startApp } from './start-app.js';

const key = newOperatorKey();
const good = { authorization: `Bearer ${key}` };
const bad = (): Record<string, string> => ({ authorization: `Bearer ${newOperatorKey()}` });

let test: TestDatabase;
let replicas: RunningApp[] = [];

/** As many replicas on one database, with these limits. */
async function start(count: number, limits: Record<string, number>): Promise<RunningApp[]> {
  const settings = Object.entries(limits).map(([name, value]) => [`TENANTRY_RATE_LIMIT_${name}_PER_MINUTE`, value]);
  const config = new RateLimitsConfig(rateLimitsEnvironment.parse(Object.fromEntries(settings)));
  const imports = () => guards(test.database, key, config);
  replicas = await Promise.all(Array.from({ length: count }, () => startApp({ imports: imports() })));
  return replicas;
}

async function one(limits: Record<string, number>): Promise<RunningApp> {
  const [running] = await start(1, limits);
  if (!running) throw new Error('nothing runs');
  return running;
}

const get = (running: RunningApp | undefined, path: string, headers: Record<string, string> = {}): Promise<Reply> => {
  if (!running) throw new Error('nothing runs');
  return running.send('GET', path, undefined, headers);
};

function countOf(replies: readonly Reply[], status: number): number {
  return replies.filter((reply) => reply.status === status).length;
}

beforeEach(async () => {
  test = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(replicas.map(({ app }) => app.close()));
  replicas = [];
  await test.drop();
});

describe('a caller with a limit', () => {
  it.each([1, 2])('of 1,000 requests at once on %s replicas exactly 100 are served', async (count) => {
    const running = await start(count, { OPERATOR: 100 });
    const replies = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => get(running[n % count], '/v1/things', good)),
    );
    expect([countOf(replies, 200), countOf(replies, 429)]).toEqual([100, 900]);
  });

  it('is told the limit and what is left of it with every answer, whichever that is', async () => {
    const running = await one({ OPERATOR: 4 });
    const paths = ['/v1/things', '/v1/things?x=1', '/v1/failures/unknown', '/v1/failures/typed', '/v1/things'];
    const told: unknown[] = [];
    for (const path of paths) {
      const { status, headers } = await get(running, path, good);
      expect(headers.get('ratelimit-policy')).toBe('"caller";q=4;w=60');
      told.push([status, headers.get('ratelimit')?.replace(/t=\d+$/, 't=…')]);
    }
    expect(told).toEqual([
      [200, '"caller";r=3;t=…'],
      [400, '"caller";r=2;t=…'],
      [500, '"caller";r=1;t=…'],
      [409, '"caller";r=0;t=…'],
      [429, '"caller";r=0;t=…'],
    ]);
  });

  it('is refused with a problem that says when to come again', async () => {
    const running = await one({ OPERATOR: 1 });
    await get(running, '/v1/things', good);
    const { status, headers, json } = await get(running, '/v1/things', good);
    const seconds = Number(headers.get('retry-after'));
    expect(status).toBe(429);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(headers.get('ratelimit')).toBe(`"caller";r=0;t=${seconds}`);
    expect(json).toMatchObject({
      type: 'https://tenantry.dev/problems/rate_limited',
      code: 'rate_limited',
      limit: 'caller',
      retry_after_seconds: seconds,
      detail: `More than 1 requests in 60 s; ask again in ${seconds} s.`,
    });
  });

  it('is served by who is not limited: the operator, unless told otherwise', async () => {
    const running = await one({});
    const { status, headers } = await get(running, '/v1/things', good);
    expect(status).toBe(200);
    expect(headers.has('ratelimit')).toBe(false);
    expect(headers.has('ratelimit-policy')).toBe(false);
  });
});

describe('an address that nobody in particular calls from', () => {
  it.each([
    ['without a key', '/v1/things', 401, {}],
    ['for what is public', '/openapi.json', 200, {}],
    ['for what is public, with something like a key', '/openapi.json', 200, { authorization: 'Bearer nonsense' }],
    ['for what does not exist, with something like a key', '/nowhere', 404, { authorization: 'Bearer nonsense' }],
    ['for the reference', '/docs', 200, {}],
  ])('is limited %s', async (_, path, status, headers: Record<string, string>) => {
    const running = await one({ PER_ADDRESS: 2 });
    const seen: unknown[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const reply = await get(running, path, headers);
      expect(reply.headers.get('ratelimit-policy')).toBe('"address";q=2;w=60');
      seen.push(reply.status);
    }
    expect(seen).toEqual([status, status, 429]);
  });

  it('counts every way of being nobody together', async () => {
    const running = await one({ PER_ADDRESS: 3 });
    const replies = [];
    for (const path of ['/v1/things', '/openapi.json', '/nowhere', '/docs']) replies.push(await get(running, path));
    expect(replies.map(({ status }) => status)).toEqual([401, 200, 404, 429]);
    expect(replies[3]?.json).toMatchObject({ code: 'rate_limited', limit: 'address' });
  });

  it('is never limited for monitoring', async () => {
    const running = await one({ PER_ADDRESS: 1 });
    await get(running, '/nowhere');
    for (const path of ['/livez', '/readyz', '/metrics', '/livez']) {
      const { status, headers } = await get(running, path);
      expect([path, status, headers.has('ratelimit')]).toEqual([path, 200, false]);
    }
  });

  it('still serves who has a good key there', async () => {
    const running = await one({ PER_ADDRESS: 1, FAILED_AUTH: 1 });
    for (let turn = 0; turn < 3; turn++) {
      await get(running, '/nowhere');
      await get(running, '/v1/things', bad());
    }
    expect((await get(running, '/v1/things', good)).status).toBe(200);
  });
});

describe('failed authentications', () => {
  it('are limited by address, and logged up to the limit', async () => {
    const running = await one({ FAILED_AUTH: 3, PER_ADDRESS: 1 });
    const replies: Reply[] = [];
    for (let turn = 0; turn < 6; turn++) replies.push(await get(running, '/v1/things', bad()));
    expect(replies.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429, 429]);
    expect(replies[0]?.headers.get('ratelimit')).toMatch(/^"failed-authentication";r=2;t=\d+$/);
    expect(replies[3]?.json).toMatchObject({ limit: 'failed-authentication' });
    const logged = running.log.filter(({ msg }) => msg === 'a caller was refused');
    expect(logged).toHaveLength(3);
    expect(logged[0]).toMatchObject({ remote: '127.0.0.1', level: 'warn' });
  });

  it('are counted over all replicas', async () => {
    const running = await start(2, { FAILED_AUTH: 10 });
    const replies = await Promise.all(Array.from({ length: 60 }, (_, n) => get(running[n % 2], '/v1/things', bad())));
    expect([countOf(replies, 401), countOf(replies, 429)]).toEqual([10, 50]);
  });

  it('show in the metrics', async () => {
    const running = await one({ FAILED_AUTH: 1 });
    for (let turn = 0; turn < 3; turn++) await get(running, '/v1/things', bad());
    expect((await get(running, '/metrics')).text).toContain(
      'tenantry_rate_limit_refused_total{limit="failed-authentication"} 2',
    );
  });
});
