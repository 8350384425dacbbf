import { TenantsModule } from '../../../src/tenants/tenants.module.js';
import { MetersModule } from '../../../src/usage-metrics/meters/meters.module.js';
import { QueriesModule } from '../../../src/usage-metrics/queries/queries.module.js';
import { Metering, type TestEvent } from '../../setup/metering.js';
import { Replica } from '../auth/callers.js';

interface Row {
  value: number;
  value_decimal: string;
  window_start: string;
  window_end: string;
  subject: string | null;
  group_by: Record<string, string | null>;
}

describe('queries over HTTP', () => {
  let metering: Metering;
  let replica: Replica;
  const day = 86_400_000;
  const begin = new Date(Math.floor(Date.now() / day) * day - 3 * day).toISOString();
  const at = (hours: number): string => new Date(Date.parse(begin) + hours * 3_600_000).toISOString();
  const keys = { acme: '', globex: '' };

  beforeAll(async () => {
    metering = await Metering.start();
    replica = await Replica.start(metering.test.database, [TenantsModule, MetersModule, QueriesModule]);
    const acme = await metering.tenant('acme');
    const globex = await metering.tenant('globex');
    for (const tenant of ['acme', 'globex'] as const) {
      keys[tenant] = (await replica.makeKey({ tenant, scopes: ['usage:read'] })).key;
    }
    await replica.send('POST', '/v1/meters', undefined, {
      slug: 'tokens',
      event_type: 'test',
      aggregation: 'sum',
      value_property: '$.tokens',
      group_by: { model: '$.model' },
    });
    const event = (tenant: TestEvent['tenant'], hours: number, tokens: string, model?: string): TestEvent => ({
      tenant,
      time: at(hours),
      data: `{"tokens":${tokens}${model === undefined ? '' : `,"model":${JSON.stringify(model)}`}}`,
    });
    await metering.append([
      event(acme, 1, '9007199254740993', 'a'),
      event(acme, 2, '0.000000000000000000000001', 'a'),
      event(acme, 3, '5', '=HYPERLINK("http://x")'),
      event(acme, 25, '-7'),
      event(globex, 1, '1e3', 'a'),
      event(globex, 49, '2', ''),
    ]);
  });
  afterAll(async () => {
    await replica.stop();
    await metering.stop();
  });

  const path = (query: string): string => `/v1/meters/tokens/query?from=${begin}&to=${at(72)}&${query}`;
  async function rows(query: string, key?: string): Promise<Row[]> {
    const { status, json } = await replica.send('GET', path(query), key);
    expect([query, status, json['errors']]).toEqual([query, 200, undefined]);
    return json['data'] as Row[];
  }
  const short = (all: readonly Row[]) =>
    all.map(({ value_decimal, subject, group_by }) => [subject, ...Object.values(group_by), value_decimal]);

  it('say a number that is near, and the decimal that is right', async () => {
    const { json } = await replica.send('GET', path('window_size=DAY&subject=acme'));
    expect(json).toEqual({
      from: begin,
      to: at(72),
      window_size: 'DAY',
      window_time_zone: 'UTC',
      data: [
        {
          value: 9_007_199_254_740_998,
          value_decimal: '9007199254740998.000000000000000000000001',
          window_start: begin.replace('.000', ''),
          window_end: at(24).replace('.000', ''),
          subject: 'acme',
          group_by: {},
        },
        {
          value: -7,
          value_decimal: '-7',
          window_start: at(24).replace('.000', ''),
          window_end: at(48).replace('.000', ''),
          subject: 'acme',
          group_by: {},
        },
      ],
      next_cursor: null,
    });
  });

  it('group by dimensions and tenants, and what is missing is a group of its own', async () => {
    expect(short(await rows('group_by=model'))).toEqual([
      [null, null, '-7'],
      [null, '', '2'],
      [null, '=HYPERLINK("http://x")', '5'],
      [null, 'a', '9007199254741993.000000000000000000000001'],
    ]);
    expect(short(await rows('group_by=subject,model&subject=globex'))).toEqual([
      ['globex', '', '2'],
      ['globex', 'a', '1000'],
    ]);
    expect(short(await rows('group_by=subject&group_by=model'))).toHaveLength(5);
  });

  it('ask the database once, whoever asks, by dimension and tenant', async () => {
    const asked = import.meta.jest.spyOn(metering.test.database, 'rpc');
    const told = import.meta.jest.spyOn(metering.test.database, 'read');
    try {
      // Who it is that asks, is remembered.
      await rows('', keys.acme);
      for (const [key, slugs] of [
        [undefined, ['acme', 'globex']],
        [keys.acme, ['acme']],
      ] as const) {
        asked.mockClear();
        told.mockClear();
        const answered = await rows('group_by=subject,model&filter_group_by[model]=a', key);
        expect(new Set(answered.map(({ subject }) => subject))).toEqual(new Set(slugs));
        expect([asked.mock.calls.map(([name]) => name), told.mock.calls]).toEqual([['usage_query'], []]);
      }
    } finally {
      asked.mockRestore();
      told.mockRestore();
    }
  });

  it('know a dimension once it is added, and name those there are for one that is not', async () => {
    const faultsOf = async (meter: string, query: string): Promise<unknown> =>
      (await replica.send('GET', `/v1/meters/${meter}/query?${query}`)).json['errors'];
    await replica.send('POST', '/v1/meters', undefined, {
      slug: 'grown',
      event_type: 'test',
      aggregation: 'count',
    });
    const none = 'is no dimension: the meter has none';
    expect(await faultsOf('grown', 'group_by=subject,region,region')).toEqual([
      { pointer: '?group_by/1', message: none },
      { pointer: '?group_by/2', message: none },
    ]);
    const group_by = { region: '$.region', model: '$.model' };
    await replica.send('PATCH', '/v1/meters/grown', undefined, { group_by });
    expect(await faultsOf('grown', 'group_by=region')).toBeUndefined();
    expect(await faultsOf('grown', 'filter_group_by[size]=1&window_size=DAY')).toEqual([
      { pointer: '?filter_group_by/size', message: 'is no dimension of the meter, which has model, region' },
    ]);
    expect(await faultsOf('grown', 'filter_missing=size&window_size=MINUTE&from=2000-01-01T00:00:00Z')).toEqual([
      { pointer: '?filter_missing/0', message: 'is no dimension of the meter, which has model, region' },
    ]);
  });

  it.each([
    ['filter_group_by[model]=a', ['9007199254741993.000000000000000000000001']],
    ['filter_group_by[model]=a&filter_group_by[model]=', ['9007199254741995.000000000000000000000001']],
    ['filter_missing=model', ['-7']],
    ['filter_missing=model&filter_group_by[model]=', ['-5']],
    ['filter_group_by[model]=nothing', []],
  ])('filter: %s', async (query, expected) => {
    expect((await rows(query)).map(({ value_decimal }) => value_decimal)).toEqual(expected);
  });

  it('go on where the page before ended, also when time went on', async () => {
    const query = 'window_size=HOUR&group_by=subject,model';
    const whole = await rows(query);
    const paged: unknown[] = [];
    let cursor: unknown = null;
    do {
      const more = typeof cursor === 'string' ? `&cursor=${cursor}` : '';
      const { json } = await replica.send('GET', `/v1/meters/tokens/query?from=${begin}&${query}&limit=2${more}`);
      paged.push(...(json['data'] as Row[]).map((row) => ({ ...row })));
      cursor = json['next_cursor'];
      if (typeof cursor === 'string') {
        const other = await replica.send('GET', path(`window_size=DAY&group_by=subject,model&cursor=${cursor}`));
        expect([other.status, other.json['errors']]).toEqual([
          400,
          [{ pointer: '?cursor', message: 'is a cursor of another query' }],
        ]);
      }
    } while (cursor !== null);
    expect(paged).toEqual(whole);
  });

  it.each([
    ['format=csv', {}, 'text/csv'],
    ['', { accept: 'text/csv' }, 'text/csv'],
    ['', { accept: 'application/json;q=0.1, application/x-ndjson' }, 'application/x-ndjson'],
    ['format=json', { accept: 'text/csv' }, 'application/json; charset=utf-8'],
    ['', { accept: 'image/png' }, 'application/json; charset=utf-8'],
  ])('come in the format of %j and %j', async (query, headers, type) => {
    const { status, headers: answered } = await replica.send('GET', path(query), undefined, undefined, headers);
    expect([status, answered.get('content-type')]).toEqual([200, type]);
  });

  it('as CSV, hold nothing that a spreadsheet would run', async () => {
    const { text, headers } = await replica.send('GET', path('window_size=DAY&group_by=model&format=csv'));
    const [first, second, third] = [0, 24, 48].map((hours) => at(hours).replace('.000', ''));
    const next = at(72).replace('.000', '');
    expect(text.split('\r\n')).toEqual([
      'window_start,window_end,subject,model,value',
      `${first},${second},,"'=HYPERLINK(""http://x"")",5`,
      `${first},${second},,a,9007199254741993.000000000000000000000001`,
      `${second},${third},,,-7`,
      `${third},${next},,"",2`,
      '',
    ]);
    expect(headers.get('content-disposition')).toBe('attachment; filename="tokens.csv"');
  });

  it('as NDJSON, are the rows of JSON', async () => {
    const query = 'window_size=HOUR&group_by=subject,model';
    const headers = { authorization: `Bearer ${keys.acme}` };
    const answered = await fetch(`${replica.running.url}${path(`${query}&format=ndjson`)}`, { headers });
    const text = await answered.text();
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toEqual(await rows(query, keys.acme));
  });

  it('of a tenant are answered from its rows alone', async () => {
    expect(short(await rows('group_by=subject', keys.globex))).toEqual([['globex', '1002']]);
    expect(short(await rows('', keys.globex))).toEqual([[null, '1002']]);
    const csv = await replica.send('GET', path('group_by=subject&format=csv'), keys.acme);
    expect(csv.text).not.toContain('globex');
    for (const foreign of ['globex', 'nobody']) {
      const { status, json } = await replica.send('GET', path(`subject=${foreign}`), keys.acme);
      expect([status, json['code']]).toEqual([404, 'tenant_not_found']);
    }
    expect(await replica.status('GET', '/v1/meters/tokens', keys.acme)).toBe(200);
    expect(await replica.status('DELETE', '/v1/meters/tokens', keys.acme)).toBe(403);
  });

  it('need no range: the last 30 days, and everything until now', async () => {
    const { json } = await replica.send('GET', '/v1/meters/tokens/query');
    expect((json['data'] as Row[]).map(({ value_decimal }) => value_decimal)).toEqual([
      '9007199254741993.000000000000000000000001',
    ]);
    expect(Date.parse(String(json['to']))).toBeGreaterThan(Date.now());
  });

  it('are told every fault at once', async () => {
    const bad =
      'from=yesterday&to=1969-01-01T00:00:00Z&window_size=YEAR&window_time_zone=Mars/Olympus&limit=0&colour=red&format=xml';
    const { status, json } = await replica.send('GET', `/v1/meters/Tokens/query?${bad}`);
    expect([status, json['code']]).toEqual([400, 'validation_failed']);
    expect((json['errors'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '{slug}',
      '?from',
      '?to',
      '?window_size',
      '?window_time_zone',
      '?limit',
      '?format',
      '?colour',
    ]);
    const unknown = 'group_by=subject,colour&filter_group_by[size]=1&filter_missing=model,shape';
    const reversed = `from=${at(2)}&to=${at(1)}`;
    const answered = await replica.send('GET', `/v1/meters/tokens/query?${reversed}&${unknown}`);
    const message = 'is no dimension of the meter, which has model';
    expect([answered.status, answered.json['errors']]).toEqual([
      400,
      [
        { pointer: '?from', message: 'must be before the end' },
        { pointer: '?group_by/1', message },
        { pointer: '?filter_group_by/size', message },
        { pointer: '?filter_missing/1', message },
      ],
    ]);
  });

  it.each([
    ['tokens', 'window_size=MINUTE&from=2000-01-01T00:00:00Z', 422, 'too_many_windows'],
    ['tokens', 'from=2000-01-01T00:00:01Z', 422, 'raw_expired'],
    ['tokens', 'from=2000-01-01T00:00:01Z&format=csv', 422, 'raw_expired'],
    ['nobody', '', 404, 'meter_not_found'],
    ['nobody', 'group_by=model', 404, 'meter_not_found'],
    ['tokens', 'subject=nobody', 404, 'tenant_not_found'],
  ])('of %s with %s are refused: %i %s', async (slug, query, status, code) => {
    const answered = await replica.send('GET', `/v1/meters/${slug}/query?${query}`);
    expect([answered.status, answered.json['code']]).toEqual([status, code]);
    expect(answered.headers.get('content-type')).toBe('application/problem+json');
  });
});
