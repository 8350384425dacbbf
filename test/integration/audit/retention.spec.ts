import { Logger } from '@nestjs/common';
import { AuditStore } from '../../../src/audit/audit.store.js';
import { bySystem } from '../../../src/audit/change-context.js';
import { newId } from '../../../src/platform/ids.js';
import { TestTrail } from '../../setup/audit.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';

beforeAll(() => Logger.overrideLogger(false));

const kept = [
  'key.create',
  'member.add',
  'tenant.create',
  'plan.change',
  'blueprint.publish',
  'audit.note',
  'denied.createTenant',
  'whatever.comes',
];

describe('retention', () => {
  let test: TestDatabase;
  let trail: TestTrail;
  let store: AuditStore;
  const tenantId = newId();
  const context = { actor: 'user', request_id: 'r1', credential: 'key-1', address: '192.0.2.1' };
  const nothing = {
    actor: null,
    credential: null,
    address: null,
    request_id: null,
    resource_id: null,
    nonce: null,
    before: null,
    after: null,
  };

  beforeEach(async () => {
    test = await createTestDatabase();
    trail = new TestTrail(test, { TENANTRY_AUDIT_RETENTION_DAYS: '30' });
    store = new AuditStore(test.database);
    for (const action of [...kept, 'instance.create', 'operation.succeeded']) {
      await trail.write({ action, tenantId, context, before: '{"a": 1}', after: '{"a": 2}' });
    }
    await trail.age(40);
    await trail.write({ action: 'instance.change', tenantId, context, after: '{"a": 3}' });
    await trail.sign();
  });
  afterEach(() => test.drop());

  it('removes the content of old rows, leaves their place in the chain, and touches nothing that is kept for ever', async () => {
    const before = await store.chain(tenantId, 0, 99, 99);
    expect(await trail.expire()).toBe(2);
    const after = await store.chain(tenantId, 0, 99, 99);
    expect(after).toEqual(
      before.map((entry) =>
        ['instance.create', 'operation.succeeded'].includes(entry.action)
          ? { ...entry, ...nothing, expired_at: expect.any(String) }
          : entry,
      ),
    );
    const report = await trail.verify({ trustedKeys: new Set([trail.config.signingKey.id]) });
    expect(report).toMatchObject({ faults: [], expired: 2, entries: 14 });
  });

  it('says in the trail, before, what it removes; and says and does nothing twice', async () => {
    await trail.expire();
    const told = await store.page({ action: 'audit.expire' }, 9, undefined);
    expect(told.map(({ actor, after }) => [actor, JSON.parse(after ?? '')])).toEqual([
      ['system', { days: 30, until: expect.stringMatching(/^\d{4}-\d\d-\d\dT00:00:00\.000000Z$/) }],
    ]);
    expect(await trail.expire()).toBe(0);
    expect(await store.page({ action: 'audit.expire' }, 9, undefined)).toEqual(told);
  });

  it('goes on where it stopped, in steps', async () => {
    expect(await trail.upkeep.expire(30, 1, bySystem)).toEqual({ outcome: 'expired', removed: 1, more: true });
    expect((await trail.verify()).faults).toEqual([]);
    expect(await trail.upkeep.expire(30, 1, bySystem)).toEqual({ outcome: 'expired', removed: 1, more: true });
    expect(await trail.upkeep.expire(30, 1, bySystem)).toEqual({ outcome: 'expired', removed: 0, more: false });
    expect(await store.page({ action: 'audit.expire' }, 9, undefined)).toHaveLength(1);
  });

  it('says nothing where there is nothing to remove', async () => {
    expect(await trail.upkeep.expire(60, 10, bySystem)).toEqual({ outcome: 'nothing', removed: 0, more: false });
    expect(await store.page({ action: 'audit.expire' }, 9, undefined)).toEqual([]);
  });

  it('is for ever unless it is told', async () => {
    const forEver = new TestTrail(test);
    expect(forEver.config.retentionDays).toBe(0);
    expect(await forEver.expire()).toBe(0);
    expect((await trail.verify()).expired).toBe(0);
  });

  it.each([6, 0, -1])('of %d days is refused, whoever asks', async (days) => {
    await expect(trail.upkeep.expire(days, 10, bySystem)).rejects.toMatchObject({ code: 'PT400' });
  });

  it('hides no row that somebody else emptied: what is younger than it announced is found', async () => {
    await trail.expire();
    await trail.tamper(`update public.audit_log set nonce = null, actor = null, credential = null, address = null, request_id = null,
      resource_id = null, before = null, after = null, expired_at = now() where action = 'instance.change'`);
    expect((await trail.verify()).faults).toEqual([
      `chain ${tenantId}: row 11 lost its content, and no retention announced that`,
    ]);
  });

  it('leaves nothing of the content to be found by filters, and the rest to be read', async () => {
    await trail.expire();
    expect(await store.page({ actor: 'user', action: 'operation.' }, 9, undefined)).toEqual([]);
    expect(await store.page({ tenant_id: tenantId, action: 'operation.' }, 9, undefined)).toMatchObject([nothing]);
  });
});
