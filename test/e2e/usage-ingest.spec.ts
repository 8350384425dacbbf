import { gzipSync } from 'node:zlib';
import { startTestService, type TestService } from '../setup/test-service.js';

interface Stored {
  readonly tenant: string;
  readonly source: string;
  readonly event_id: string;
  readonly type: string;
  readonly time: Date;
  /** Text, so that no number is read. */
  readonly data: string | null;
  readonly extra: Record<string, unknown>;
}

const path = '/v1/usage/events';

describe('usage events', () => {
  let service: TestService;
  let acmeKey: string;
  let count = 0;

  beforeAll(async () => {
    service = await startTestService({ TENANTRY_ROLES: 'api' });
    await service.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme' });
    await service.request('POST', '/v1/tenants', { slug: 'other', name: 'Other' });
    acmeKey = await keyOf('acme');
  });

  afterAll(() => service.stop());

  async function keyOf(tenant: string): Promise<string> {
    const { body } = await service.request('POST', '/v1/api-keys', { name: 'meter', tenant, scopes: ['usage:write'] });
    return (body as { key: string }).key;
  }

  const fresh = (): string => `e-${(count += 1)}`;
  const event = (members: object = {}): Record<string, unknown> => ({
    specversion: '1.0',
    id: fresh(),
    source: 'tests',
    type: 'test.used',
    subject: 'acme',
    ...members,
  });

  async function send(body: string | Buffer | object, headers: Record<string, string> = {}, query = '') {
    const isText = typeof body === 'string' || Buffer.isBuffer(body);
    const answer = await fetch(`${service.url}${path}${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${acmeKey}`, 'content-type': 'application/json', ...headers },
      body: isText ? new Uint8Array(Buffer.from(body)) : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, body: JSON.parse(text) as Record<string, unknown>, headers: answer.headers };
  }

  async function stored(id: unknown): Promise<Stored[]> {
    return service.database.sql<Stored & Record<string, unknown>>(
      `select t.slug as tenant, e.source, e.event_id, e.type, e.time, e.data::text, e.extra
       from public.usage_events e join public.tenants t on t.id = e.tenant_id where e.event_id = $1`,
      [String(id)],
    );
  }

  const accepted = { status: 200, body: { accepted: 1, duplicates: 0, rejected: [] } };

  describe('come', () => {
    it('one by one, as JSON of two names', async () => {
      for (const type of ['application/json', 'application/cloudevents+json; charset=utf-8']) {
        const one = event({ data: { tokens: 12 }, time: '2026-11-28T00:00:00Z', region: 'eu' });
        expect(await send({ ...one, time: new Date().toISOString() }, { 'content-type': type })).toMatchObject(
          accepted,
        );
        expect(await stored(one['id'])).toMatchObject([
          {
            tenant: 'acme',
            source: 'tests',
            type: 'test.used',
            data: '{"tokens": 12}',
            extra: { region: 'eu', subject: 'acme' },
          },
        ]);
      }
    });

    it('in batches of two names, and packed', async () => {
      for (const type of ['application/json', 'application/cloudevents-batch+json']) {
        const batch = [event(), event(), event()];
        const packed = gzipSync(JSON.stringify(batch));
        const answer = await send(packed, { 'content-type': type, 'content-encoding': 'gzip' });
        expect(answer).toMatchObject({ status: 200, body: { accepted: 3 } });
      }
    });

    it('in binary mode, with data of any type', async () => {
      const binary = { 'ce-specversion': '1.0', 'ce-source': '/tests', 'ce-type': 'test.used', 'ce-subject': 'acme' };
      const json = { ...binary, 'ce-id': fresh(), 'ce-note': 'Euro%20%E2%82%AC%20%F0%9F%98%80' };
      expect(await send('{"n": 12345678901234567890.1}', json)).toMatchObject(accepted);
      expect(await stored(json['ce-id'])).toMatchObject([
        { data: '{"n": 12345678901234567890.1}', extra: { note: 'Euro € 😀', datacontenttype: 'application/json' } },
      ]);
      const text = { ...binary, 'ce-id': fresh(), 'content-type': 'text/plain' };
      expect(await send('käse', text)).toMatchObject(accepted);
      expect((await stored(text['ce-id']))[0]?.data).toBe('"käse"');
      const bytes = { ...binary, 'ce-id': fresh(), 'content-type': 'application/octet-stream' };
      expect(await send(Buffer.from([0, 255, 1]), bytes)).toMatchObject(accepted);
      expect((await stored(bytes['ce-id']))[0]).toMatchObject({ data: null, extra: { data_base64: 'AP8B' } });
      const none = { ...binary, 'ce-id': fresh() };
      expect(await send('', none)).toMatchObject(accepted);
    });

    it('once, however often they are sent', async () => {
      const batch = [event(), event()];
      expect(await send(batch)).toMatchObject({ body: { accepted: 2, duplicates: 0 } });
      expect(await send([...batch, event()])).toMatchObject({ body: { accepted: 1, duplicates: 2, rejected: [] } });
      expect(await send([batch[0]])).toMatchObject({ body: { accepted: 0, duplicates: 1 } });
    });

    it('and stay, when another says something else by the same name', async () => {
      const one = event({ data: 1 });
      await send(one);
      const { body } = await send([event(), { ...one, data: 2 }]);
      expect(body).toMatchObject({
        accepted: 1,
        rejected: [
          { index: 1, code: 'conflict', stored: expect.stringMatching(/^[0-9a-f]{32}$/), sent: expect.any(String) },
        ],
      });
      expect((await stored(one['id']))[0]?.data).toBe('1');
    });

    it('many at once over many connections, each answered by itself', async () => {
      const one = event();
      await send(one);
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, n) =>
          n % 10 === 0 ? send(one) : send(n % 7 === 0 ? { ...event(), id: '' } : event()),
        ),
      );
      for (const [n, answer] of answers.entries()) {
        const expected =
          n % 10 === 0 ? { duplicates: 1 } : n % 7 === 0 ? { rejected: [{ index: 0 }] } : { accepted: 1 };
        expect(answer).toMatchObject({ status: 200, body: expected });
      }
    });

    it('late by weeks, though no partition was there', async () => {
      const late = event({ time: new Date(Date.now() - 40 * 86_400_000).toISOString() });
      expect(await send(late)).toMatchObject(accepted);
    });
  });

  describe('are refused', () => {
    it('one by one, the rest is taken', async () => {
      const { status, body } = await send([
        event(),
        event({ id: undefined, source: 'not a uri', specversion: '0.3' }),
        event({ time: '2199-01-01T00:00:00Z' }),
        'no object',
        event({ time: '1969-07-20T20:17:00Z' }),
        event({ subject: 'other' }),
        event(),
      ]);
      expect(status).toBe(200);
      expect(body).toMatchObject({ accepted: 2, duplicates: 0 });
      expect(body['rejected']).toMatchObject([
        { index: 1, code: 'invalid_event', message: expect.stringMatching(/id is required.*specversion.*source/) },
        { index: 2, code: 'time_in_future' },
        { index: 3, code: 'invalid_event' },
        { index: 4, code: 'time_out_of_range' },
        { index: 5, code: 'tenant_not_found' },
      ]);
    });

    it('where they are what Tenantry alone sends, whoever sends them and however', async () => {
      const operator = { authorization: 'Bearer test-operator-key-0123456789-abcdefghij' };
      const types = ['tenantry.instance.state', 'tenantry.instance.resources', 'tenantry.api.call'];
      const forged = types.map((type) => event({ type, data: { seconds: '900' } }));
      // Whoever has the id first keeps Tenantry's own event out.
      const sources = ['tenantry/api', 'tenantry/instances/01a1fa93-8ebd-76eb-9dfd-f029bcdd3e5d'];
      const taking = sources.map((source) => event({ source }));
      const call = event({ type: 'tenantry.llm.call', data: { cost: '0.1' } });
      const refused = [
        ...forged.map((_, index) => ({ index, code: 'reserved_type' })),
        ...taking.map((_, index) => ({ index: index + forged.length, code: 'reserved_source' })),
      ];
      for (const headers of [{}, operator]) {
        for (const packing of [{}, { 'content-encoding': 'gzip' }]) {
          const batch = JSON.stringify([...forged, ...taking, { ...call, id: fresh() }]);
          const answer = await send('content-encoding' in packing ? gzipSync(batch) : batch, {
            ...headers,
            ...packing,
          });
          expect(answer).toMatchObject({ status: 200, body: { accepted: 1, duplicates: 0, rejected: refused } });
        }
        for (const one of [...forged, ...taking]) {
          const { id, source, type } = one;
          expect(await send(one, headers)).toMatchObject({
            status: 200,
            body: { accepted: 0, rejected: [{ index: 0 }] },
          });
          const attributes = {
            'ce-id': id,
            'ce-source': source,
            'ce-type': type,
            'ce-specversion': '1.0',
            'ce-subject': 'acme',
          };
          const binary = await send('{"seconds": "900"}', { ...headers, ...(attributes as Record<string, string>) });
          expect(binary).toMatchObject({ status: 200, body: { accepted: 0, rejected: [{ index: 0 }] } });
          const whole = await send([one, event()], headers, '?atomic=true');
          expect(whole).toMatchObject({ status: 422, body: { code: 'events_rejected', errors: [{ pointer: '/0' }] } });
          expect(await stored(id)).toEqual([]);
        }
      }
      const twice = await send(event({ type: types[0], source: sources[1], id: '' }));
      expect(twice.body['rejected']).toEqual([
        {
          index: 0,
          code: 'invalid_event',
          message:
            'id is empty; type tenantry.instance.state is sent by Tenantry alone; source is one of Tenantry alone',
        },
      ]);
    });

    it('all of them, where one is at fault and all were to be taken or none', async () => {
      const good = event();
      for (const bad of [event({ type: '' }), event({ time: '2199-01-01T00:00:00Z' })]) {
        const { status, body } = await send([good, bad], {}, '?atomic=true');
        expect([status, body['code']]).toEqual([422, 'events_rejected']);
        expect(body['errors']).toMatchObject([{ pointer: '/1', message: expect.any(String) }]);
        expect(await stored(good['id'])).toEqual([]);
      }
      expect(await send([good, event()], {}, '?atomic=true')).toMatchObject({ status: 200, body: { accepted: 2 } });
    });

    it('without a tenant where the caller has many', async () => {
      const operator = { authorization: 'Bearer test-operator-key-0123456789-abcdefghij' };
      const { body } = await send(
        [
          event({ subject: undefined }),
          event({ subject: null }),
          event({ subject: 'nobody' }),
          event({ subject: 'other' }),
        ],
        operator,
      );
      expect(body).toMatchObject({
        accepted: 1,
        rejected: [{ code: 'subject_required' }, { code: 'subject_required' }, { index: 2, code: 'tenant_not_found' }],
      });
    });

    it('and a caller of one tenant need not name it', async () => {
      const one = event({ subject: undefined });
      expect(await send(one)).toMatchObject(accepted);
      expect(await stored(one['id'])).toMatchObject([{ tenant: 'acme' }]);
    });
  });

  it.each<[string, string | Buffer, Record<string, string>, number, string]>([
    ['no JSON', '{"specversion":', {}, 400, 'invalid_json'],
    ['nothing', '', {}, 400, 'invalid_json'],
    ['NaN', '{"data":NaN}', {}, 400, 'invalid_json'],
    ['an infinity', '{"data":-Infinity}', {}, 400, 'invalid_json'],
    ['UTF-16', Buffer.from('\uFEFF{}', 'utf16le'), {}, 400, 'invalid_encoding'],
    ['UTF-16 without a mark', Buffer.from('{}', 'utf16le'), {}, 400, 'invalid_encoding'],
    ['UTF-32', Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0x7b]), {}, 400, 'invalid_encoding'],
    ['a byte order mark', '\uFEFF{}', {}, 400, 'invalid_encoding'],
    ['Latin-1', Buffer.from('{"data":"é"}', 'latin1'), {}, 400, 'invalid_encoding'],
    ['a surrogate as bytes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), {}, 400, 'invalid_encoding'],
    ['another charset', '{}', { 'content-type': 'application/json; charset=utf-16' }, 415, 'unsupported_media_type'],
    ['another type', '{}', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['another format', '<x/>', { 'content-type': 'application/cloudevents+xml' }, 415, 'unsupported_media_type'],
    ['a batch for one', '[]', { 'content-type': 'application/cloudevents+json' }, 400, 'validation_failed'],
    ['one for a batch', '{}', { 'content-type': 'application/cloudevents-batch+json' }, 400, 'validation_failed'],
    ['no gzip', '{}', { 'content-encoding': 'gzip' }, 400, 'invalid_gzip'],
    ['half of a gzip', gzipSync('{}').subarray(0, 15), { 'content-encoding': 'gzip' }, 400, 'invalid_gzip'],
    ['another coding', '{}', { 'content-encoding': 'br' }, 415, 'unsupported_content_encoding'],
    ['a bomb', gzipSync(Buffer.alloc(50_000_000, ' ')), { 'content-encoding': 'gzip' }, 413, 'body_too_large'],
    ['more than 5 MiB', Buffer.alloc(5_300_000, ' '), {}, 413, 'body_too_large'],
    ['more than 5,000 events', `[${'1,'.repeat(5_000)}1]`, {}, 413, 'batch_too_large'],
    ['a header that is not percent-encoded', '1', { 'ce-id': '%zz' }, 400, 'validation_failed'],
    ['data that would end its member', '1,"id":"x"', { 'ce-id': 'y' }, 400, 'invalid_json'],
  ])('%s is answered clearly', async (_, body, headers, status, code) => {
    const answer = await send(body, headers);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it('knows no other parameter', async () => {
    expect(await send(event(), {}, '?atomic=perhaps&x=1')).toMatchObject({ status: 400 });
  });
});
