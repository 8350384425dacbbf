import { newId } from '../../../src/platform/ids.js';
import { type MeterChange, newMeterVersion } from '../../../src/usage-metrics/meters/meter.js';
import { Metering } from '../../setup/metering.js';
import { operator } from '../../setup/provisioning.js';

const quarterMs = 900_000;

describe('meters', () => {
  let metering: Metering;
  const soon = (quarters: number): string =>
    new Date(Math.ceil((Date.now() + 360_000) / quarterMs) * quarterMs + quarters * quarterMs).toISOString();
  const version = (parts: object) =>
    newMeterVersion.parse({ event_type: 'x', aggregation: 'sum', value_property: '$.value', ...parts });

  beforeAll(async () => {
    metering = await Metering.start();
  });
  afterAll(() => metering.stop());

  async function trail(slug: string): Promise<string[]> {
    const rows = await metering.test.sql<{ action: string }>(
      `select action from public.audit_log where resource_type = 'meter' and resource_id = $1 order by id`,
      [slug],
    );
    return rows.map(({ action }) => action);
  }

  it('are made, found and listed, with a trail', async () => {
    const made = await metering.meter({
      slug: 'tokens',
      event_type: 'llm.call',
      group_by: { model: "$['the model']" },
      filters: { '$.ok': ['true'] },
      unit: 'token',
      retention_days: 400,
      metadata: { a: 1 },
    });
    expect(made).toMatchObject({
      slug: 'tokens',
      name: 'tokens',
      description: null,
      version: 1,
      event_type: 'llm.call',
      value_property: '$.value',
      group_by: { model: "$['the model']" },
      filters: { '$.ok': ['true'] },
      unit: 'token',
      retention_days: 400,
      valid_from: null,
      valid_to: null,
    });
    expect(await metering.meters.get('tokens')).toEqual(made);
    const other = await metering.meter({ slug: 'a_first' });
    expect(await metering.meters.list(10)).toEqual([other, made]);
    expect(await metering.meters.list(10, 'a_first')).toEqual([made]);
    expect(await trail('tokens')).toEqual(['meter.create']);
  });

  it('have a slug of their own', async () => {
    const { slug } = await metering.meter();
    await expect(metering.meter({ slug })).rejects.toMatchObject({ kind: 'conflict', code: 'slug_taken' });
    await metering.meters.delete(slug, undefined, operator);
    await expect(metering.meters.get(slug)).rejects.toMatchObject({ code: 'meter_not_found' });
    expect((await metering.meter({ slug })).version).toBe(1);
    expect(await trail(slug)).toEqual(['meter.create', 'meter.delete', 'meter.create']);
  });

  it('are changed in what does not change counts', async () => {
    const made = await metering.meter({ group_by: { a: '$.a' } });
    const change = (parts: MeterChange, ifMatch?: string) =>
      metering.meters.change(made.slug, parts, ifMatch, operator);
    const changed = await change({ name: 'New', group_by: { a: '$.a', b: '$.b' } }, made.etag);
    expect(changed).toMatchObject({ name: 'New', group_by: { a: '$.a', b: '$.b' }, version: 1 });
    expect(changed.etag).not.toBe(made.etag);
    await expect(change({ group_by: { a: '$.c' } })).rejects.toMatchObject({
      kind: 'unprocessable',
      code: 'new_version_needed',
      faults: [
        { pointer: '/group_by/a', message: 'must stay $.a' },
        { pointer: '/group_by/b', message: 'must stay $.b' },
      ],
    });
    await expect(change({ name: 'Late' }, made.etag)).rejects.toMatchObject({ kind: 'precondition_failed' });
    await expect(metering.meters.delete(made.slug, made.etag, operator)).rejects.toMatchObject({
      kind: 'precondition_failed',
    });
    expect(await change({})).toEqual(changed);
    expect(await trail(made.slug)).toEqual(['meter.create', 'meter.change']);
    await expect(metering.meters.change('nobody', {}, undefined, operator)).rejects.toMatchObject({
      code: 'meter_not_found',
    });
  });

  it('get versions, each for the events from its time on', async () => {
    const first = await metering.meter({ event_type: 'x' });
    const { slug } = first;
    const second = await metering.meters.addVersion(
      slug,
      version({ valid_from: soon(0), group_by: { a: '$.a' } }),
      first.etag,
      operator,
    );
    expect(second).toMatchObject({ version: 2, group_by: { a: '$.a' } });
    expect(Date.parse(second.valid_from ?? '')).toBe(Date.parse(soon(0)));
    const [newest, oldest] = await metering.meters.versions(slug);
    expect([newest, oldest?.version, oldest?.valid_to]).toEqual([second, 1, second.valid_from]);
    expect(await metering.meters.get(slug)).toEqual(second);
    expect((await metering.meters.list(100)).filter((meter) => meter.slug === slug)).toEqual([second]);
    await expect(
      metering.meters.addVersion(slug, version({ valid_from: soon(1) }), first.etag, operator),
    ).rejects.toMatchObject({ kind: 'precondition_failed' });
    await metering.meters.delete(slug, undefined, operator);
    await expect(metering.meters.versions(slug)).rejects.toMatchObject({ code: 'meter_not_found' });
  });

  it.each([
    ['in the past', () => '2020-01-01T00:00:00Z'],
    ['between quarters of an hour', () => soon(1).replace(':00.000Z', ':01.000Z')],
    ['no later than the version before', () => soon(0)],
  ])('get no version %s', async (_, validFrom) => {
    const { slug } = await metering.meter({ event_type: 'x' });
    await metering.meters.addVersion(slug, version({ valid_from: soon(0) }), undefined, operator);
    await expect(
      metering.meters.addVersion(slug, version({ valid_from: validFrom() }), undefined, operator),
    ).rejects.toMatchObject({ kind: 'unprocessable', code: 'valid_from_refused' });
    expect(await metering.meters.versions(slug)).toHaveLength(2);
  });

  it('count where their paths lead, and what their filters let through', async () => {
    const tenant = await metering.tenant();
    const type = newId();
    const { slug } = await metering.meter({
      event_type: type,
      value_property: '$.items[1][\'a "quoted" name\']',
      group_by: { deep: "$['a.b'].c" },
      filters: { '$.ok': ['true', 'yes'], '$.code': ['200'] },
    });
    const data = (parts: object): string =>
      JSON.stringify({ ok: true, code: 200, items: [0, { 'a "quoted" name': '1.5' }], 'a.b': { c: 'x' }, ...parts });
    const events = [{}, { ok: 'yes' }, { ok: 'no' }, { code: 500 }, { 'a.b': {} }, { items: [] }].map((parts) => ({
      tenant,
      type,
      data: data(parts),
    }));
    expect(await metering.append(events)).toMatchObject({ accepted: 6, rejected: [] });
    const rows = await metering.rows({ slug, groupBy: ['deep'] });
    expect(rows.map(({ group_by, value_decimal }) => [group_by, value_decimal])).toEqual(
      expect.arrayContaining([
        [{ deep: 'x' }, '3'],
        [{ deep: null }, '1.5'],
      ]),
    );
    expect(rows).toHaveLength(2);
  });
});
