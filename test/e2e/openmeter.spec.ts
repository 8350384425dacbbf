import { HTTPError, OpenMeter } from '@openmeter/sdk';
import { operatorKey, startTestService, type TestService } from '../setup/test-service.js';

const day = 86_400_000;

/** The client as it is published, against the whole service. */
describe('the unmodified client of OpenMeter', () => {
  let service: TestService;
  let client: OpenMeter;
  const subjects = ['acme', 'globex', 'initech'];
  const models = ['small', 'large', undefined];
  /** Midnight, three days ago. */
  const begin = Math.floor(Date.now() / day) * day - 3 * day;

  beforeAll(async () => {
    service = await startTestService();
    client = new OpenMeter({ baseUrl: service.url, apiKey: operatorKey });
  });
  afterAll(() => service.stop());

  async function failure(call: Promise<unknown>): Promise<HTTPError> {
    const error: unknown = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof HTTPError) return error;
    throw new Error('the call did not fail');
  }

  it('makes subjects of tenants', async () => {
    const made = await client.subjects.upsert(subjects.map((key) => ({ key, displayName: `The ${key}` })));
    expect(made?.map(({ key, displayName }) => [key, displayName])).toEqual(subjects.map((key) => [key, `The ${key}`]));
    const [again] = (await client.subjects.upsert({ key: 'acme', metadata: { crm: 'A1' } })) ?? [];
    expect(again).toMatchObject({ key: 'acme', displayName: 'The acme', metadata: { crm: 'A1' } });
    expect((await client.subjects.list())?.map(({ key }) => key)).toEqual(subjects);
    expect(await client.subjects.get('globex')).toEqual(made?.[1]);
    expect((await failure(client.subjects.get('nobody'))).status).toBe(404);
  });

  it('makes, reads, changes and deletes meters', async () => {
    const tokens = await client.meters.create({
      slug: 'tokens',
      aggregation: 'SUM',
      eventType: 'prompt',
      valueProperty: '$.tokens',
      groupBy: { model: '$.model' },
    });
    expect(tokens).toMatchObject({ slug: 'tokens', name: 'tokens', aggregation: 'SUM', groupBy: { model: '$.model' } });
    expect(tokens?.createdAt).toBeInstanceOf(Date);
    const calls = await client.meters.create({ slug: 'calls', aggregation: 'COUNT', eventType: 'prompt' });
    expect(await client.meters.get(calls?.id ?? '')).toEqual(calls);
    expect((await client.meters.list())?.map(({ slug }) => slug)).toEqual(['calls', 'tokens']);
    const changed = await client.meters.update('calls', { name: 'Calls', groupBy: { model: '$.model' } });
    expect(changed).toMatchObject({ name: 'Calls', groupBy: { model: '$.model' } });
    await client.meters.create({ slug: 'passing', aggregation: 'MAX', eventType: 'x', valueProperty: '$.x' });
    await client.meters.delete('passing');
    expect((await failure(client.meters.get('passing'))).status).toBe(404);
  });

  it('is told what is wrong as a problem', async () => {
    const error = await failure(client.meters.create({ slug: 'bad', aggregation: 'SUM', eventType: 'x' }));
    expect(error).toMatchObject({ status: 400, title: 'Validation failed' });
    expect(error.getField('errors')).toEqual([{ pointer: '/valueProperty', message: 'is required, but for count' }]);
    const taken = await failure(client.meters.create({ slug: 'calls', aggregation: 'COUNT', eventType: 'x' }));
    expect(taken).toMatchObject({ status: 409, title: 'Slug taken' });
    const builtIn = await failure(client.meters.create({ slug: 'members', aggregation: 'COUNT', eventType: 'x' }));
    expect([builtIn.status, builtIn.getField('errors')]).toEqual([
      400,
      [{ pointer: '/slug', message: 'is built in: members are counted without a meter of events' }],
    ]);
    const unknown = await failure(client.meters.query('calls', { groupBy: ['colour'] }));
    expect([unknown.status, unknown.getField('errors')]).toEqual([
      400,
      [{ pointer: '?groupBy/0', message: 'is no dimension of the meter, which has model' }],
    ]);
  });

  it('sends 10,000 events, some twice, and is answered as we answer ourselves', async () => {
    const events = Array.from({ length: 10_000 }, (_, n) => ({
      id: `e-${n}`,
      source: 'test',
      type: 'prompt',
      subject: subjects[n % 3] ?? '',
      time: new Date(begin + ((n * 25_919) % (3 * day))),
      data: { tokens: n, model: models[Math.floor(n / 3) % 3] },
    }));
    for (let at = 0; at < events.length; at += 1_000) {
      // Empty: 204.
      expect(await client.events.ingest(events.slice(at, at + 1_000))).toBeFalsy();
    }
    await client.events.ingest(events.slice(0, 500));
    // A retry without a time of its own is given another one by the client.
    const once = { id: 'timeless', type: 'prompt', subject: 'acme', data: { tokens: 1_000_000 } };
    await client.events.ingest(once);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await client.events.ingest(once);

    const range = { from: new Date(begin), to: new Date(begin + 3 * day) };
    const asked = { ...range, windowSize: 'DAY' as const, groupBy: ['subject', 'model'] };
    const result = await client.meters.query('tokens', asked);
    const expected = new Map<string, number>();
    for (const { time, subject, data } of events) {
      const key = JSON.stringify([Math.floor((time.getTime() - begin) / day), subject, data.model ?? null]);
      expected.set(key, (expected.get(key) ?? 0) + data.tokens);
    }
    const answered = result?.data.map(({ windowStart, subject, groupBy, value }): [string, number] => [
      JSON.stringify([(windowStart.getTime() - begin) / day, subject, groupBy['model']]),
      value,
    ]);
    expect(new Map(answered)).toEqual(expected);
    expect(answered).toHaveLength(27);

    const query = `from=${range.from.toISOString()}&to=${range.to.toISOString()}&window_size=DAY&group_by=subject,model`;
    const { body } = await service.request('GET', `/v1/meters/tokens/query?${query}`);
    const native = body as { data: { value: number; window_start: string; subject: string; group_by: object }[] };
    expect(
      native.data.map(({ value, window_start, subject, group_by }) => [
        value,
        new Date(window_start),
        subject,
        group_by,
      ]),
    ).toEqual(result?.data.map(({ value, windowStart, subject, groupBy }) => [value, windowStart, subject, groupBy]));
    expect(
      await client.meters.queryPost('tokens', { ...asked, filterGroupBy: { model: ['small'] }, subject: ['acme'] }),
    ).toEqual(await client.meters.query('tokens', { ...asked, filterGroupBy: { model: 'small' }, subject: ['acme'] }));
    const all = await client.meters.query('calls');
    expect(all?.data.map(({ value, subject, groupBy }) => [value, subject, groupBy])).toEqual([[10_001, null, {}]]);
  });

  it('takes all events of a batch or none', async () => {
    const good = { type: 'prompt', subject: 'acme', data: { tokens: 1 } };
    const error = await failure(client.events.ingest([good, { ...good, subject: 'nobody' }, { ...good, id: '' }]));
    expect(error.status).toBe(400);
    expect(error.getField('errors')).toEqual([{ pointer: '/2', message: 'invalid_event: id is empty' }]);
    const later = await failure(client.events.ingest([good, { ...good, subject: 'nobody' }]));
    expect(later.getField('errors')).toEqual([{ pointer: '/1', message: 'tenant_not_found: there is no such tenant' }]);
    const own = await failure(client.events.ingest([good, { ...good, type: 'tenantry.instance.state' }]));
    expect(own.getField('errors')).toEqual([
      { pointer: '/1', message: 'reserved_type: type tenantry.instance.state is sent by Tenantry alone' },
    ]);
    expect((await client.meters.query('calls'))?.data[0]?.value).toBe(10_001);
  });

  it('reads the newest events', async () => {
    const [newest] = (await client.events.list({ subject: 'acme', limit: 1 })) ?? [];
    expect(newest).toMatchObject({
      event: { id: 'timeless', subject: 'acme', type: 'prompt', data: { tokens: 1_000_000 } },
    });
    expect(newest?.ingestedAt).toBeInstanceOf(Date);
  });

  it('reads what a subject may use', async () => {
    const feature = { slug: 'tokens', name: 'Tokens', kind: 'metered', meter: 'tokens' };
    expect((await service.request('POST', '/v1/features', feature)).status).toBe(201);
    const terms = { limit: '60000000', period: 'lifetime', enforcement: 'hard' };
    expect((await service.request('PUT', '/v1/tenants/acme/entitlements/tokens', terms)).status).toBe(201);
    const value = await client.entitlementsV1.value('acme', 'tokens');
    const { body } = await service.request('GET', '/v1/tenants/acme/entitlements/tokens');
    const { has_access, balance, usage, overage } = body as Record<string, unknown>;
    expect(value).toEqual({ hasAccess: has_access, balance, usage, overage });
    expect(value).toMatchObject({ hasAccess: true, overage: 0 });
    expect((value?.balance ?? 0) + (value?.usage ?? 0)).toBe(60_000_000);
    expect((await failure(client.entitlementsV1.value('acme', 'nothing'))).status).toBe(404);
  });

  it('of a tenant sees that tenant alone', async () => {
    const made = await service.request('POST', '/v1/api-keys', {
      name: 'k',
      tenant: 'globex',
      scopes: ['usage:*', 'tenants:read'],
    });
    const own = new OpenMeter({ baseUrl: service.url, apiKey: (made.body as { key: string }).key });
    const rows = await own.meters.query('calls', { groupBy: ['subject'] });
    expect(rows?.data.map(({ subject, value }) => [subject, value])).toEqual([['globex', 3_333]]);
    expect((await own.subjects.list())?.map(({ key }) => key)).toEqual(['globex']);
    expect((await failure(own.meters.query('calls', { subject: ['acme'] }))).status).toBe(404);
    expect((await failure(own.meters.delete('calls'))).status).toBe(403);
    expect((await own.events.list({}))?.every(({ event }) => event.subject === 'globex')).toBe(true);
  });
});
