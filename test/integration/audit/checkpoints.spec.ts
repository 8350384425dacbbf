import { Logger } from '@nestjs/common';
import { z } from 'zod';
import { AuditKeysController } from '../../../src/audit/audit-keys.controller.js';
import { AuditStore } from '../../../src/audit/audit.store.js';
import { bySystem } from '../../../src/audit/change-context.js';
import { checkpointHash, checkpointText } from '../../../src/audit/checkpoint.js';
import { isSignedBy, publicJwk } from '../../../src/audit/signing-key.js';
import { newId } from '../../../src/platform/ids.js';
import { TestTrail } from '../../setup/audit.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';

const keySet = z.object({ keys: z.array(publicJwk) });

beforeAll(() => Logger.overrideLogger(false));

describe('checkpoints', () => {
  let test: TestDatabase;
  let trail: TestTrail;
  let store: AuditStore;
  const tenantId = newId();

  beforeEach(async () => {
    test = await createTestDatabase();
    trail = new TestTrail(test);
    store = new AuditStore(test.database);
  });
  afterEach(() => test.drop());

  it('sign the heads of the chains that moved, and link to one another', async () => {
    await trail.write({ action: 'tenant.create', tenantId });
    expect(await trail.sign()).toBe(1);
    await trail.write({ action: 'tenant.change', tenantId });
    await trail.write({ action: 'tenant.change', tenantId });
    expect(await trail.sign()).toBe(1);
    const [first, second] = await store.checkpoints(0, 9, 10);
    const key = { key_id: trail.config.signingKey.id };
    // The first one also signs that the key was registered.
    expect(first).toMatchObject({
      number: 1,
      prev_hash: '0'.repeat(64),
      ...key,
      heads: [
        { chain: tenantId, seq: 1 },
        { chain: 'global', seq: 1 },
      ],
    });
    expect(second).toMatchObject({ number: 2, prev_hash: first?.hash, ...key, heads: [{ chain: tenantId, seq: 3 }] });
    for (const made of [first, second]) {
      if (made === undefined) throw new Error('no checkpoint');
      expect(made.hash).toBe(checkpointHash(made));
      expect(isSignedBy(trail.config.signingKey.publicKey, checkpointText(made), made.signature)).toBe(true);
    }
  });

  it('are told in the trail, and do not sign for ever what they themselves write', async () => {
    await trail.write({ action: 'tenant.create', tenantId });
    expect([await trail.sign(), await trail.sign(), await trail.sign()]).toEqual([1, 0, 0]);
    const told = await store.page({ action: 'audit.' }, 9, undefined);
    expect(told.map(({ action, actor }) => [action, actor])).toEqual([
      ['audit.checkpoint', 'system'],
      ['audit.key', 'system'],
    ]);
    expect(await trail.verify()).toMatchObject({ faults: [], checkpoints: 1 });
  });

  it('sign a chain that moved while they were made the next time', async () => {
    await trail.write({ action: 'tenant.create', tenantId });
    const draft = await trail.upkeep.draftCheckpoint(10);
    if (draft.outcome !== 'draft') throw new Error(draft.outcome);
    await trail.write({ action: 'tenant.change', tenantId });
    await trail.upkeep.registerKey(trail.config.signingKey.id, trail.config.signingKey.publicKey, bySystem);
    const signed = {
      number: draft.number,
      prev_hash: draft.prev_hash,
      heads: draft.heads,
      at: 'now',
      key_id: trail.config.signingKey.id,
    };
    const whole = { ...signed, signature: trail.config.signingKey.sign(checkpointText(signed)) };
    expect(await trail.upkeep.appendCheckpoint(whole, bySystem)).toEqual({
      outcome: 'appended',
      hash: checkpointHash(signed),
    });
    expect(await trail.upkeep.appendCheckpoint(whole, bySystem)).toEqual({ outcome: 'stale' });
    await trail.sign();
    expect((await store.checkpoints(1, 9, 10))[0]?.heads).toMatchObject([
      { chain: tenantId, seq: 2 },
      { chain: 'global' },
    ]);
    expect(await trail.verify()).toMatchObject({ faults: [], checkpoints: 2 });
  });

  it('are refused over a head that no row has', async () => {
    await trail.sign();
    const { id } = trail.config.signingKey;
    const heads = [{ chain: 'global', seq: 1, hash: 'ab'.repeat(32) }];
    const [last] = await store.checkpoints(0, 1, 1);
    const forged = { number: 2, prev_hash: last?.hash ?? '', at: 'now', key_id: id, heads, signature: 'x' };
    await expect(trail.upkeep.appendCheckpoint(forged, bySystem)).rejects.toMatchObject({
      code: 'PT409',
      hint: 'head_unknown',
    });
    expect(await trail.verify()).toMatchObject({ faults: [], checkpoints: 1 });
  });

  it('are made once when many replicas make them at once', async () => {
    await trail.sign();
    await trail.write({ action: 'tenant.create', tenantId });
    const made = await Promise.all(Array.from({ length: 6 }, () => trail.sign()));
    expect(made.reduce((sum, count) => sum + count)).toBe(1);
    expect(await trail.verify()).toMatchObject({ faults: [], checkpoints: 2 });
  });

  it('of many chains are several, none of them large', async () => {
    await test.sql(
      `select public.append_audit('{"actor": "a"}', 'tenant.create', 'tenant', 't', gen_random_uuid(), null, null) from generate_series(1, 1200)`,
    );
    expect(await trail.sign()).toBe(3);
    expect((await store.checkpoints(0, 9, 10)).map(({ heads }) => heads.length)).toEqual([500, 500, 201]);
    expect(await trail.verify()).toMatchObject({ faults: [], chains: 1_201 });
  });

  it('stay good after a change of the key, and the old key stays known', async () => {
    await trail.write({ action: 'tenant.create', tenantId });
    await trail.sign();
    const next = new TestTrail(test);
    await next.write({ action: 'tenant.change', tenantId });
    await next.sign();
    const keys = [trail.config.signingKey.id, next.config.signingKey.id];
    expect((await store.signingKeys()).map(({ key_id }) => key_id)).toEqual(keys);
    expect(await trail.verify({ trustedKeys: new Set(keys) })).toMatchObject({ faults: [], checkpoints: 2 });
    const { faults } = await trail.verify({ trustedKeys: new Set([keys[0] ?? '']) });
    expect(faults).toEqual([`checkpoint 2 is signed with a key that is not trusted: ${keys[1]}`]);
  });

  it('are verified with keys that are shown before the first one is made, and after a change of the key', async () => {
    const shown = async ({ config }: TestTrail): Promise<string[]> =>
      keySet.parse(await new AuditKeysController(store, config).list()).keys.map(({ kid }) => kid);
    const [first, next] = [trail, new TestTrail(test)];
    expect(await shown(first)).toEqual([first.config.signingKey.id]);
    await first.sign();
    expect(await shown(first)).toEqual([first.config.signingKey.id]);
    expect(await shown(next)).toEqual([first.config.signingKey.id, next.config.signingKey.id]);
  });

  it('of an export are those that its chains tell of, while the trail grows under it', async () => {
    for (let n = 0; n < 450; n += 1) await trail.write({ action: 'tenant.change', tenantId });
    await trail.sign();
    const lines = await trail.linesWhile(async () => {
      await trail.write({ action: 'tenant.change', tenantId });
      await trail.write({ action: 'blueprint.publish' });
      await trail.sign();
    });
    expect(await trail.verifyLines(lines)).toMatchObject({ faults: [], checkpoints: 1 });
    expect((await trail.verify()).checkpoints).toBeGreaterThan(2);
  });

  it('of one chain alone are verified with it, without the others', async () => {
    await trail.write({ action: 'tenant.create', tenantId });
    await trail.write({ action: 'tenant.create', tenantId: newId() });
    await trail.sign();
    expect(await trail.verify({}, tenantId)).toMatchObject({ faults: [], chains: 1, entries: 1, checkpoints: 1 });
    expect(await trail.verify({}, newId())).toMatchObject({ faults: [], chains: 1, entries: 0 });
  });
});
