import { Logger } from '@nestjs/common';
import { AuditUpkeepStore } from '../../../src/audit/audit-upkeep.store.js';
import { AuditStore } from '../../../src/audit/audit.store.js';
import type { DeniedAttempt } from '../../../src/audit/denied-attempt.js';
import { DeniedAttempts } from '../../../src/audit/denied-attempts.service.js';
import { newId } from '../../../src/platform/ids.js';
import { contextOf, runInContext } from '../../../src/platform/request-context.js';
import { TestTrail } from '../../setup/audit.js';
import { BreakableDatabase } from '../../setup/breakable-database.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { withinOneMinute } from '../../setup/minute.js';

beforeAll(() => Logger.overrideLogger(false));

const badKey: DeniedAttempt = { action: 'createTenant', reason: 'unauthenticated' };

describe('refused attempts', () => {
  let test: TestDatabase;
  let store: AuditStore;
  let breakable: BreakableDatabase;
  let denied: DeniedAttempts;

  beforeEach(async () => {
    await withinOneMinute();
    test = await createTestDatabase();
    store = new AuditStore(test.database);
    breakable = new BreakableDatabase(test.database);
    denied = new DeniedAttempts(new AuditUpkeepStore(breakable));
  });
  afterEach(() => test.drop());

  const from = (
    address: string,
    attempt: DeniedAttempt = badKey,
    who: { actor?: string; credential?: string } = {},
  ): Promise<void> =>
    runInContext({ ...contextOf(`request-of-${address}`, undefined), address, ...who }, () => denied.record(attempt));

  async function rows(): Promise<{ actor: string | null; address: string | null; action: string; after: unknown }[]> {
    const entries = await store.page({ action: 'denied.' }, 999, undefined);
    return entries
      .toReversed()
      .map(({ actor, address, action, after }) => ({ actor, address, action, after: JSON.parse(after ?? 'null') }));
  }

  /** Lets the minute pass. */
  const minuteLater = async (): Promise<void> => {
    await test.sql("update public.denied_attempts set minute = minute - interval '1 minute'");
    await denied.close();
  };

  it('are in the trail when the answer goes out: who, from where, at what, why', async () => {
    await from('192.0.2.1');
    expect(await store.page({ action: 'denied.' }, 9, undefined)).toMatchObject([
      {
        actor: 'anonymous',
        credential: null,
        address: '192.0.2.1',
        request_id: 'request-of-192.0.2.1',
        action: 'denied.createTenant',
        resource_type: 'route',
        resource_id: 'createTenant',
        tenant_id: null,
        before: null,
        after: '{"count": 1, "reason": "unauthenticated"}',
      },
    ]);
  });

  it('of a tenant are in its trail, with the key and with what was reached for', async () => {
    const tenantId = newId();
    const attempt = { action: 'getInstance', reason: 'not_found', tenantId, resource: { type: 'instance', id: 'i1' } };
    await from('192.0.2.1', attempt, { actor: 'user-1', credential: 'key-1' });
    expect(await store.page({ tenant_id: tenantId }, 9, undefined)).toMatchObject([
      {
        actor: 'user-1',
        credential: 'key-1',
        chain: tenantId,
        action: 'denied.getInstance',
        resource_type: 'instance',
        resource_id: 'i1',
      },
    ]);
  });

  it('need no request', async () => {
    await denied.record({ ...badKey, actor: 'somebody', credential: 'key-2' });
    expect(await rows()).toMatchObject([{ actor: 'somebody', address: null }]);
  });

  it('of one kind are two rows a minute, the second with their number', async () => {
    for (let n = 0; n < 30; n += 1) await from('192.0.2.1');
    expect(await rows()).toHaveLength(1);
    await minuteLater();
    const further = {
      reason: 'unauthenticated',
      count: 29,
      further: true,
      minute: expect.any(String),
      last_at: expect.any(String),
    };
    expect((await rows()).map(({ after }) => after)).toEqual([{ reason: 'unauthenticated', count: 1 }, further]);
    await denied.close();
    expect(await rows()).toHaveLength(2);
    await from('192.0.2.1');
    expect(await rows()).toHaveLength(3);
  });

  it('a thousand at once cost a few calls, and every one is counted', async () => {
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => from(`192.0.2.${n % 4}`)));
    expect(breakable.calls.length).toBeLessThanOrEqual(3);
    await minuteLater();
    const counted = await rows();
    const counts = counted.map(({ after }) => Number(Object(after).count));
    expect(counts.reduce((sum, count) => sum + count)).toBe(1_000);
    expect(new Set(counted.map(({ address }) => address)).size).toBe(4);
    expect(counted.length).toBeLessThanOrEqual(8);
  });

  it('from ever new addresses, one after the other, are a bounded number of rows a minute', async () => {
    for (let n = 0; n < 130; n += 1) await from(`198.51.100.${n}`);
    await minuteLater();
    const told = await rows();
    // 50 kinds that are told apart, and one row each for the first and the further ones of all others.
    expect(told).toHaveLength(52);
    expect(
      told.slice(-2).map(({ actor, address, action, after }) => [actor, address, action, Object(after).count]),
    ).toEqual([
      ['many', null, 'denied.various', 1],
      ['many', null, 'denied.various', 79],
    ]);
  });

  it('from ever new addresses, all at once, are too', async () => {
    await Promise.all(Array.from({ length: 600 }, (_, n) => from(`10.0.${n % 250}.${Math.floor(n / 250)}`)));
    await minuteLater();
    const told = await rows();
    expect(told.length).toBeLessThanOrEqual(53);
    expect(told.map(({ after }) => Number(Object(after).count)).reduce((sum, count) => sum + count)).toBe(600);
  });

  it('of strangers do not crowd out those of a key, nor those of one tenant those of another', async () => {
    for (let n = 0; n < 60; n += 1) await from(`198.51.100.${n}`);
    const [tenantId, other] = [newId(), newId()];
    for (let n = 0; n < 60; n += 1) {
      await from('192.0.2.8', { action: `a${n}`, reason: 'forbidden', tenantId: other }, { actor: 'user-2' });
    }
    await from('192.0.2.9', { action: 'getTenant', reason: 'forbidden', tenantId }, { actor: 'user-1' });
    expect((await rows()).at(-1)).toMatchObject({ actor: 'user-1', address: '192.0.2.9' });
    expect((await store.page({ tenant_id: other }, 999, undefined))[0]).toMatchObject({ actor: 'many' });
  });

  it('from one network of IPv6 are of one kind', async () => {
    await from('2001:db8:0:1::1');
    await from('2001:db8:0:1:ffff::2');
    await from('2001:db8:0:2::1');
    expect((await rows()).map(({ address }) => address)).toEqual(['2001:db8:0:1::1', '2001:db8:0:2::1']);
  });

  it('are refused all the same while the database is away, or does not answer', async () => {
    breakable.fault = 'away';
    await from('192.0.2.1');
    breakable.fault = 'silent';
    await from('192.0.2.1');
    breakable.fault = 'none';
    await from('192.0.2.1');
    expect(await rows()).toMatchObject([{ after: { count: 1 } }]);
  });

  it('of eight recorders at once, in many chains, wait for nobody for ever and break no chain', async () => {
    const tenants = [null, newId(), newId(), newId()];
    const recorders = Array.from({ length: 8 }, () => new DeniedAttempts(new AuditUpkeepStore(test.database)));
    await Promise.all(
      recorders.map(async (recorder, at) => {
        for (let round = 0; round < 12; round += 1) {
          const attempts = tenants.map((tenantId, n) => ({
            action: `a${(n + at + round) % 5}`,
            reason: 'forbidden',
            actor: `u${n}`,
            tenantId,
          }));
          await Promise.all(attempts.map((attempt) => recorder.record(attempt)));
          if (round % 4 === 3) await recorder.close();
        }
      }),
    );
    await minuteLater();
    expect((await rows()).map(({ after }) => Number(Object(after).count)).reduce((sum, count) => sum + count)).toBe(
      8 * 12 * 4,
    );
    expect(await new TestTrail(test).verify()).toMatchObject({ faults: [] });
  });
});
