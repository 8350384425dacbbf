import { startTestService, type TestService } from '../setup/test-service.js';

describe('how many usage events a caller may send', () => {
  let service: TestService;
  let key: string;

  beforeAll(async () => {
    service = await startTestService({
      TENANTRY_ROLES: 'api',
      TENANTRY_RATE_LIMIT_PER_MINUTE: '20',
      TENANTRY_USAGE_RATE_LIMIT_PER_MINUTE: '5000',
    });
    await service.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme' });
    key = await keyWith({});
  });

  afterAll(() => service.stop());

  async function keyWith(members: object): Promise<string> {
    const { body } = await service.request('POST', '/v1/api-keys', {
      name: 'meter',
      tenant: 'acme',
      scopes: ['usage:write'],
      ...members,
    });
    return (body as { key: string }).key;
  }

  const batch = (id: number, size: number): object[] =>
    Array.from({ length: size }, (_, n) => ({ specversion: '1.0', id: `${id}-${n}`, source: 'tests', type: 'x' }));

  const send = (body: unknown, bearer = key) =>
    service.request('POST', '/v1/usage/events', body, { authorization: `Bearer ${bearer}` });

  it('is counted in events, and not in requests', async () => {
    for (let id = 0; id < 40; id += 1) {
      const { status, headers } = await send(batch(id, 100));
      expect(status).toBe(200);
      expect(headers.get('ratelimit-policy')).toBe('"usage";q=5000;w=60');
    }
    const refused = await send(batch(100, 1_500));
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', limit: 'usage' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit')).toMatch(/^"usage";r=\d+;t=\d+$/);
    const [{ n } = { n: 0 }] = await service.database.sql<{ n: number }>(
      "select count(*)::int as n from public.usage_events where event_id like '100-%'",
    );
    expect(n).toBe(0);
  });

  it('and what cannot be read counts as one', async () => {
    const other = await keyWith({});
    const { headers } = await send('{', other);
    const again = await send(batch(200, 1), other);
    expect(headers.get('ratelimit')).toMatch(/r=4999;/);
    expect(again.headers.get('ratelimit')).toMatch(/r=4998;/);
  });

  it('beside the requests of a key that has a limit of its own', async () => {
    const slow = await keyWith({ rate_limit_per_minute: 2 });
    const answers = [];
    for (let id = 300; id < 303; id += 1) answers.push((await send(batch(id, 1), slow)).status);
    expect(answers).toEqual([200, 200, 429]);
  });
});
