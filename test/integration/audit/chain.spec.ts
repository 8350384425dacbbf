import { assert, asyncProperty, array, constantFrom, jsonValue, oneof, option, record, string } from 'fast-check';
import { AuditStore } from '../../../src/audit/audit.store.js';
import { mayExpire } from '../../../src/audit/expirable-actions.js';
import { digestOf, globalChain, hashOf, type TrailEntry } from '../../../src/audit/trail-entry.js';
import { readLine, writeLine } from '../../../src/audit/trail-line.js';
import { applyMigrations, findMigrations, readMigrations } from '../../../src/embedded/supabase/migrations.js';
import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { newId } from '../../../src/platform/ids.js';
import { TestTrail } from '../../setup/audit.js';
import { hostedSchema } from '../../setup/hosted-schema.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../setup/database.js';

describe('the chains of the trail', () => {
  let test: TestDatabase;
  let trail: TestTrail;
  let store: AuditStore;

  beforeAll(async () => {
    test = await createTestDatabase();
    trail = new TestTrail(test);
    store = new AuditStore(test.database);
  });
  afterAll(() => test.drop());

  const chain = (name: string): Promise<TrailEntry[]> => store.chain(name, 0, 1_000_000, 1_000);

  it('are one for each tenant and one for what belongs to none, numbered without gaps, each row following the one before', async () => {
    const tenantId = newId();
    for (const tenant of [null, tenantId, null, tenantId, tenantId]) {
      await trail.write({ action: 'thing.change', tenantId: tenant });
    }
    for (const [name, count] of [
      [globalChain, 2],
      [tenantId, 3],
    ] as const) {
      const entries = await chain(name);
      expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
      expect(entries.map(({ prev_hash }) => prev_hash)).toEqual([
        '0'.repeat(64),
        ...entries.slice(0, -1).map(({ hash }) => hash),
      ]);
      expect(await store.head(name)).toEqual({ chain: name, seq: count, hash: entries.at(-1)?.hash });
    }
  });

  it('hold who, with which key, from where, in which request', async () => {
    const tenantId = newId();
    const context = { actor: 'user-1', request_id: 'request-1', credential: 'key-1', address: '192.0.2.1' };
    await trail.write({ action: 'thing.change', tenantId, context, before: '{"a": 1}', after: '{"a": 2}' });
    expect(await chain(tenantId)).toMatchObject([
      {
        ...context,
        action: 'thing.change',
        resource_type: 'thing',
        resource_id: 'r',
        before: '{"a": 1}',
        after: '{"a": 2}',
      },
    ]);
  });

  it.each([
    ['a plain object', '{"b": 1, "a": [true, null, "x"]}'],
    ['numbers that no double holds', '{"n": 12345678901234567890.10, "m": 1.0, "z": 0.00}'],
    ['numbers with exponents', '[1e3, 1E-7, -0, 1.50e+2, 1e30]'],
    [
      'names in the order of Postgres: by length, then by bytes',
      '{"10": 1, "9": 2, "a": 3, "b": 4, "ä": 5, "": 6, "aa": 7}',
    ],
    ['text of the world', '{"grüße": "Ελλάδα 日本 🚀 \\u202e \\u2028 \\u007f"}'],
    ['what must be escaped', String.raw`["\"", "\\", "\b\f\n\r\t", "\u0001\u001f", "\/"]`],
    ['what looks like our own encoding', '["-", "3:abc", "5:-3:ab"]'],
    ['nothing', 'null'],
    ['text', '"text"'],
    ['a name that JavaScript treats as its own', '{"__proto__": {"a": 1}, "constructor": 2}'],
    ['deep nesting', `${'['.repeat(60)}1${']'.repeat(60)}`],
  ])('have the same hashes when they are computed anew from an exported line: %s', async (_, after) => {
    const tenantId = newId();
    await trail.write({ action: 'thing.change', tenantId, after });
    const [entry] = await chain(tenantId);
    if (entry === undefined) throw new Error('no row');
    expect([digestOf(entry), hashOf(entry)]).toEqual([entry.digest, entry.hash]);
    expect(readLine(writeLine({ type: 'entry', entry }).trim())).toEqual({ type: 'entry', entry });
  });

  it('have the same hashes whatever is written', async () => {
    const text = string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !value.includes('\0'));
    const json = jsonValue({ maxDepth: 3, stringUnit: 'grapheme' })
      .map((value) => JSON.stringify(value))
      .filter((value) => !value.includes('\\u0000'));
    const told = record({
      action: constantFrom('thing.change', 'instance.create', 'denied.createTenant'),
      resource: text,
      context: record({ actor: text, request_id: option(text), credential: option(text), address: option(text) }),
      before: option(json),
      after: option(oneof(json, constantFrom('1.10', '-0.0', '100000000000000000000'))),
    });
    await assert(
      asyncProperty(array(told, { minLength: 1, maxLength: 5 }), async (changes) => {
        const tenantId = newId();
        for (const change of changes) await trail.write({ ...change, tenantId });
        const entries = await chain(tenantId);
        expect(entries).toHaveLength(changes.length);
        for (const entry of entries) {
          expect([digestOf(entry), hashOf(entry)]).toEqual([entry.digest, entry.hash]);
          expect(readLine(writeLine({ type: 'entry', entry }))).toEqual({ type: 'entry', entry });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('have the same hashes whatever the session is set to', async () => {
    const tenantId = newId();
    await test.sql(`begin; set local timezone = 'Asia/Kathmandu'; set local datestyle = 'German'; set local intervalstyle = 'iso_8601';
      set local extra_float_digits = -5; select public.write_audit('{"actor": "a"}', 'thing.change', 'thing', 'r', '${tenantId}', null, '{"a": 1.0}'); commit`);
    const [entry] = await chain(tenantId);
    expect(entry && [digestOf(entry), hashOf(entry)]).toEqual([entry?.digest, entry?.hash]);
    expect(entry?.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  it('take part in what is undone', async () => {
    const tenantId = newId();
    await trail.write({ action: 'thing.change', tenantId });
    const before = await store.head(tenantId);
    await expect(
      test.sql(
        `begin; select public.write_audit('{"actor": "a"}', 'thing.change', 'thing', 'r', '${tenantId}', null, null); select 1 / 0; commit`,
      ),
    ).rejects.toMatchObject({ code: '22012' });
    await test.sql('rollback');
    expect(await store.head(tenantId)).toEqual(before);
  });

  it.each(['sealed_secrets', 'secrets_hash', 'hash', 'key_hash', 'secret', 'token', 'password'])(
    'hold no member %s, whoever forgets to leave it out',
    async (name) => {
      const tenantId = newId();
      await trail.write({
        action: 'thing.change',
        tenantId,
        before: `{"${name}": "canary", "a": 1}`,
        after: `{"${name}": "canary"}`,
      });
      expect(await chain(tenantId)).toMatchObject([{ before: '{"a": 1}', after: '{}' }]);
    },
  );

  it.each([
    'instance.create',
    'operation.failed',
    'instances.create',
    'key.create',
    'member.add',
    'tenant.create',
    'plan.change',
    'blueprint.publish',
    'audit.checkpoint',
    'audit.expire',
    'denied.createTenant',
    'denied.instance',
    'instance',
    '',
  ])('agree with whoever verifies on whether the content of %s may go', async (action) => {
    const [row] = await test.sql<{ may: boolean }>('select public.audit_may_expire($1) as may', [action]);
    expect(row?.may).toBe(mayExpire(action));
  });

  it('grow without gaps or forks under eight writers at once', async () => {
    const tenants = [null, newId(), newId()];
    const before = await Promise.all(tenants.map(async (id) => (await store.head(id ?? globalChain))?.seq ?? 0));
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let round = 0; round < 15; round += 1) {
        const p_tenant_id = tenants[(writer + round) % tenants.length] ?? null;
        const told = {
          p_action: 'thing.change',
          p_resource_type: 'thing',
          p_resource_id: `${writer}/${round}`,
          p_before: null,
        };
        const p_context = { actor: `writer-${writer}`, request_id: null };
        await test.database.rpc('write_audit', { ...told, p_context, p_tenant_id, p_after: { round } });
      }
    });
    await Promise.all(writers);
    const after = await Promise.all(tenants.map(async (id) => (await store.head(id ?? globalChain))?.seq ?? 0));
    expect(after.map((seq, at) => seq - (before[at] ?? 0))).toEqual([40, 40, 40]);
    expect(await trail.verify()).toMatchObject({ faults: [] });
  });
});

describe('a database that had a trail before it was chained', () => {
  it('has all its rows in the chains, in their order', async () => {
    const empty = await createEmptyDatabase();
    const sql = connectAsOwner(empty.address, empty.name);
    try {
      await sql.unsafe(hostedSchema);
      const migrations = await readMigrations(await findMigrations());
      await applyMigrations(
        sql,
        migrations.filter(({ version }) => version < '20261128000200'),
      );
      const tenantId = newId();
      await sql.unsafe(`
        select public.tenant_create('${tenantId}', 'acme', 'Acme', 'free', 'UTC', '{"n": 1.0}', '{"actor": "operator", "request_id": "1"}');
        select public.blueprint_publish('${newId()}', 'web', '{}', 'd', false, '{"actor": "operator"}');
        select public.tenant_change('${tenantId}', '{"name": "New"}', null, '{"actor": "operator"}');`);
      await applyMigrations(sql, migrations);
      await sql.unsafe(
        `select public.tenant_change('${tenantId}', '{"name": "Newer"}', null, '{"actor": "operator"}')`,
      );
      const rows = await sql<{ row: unknown }[]>`
        select to_jsonb(e) - 'time' || jsonb_build_object('at', e.time) as row from public.audit_entries e order by chain, seq`;
      const entries = rows.map(({ row }) => readLine(JSON.stringify({ type: 'entry', ...Object(row) })));
      const told = entries.map((line) => (line.type === 'entry' ? line.entry : undefined));
      expect(told.map((entry) => [entry?.chain, entry?.seq, entry?.action])).toEqual([
        [tenantId, 1, 'tenant.create'],
        [tenantId, 2, 'tenant.change'],
        [tenantId, 3, 'tenant.change'],
        [globalChain, 1, 'blueprint.publish'],
      ]);
      const heads = await sql`select chain, seq::integer as seq, hash from public.audit_heads order by chain`;
      expect(heads).toMatchObject([
        { chain: tenantId, seq: 3, hash: told[2]?.hash },
        { chain: globalChain, seq: 1, hash: told[3]?.hash },
      ]);
      expect(told[1]?.prev_hash).toBe(told[0]?.hash);
    } finally {
      await sql.end({ timeout: 1 });
      await empty.drop();
    }
  });
});
