import { AdminStore } from '../../../src/admin/admin.store.js';
import type { DriftScan } from '../../../src/provisioner/drift/drift.store.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';

const scan = (total: number): Omit<DriftScan, 'scanned_at'> => ({
  total,
  synced: total,
  errors: 0,
  updates: [],
  orphans: [],
});

describe('the fleet in the database', () => {
  let test: TestDatabase;
  let world: Provisioning;

  beforeEach(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterEach(() => test.drop());

  it('is walked through page by page, those that were uninstalled too, of one cluster only', async () => {
    const rows = [
      await world.insert({ status: 'running' }),
      await world.insert({ status: 'deprovisioned', desired_state: 'absent', applied: null }),
      await world.insert({ status: 'error' }),
    ];
    const elsewhere = await world.insert({ status: 'running' });
    await test.sql("update public.instances set cluster = 'other' where id = $1", [elsewhere.id]);
    const first = await world.drift.page('test', 2, undefined);
    const second = await world.drift.page('test', 2, first.at(-1)?.id);
    expect([...first, ...second].map(({ id }) => id)).toEqual(rows.map(({ id }) => id).sort());
    expect(await world.drift.page('other', 2, undefined)).toMatchObject([{ id: elsewhere.id }]);
  });

  it('is known by its namespaces, of those that live', async () => {
    const { id, namespace } = await world.insert({ status: 'running' });
    expect(await world.drift.findByNamespace('test', namespace)).toMatchObject({ id });
    expect(await world.drift.findByNamespace('other', namespace)).toBeUndefined();
    await world.finish(await world.begin((await world.acted(id, 'uninstall')).id), 'deprovisioned');
    expect(await world.drift.findByNamespace('test', namespace)).toBeUndefined();
  });

  it('keeps the newest hundred scans, and tells the newest', async () => {
    expect(await world.drift.newestScan()).toBeUndefined();
    for (let total = 1; total <= 103; total += 1) await world.drift.recordScan(scan(total));
    expect(await world.drift.newestScan()).toEqual({ ...scan(103), scanned_at: expect.stringMatching(/Z$/) });
    expect(await test.sql('select count(*)::integer as n from public.drift_scans')).toEqual([{ n: 100 }]);
  });

  it('is counted for the admin status', async () => {
    const admin = new AdminStore(test.database);
    const nothing = { instances: {}, operations: {}, drift: {}, queue: { depth: 0, oldest_seconds: 0 } };
    expect(await admin.counts()).toEqual(nothing);
    await world.running();
    await world.insert({ status: 'deprovisioned', desired_state: 'absent', applied: null });
    const { operation } = await world.accepted();
    await test.sql("update public.tasks set created_at = now() - interval '90 s' where id = $1", [operation.id]);
    const counts = await admin.counts();
    expect(counts).toEqual({
      instances: { running: 1, deprovisioned: 1, provisioning: 1 },
      operations: { succeeded: 1, queued: 1 },
      drift: { unknown: 2 },
      queue: { depth: 1, oldest_seconds: expect.any(Number) },
    });
    expect(Math.floor(counts.queue.oldest_seconds)).toBe(90);
  });
});
