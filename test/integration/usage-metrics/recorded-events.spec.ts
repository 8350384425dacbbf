import { newId } from '../../../src/platform/ids.js';
import type { TenantRef } from '../../../src/platform/reach.js';
import { aggregations } from '../../../src/usage-metrics/meters/meter.js';
import { Metering } from '../../setup/metering.js';
import { operator } from '../../setup/provisioning.js';

describe('single events', () => {
  let metering: Metering;
  let tenant: TenantRef;

  beforeAll(async () => {
    metering = await Metering.start();
    tenant = await metering.tenant();
  });
  afterAll(() => metering.stop());

  const replacement = (id: string, value: string, type: string): string =>
    `{"specversion":"1.0","id":"${id}","source":"test","type":"${type}","data":{"value":${value}}}`;
  const taken = (type: string, values: readonly string[], source = 'test') => {
    const ids = values.map(() => newId());
    const events = values.map((value, n) => ({ tenant, type, id: ids[n] ?? '', data: `{"value":${value}}` }));
    return metering.append(events).then((receipt) => {
      expect([source, receipt]).toMatchObject([source, { accepted: values.length }]);
      return ids;
    });
  };
  const page = (filter: object, limit = 50) => metering.events.page(tenant.slug, filter, 'all', limit, undefined);
  const voided = (id: string, replaced?: string) =>
    metering.events.void(tenant.slug, { source: 'test', id, reason: 'sent by mistake' }, replaced, operator);

  it('are listed with the numbers that were sent', async () => {
    const type = newId();
    const [id] = await taken(type, ['9007199254740993.000000000000000001']);
    const { data } = await page({ type });
    expect(JSON.stringify(data)).toContain('"value":9007199254740993.000000000000000001');
    expect(data[0]).toMatchObject({ event: { id, source: 'test', type, specversion: '1.0' }, voided: null });
  });

  it('are found by what they say, newest first, page by page', async () => {
    const type = newId();
    const ids = await taken(type, ['1', '2', '3', '4', '5']);
    const seen: unknown[] = [];
    let cursor: string | null = null;
    do {
      const after = cursor === null ? undefined : JSON.parse(Buffer.from(cursor, 'base64url').toString());
      const { data, next_cursor } = await metering.events.page(tenant.id, { type }, 'all', 2, after);
      seen.push(...data.map(({ event }) => event['id']));
      cursor = next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids.toReversed());
    const found = async (filter: object) => (await page({ type, ...filter })).data.length;
    expect(await found({ id: ids[2] })).toBe(1);
    expect(await found({ source: 'other' })).toBe(0);
    expect(await found({ from: '2999-01-01T00:00:00Z' })).toBe(0);
    expect(await found({ to: '2999-01-01T00:00:00Z' })).toBe(5);
    expect(await found({ voided: false })).toBe(5);
    await voided(ids[2] ?? '');
    expect(await found({ voided: true })).toBe(1);
  });

  it('count no longer once they are voided, whatever is counted', async () => {
    const type = newId();
    const meters = new Map<string, string>();
    for (const aggregation of aggregations.filter((name) => name !== 'time_weighted')) {
      const value = aggregation === 'count' ? undefined : '$.value';
      meters.set((await metering.meter({ event_type: type, aggregation, value_property: value })).slug, aggregation);
    }
    const counts = async (): Promise<Record<string, string | undefined>> => {
      const found: Record<string, string | undefined> = {};
      for (const [slug, name] of meters) found[name] = (await metering.rows({ slug }))[0]?.value_decimal;
      return found;
    };
    await taken(type, ['1', '5', '3']);
    const before = await counts();
    const [high] = await taken(type, ['100']);
    expect(await counts()).not.toEqual(before);
    await metering.compact();
    const mark = await voided(high ?? '');
    expect(mark).toMatchObject({ id: high, reason: 'sent by mistake', voided_by: 'operator', replaced: false });
    expect(await counts()).toEqual(before);
    await metering.compact();
    expect(await counts()).toEqual(before);
    const { data } = await page({ type, voided: true });
    expect(data).toMatchObject([{ event: { id: high }, voided: { reason: 'sent by mistake', voided_by: 'operator' } }]);
    const [row] = await metering.test.sql<{ action: string; tenant_id: string }>(
      `select action, tenant_id from public.audit_log order by id desc limit 1`,
    );
    expect(row).toEqual({ action: 'usage_event.void', tenant_id: tenant.id });
  });

  it('are replaced, or nothing happens', async () => {
    const type = newId();
    const { slug } = await metering.meter({ event_type: type });
    const [wrong, other] = await taken(type, ['10', '1']);
    const total = async () => (await metering.rows({ slug }))[0]?.value_decimal;
    const right = newId();
    expect(await voided(wrong ?? '', replacement(right, '0.3333333333333333333333', type))).toMatchObject({
      replaced: true,
    });
    expect(await total()).toBe('1.3333333333333333333333');

    const refusals: [string, string][] = [
      [replacement(right, '7', type), 'conflict: an event of this source and id says something else'],
      [
        replacement(newId(), '"x"', type),
        `invalid_value: the value that the meter ${slug} counts is not a number of at most 1400 digits`,
      ],
      [replacement('', '7', type), 'invalid_event: id is empty'],
    ];
    for (const [json, message] of refusals) {
      await expect(voided(other ?? '', json)).rejects.toMatchObject({
        kind: 'unprocessable',
        code: 'replacement_rejected',
        faults: [{ pointer: '/replacement', message }],
      });
    }
    expect(await total()).toBe('1.3333333333333333333333');
    await expect(voided(wrong ?? '')).rejects.toMatchObject({ kind: 'conflict', code: 'already_voided' });
    await expect(voided('nobody')).rejects.toMatchObject({ kind: 'not_found', code: 'event_not_found' });
  });

  it('of Tenantry itself are replaced by others of the same source, and nothing else by one like them', async () => {
    const source = `tenantry/instances/${newId()}`;
    const state = { specversion: '1.0', source, type: 'tenantry.instance.state', data: { seconds: '900' } };
    const ids = [newId(), newId()] as const;
    await metering.log.append(
      ids.map((id) => ({ tenantId: tenant.id, json: JSON.stringify({ ...state, id }) })),
      { atomic: true },
    );
    const [sent] = await taken(newId(), ['1']);
    const amended = (of: string, id: string, by: object) => {
      const voiding = { source: of, id, reason: 'an outage that nobody saw' };
      return metering.events.void(tenant.slug, voiding, JSON.stringify({ ...state, id: newId(), ...by }), operator);
    };
    expect(await amended(source, ids[0], { data: { seconds: '600' } })).toMatchObject({ replaced: true });
    const reserved = 'reserved_type: type tenantry.instance.state is sent by Tenantry alone';
    const refusals: [Promise<unknown>, string][] = [
      [amended(source, ids[1], { source: `${source}0` }), `${reserved}; source is one of Tenantry alone`],
      [amended(source, ids[1], { source: 'test' }), reserved],
      [amended('test', sent ?? '', { source: 'test' }), reserved],
      [amended('test', sent ?? '', { type: 'other' }), 'reserved_source: source is one of Tenantry alone'],
    ];
    for (const [call, message] of refusals) {
      await expect(call).rejects.toMatchObject({
        code: 'replacement_rejected',
        faults: [{ pointer: '/replacement', message }],
      });
    }
    const { data } = await page({ type: state.type });
    expect([data.length, data.filter(({ voided: mark }) => mark !== null).length]).toEqual([3, 1]);
  });

  it('of another tenant are not there', async () => {
    const type = newId();
    const [id] = await taken(type, ['1']);
    const other = await metering.tenant();
    await expect(metering.events.page(tenant.id, {}, [other], 50, undefined)).rejects.toMatchObject({
      code: 'tenant_not_found',
    });
    expect((await metering.events.page(other.id, { type }, [other], 50, undefined)).data).toEqual([]);
    expect(await metering.events.newest(undefined, { type }, [other], 50)).toEqual([]);
    await expect(
      metering.events.void(other.slug, { source: 'test', id: id ?? '', reason: 'x' }, undefined, operator),
    ).rejects.toMatchObject({ code: 'event_not_found' });
  });
});
