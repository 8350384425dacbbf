import { Logger } from '@nestjs/common';
import { newId } from '../../../src/platform/ids.js';
import { TestTrail } from '../../setup/audit.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';

const tables = [
  'audit_log',
  'audit_chains',
  'audit_checkpoints',
  'audit_signing_keys',
  'audit_retention',
  'denied_attempts',
] as const;

beforeAll(() => Logger.overrideLogger(false));

describe('the tables of the trail', () => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await createTestDatabase();
    const trail = new TestTrail(test);
    await trail.write({ action: 'instance.create', tenantId: newId() });
    await trail.sign();
  });
  afterAll(() => test.drop());

  it.each(tables)('%s: the service role may read it, and nothing else', async (table) => {
    const rows = await test.sql<{ privilege: string }>(
      `select p as privilege from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p
       where has_table_privilege('service_role', 'public.${table}', p)`,
    );
    expect(rows).toEqual([{ privilege: 'SELECT' }]);
  });

  it('refuse the service role at the gateway', async () => {
    const { client } = test.database;
    const refused = { code: '42501' };
    const row = { action: 'a', resource_type: 'b', chain: 'global', chain_seq: 9, digest: '', prev_hash: '', hash: '' };
    expect((await client.from('audit_log').insert(row)).error).toMatchObject(refused);
    expect((await client.from('audit_log').update({ after: null }).gt('id', 0)).error).toMatchObject(refused);
    expect((await client.from('audit_log').delete().gt('id', 0)).error).toMatchObject(refused);
    expect((await client.from('audit_chains').update({ seq: 0 }).neq('chain', '')).error).toMatchObject(refused);
    expect((await client.from('audit_chains').delete().neq('chain', '')).error).toMatchObject(refused);
    expect((await client.from('audit_checkpoints').delete().gt('number', 0)).error).toMatchObject(refused);
    expect((await client.from('audit_signing_keys').delete().neq('key_id', '')).error).toMatchObject(refused);
  });

  it.each([
    ["update public.audit_log set actor = 'nobody'", 'audit_log is append-only'],
    ['delete from public.audit_log', 'audit_log is append-only'],
    ['truncate public.audit_log', 'audit_log is append-only'],
    ["update public.audit_log set expired_at = now() where action = 'instance.create'", 'audit_log is append-only'],
    ['update public.audit_chains set seq = 0', 'audit_chains only moves on'],
    ['update public.audit_chains set signed_seq = 1000', 'audit_chains only moves on'],
    ["update public.audit_chains set chain = 'x' || chain", 'audit_chains only moves on'],
    ['delete from public.audit_chains', 'audit_chains only moves on'],
    ['truncate public.audit_chains', 'audit_chains is append-only'],
    ["update public.audit_checkpoints set signature = ''", 'audit_checkpoints is append-only'],
    ['delete from public.audit_checkpoints', 'audit_checkpoints is append-only'],
    ['truncate public.audit_checkpoints', 'audit_checkpoints is append-only'],
    ["update public.audit_signing_keys set public_key = ''", 'audit_signing_keys is append-only'],
    ['delete from public.audit_signing_keys', 'audit_signing_keys is append-only'],
    ['truncate public.audit_signing_keys cascade', 'is append-only'],
  ])('refuse even their owner: %s', async (statement, message) => {
    await expect(test.sql(statement)).rejects.toMatchObject({
      code: 'PT409',
      message: expect.stringContaining(message),
    });
  });

  const gone =
    'nonce = null, actor = null, credential = null, address = null, request_id = null, resource_id = null, before = null, after = null, expired_at = now()';

  it.each([
    ['what retention does, by other hands', `update public.audit_log set ${gone} where action = 'instance.create'`],
    [
      'a part of it',
      "set local tenantry.audit_expiring = 'on'; update public.audit_log set after = null, expired_at = now() where action = 'instance.create'",
    ],
    [
      'more than it',
      `set local tenantry.audit_expiring = 'on'; update public.audit_log set ${gone}, action = 'x' where action = 'instance.create'`,
    ],
    [
      'it, of a row that is kept for ever',
      `set local tenantry.audit_expiring = 'on'; update public.audit_log set ${gone} where action = 'audit.checkpoint'`,
    ],
    ['a deletion', "set local tenantry.audit_expiring = 'on'; delete from public.audit_log"],
  ])('refuse their owner %s', async (_, statement) => {
    await expect(test.sql(`begin; ${statement}; commit`)).rejects.toMatchObject({
      code: 'PT409',
      message: 'audit_log is append-only',
    });
    await test.sql('rollback');
  });
});
