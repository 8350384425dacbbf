import { newId } from '../../../src/platform/ids.js';
import type { Seen } from '../../../src/provisioner/drift/drift.store.js';
import type { DriftFinding } from '../../../src/provisioner/instances/instance.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';

const observed = { revision: 1, ready_replicas: 2, replicas: 2, conditions: [] };
const finding: DriftFinding = {
  kind: 'Deployment',
  name: 'web',
  namespace: 't-acme-main',
  path: '/spec/replicas',
  expected: 2,
  actual: 0,
  reason: 'replicas_changed',
  changed_by: 'kubectl-scale at 2026-01-01T00:00:00Z',
  detected_at: '2026-01-01T00:00:00.000Z',
};
const well: Seen = { status: 'running', status_reason: null, observed, drift_state: 'none', drift_findings: [] };
const drifted: Seen = {
  ...well,
  status: 'degraded',
  status_reason: 'replicas_changed',
  drift_state: 'drifted',
  drift_findings: [finding],
};

describe('writing down what was seen of an instance', () => {
  let test: TestDatabase;
  let world: Provisioning;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  it('tells of a change, in the row, the trail and the outbox', async () => {
    const row = await world.insert({ status: 'running' });
    const traces = await world.tracesOf(async () => {
      expect(await world.drift.observe(row, drifted)).toBe('changed');
    });
    expect(traces).toEqual({ audit: ['instance.observe'], outbox: ['instance.observed'] });
    expect(await world.row(row.id)).toMatchObject({
      status: 'degraded',
      status_reason: 'replicas_changed',
      observed,
      drift_state: 'drifted',
      drift_findings: [finding],
      drift_checked_at: expect.any(String),
      synced_at: expect.any(String),
      row_version: row.row_version + 1,
    });
    expect(await test.sql('select payload from public.outbox order by id desc limit 1')).toEqual([
      { payload: { old_status: 'running', status: 'degraded', reason: 'replicas_changed', findings: [finding] } },
    ]);
    const before = { status: 'running', status_reason: null, observed: {}, drift_state: 'unknown', drift_findings: [] };
    expect(await test.sql('select actor, before, after from public.audit_log order by id desc limit 1')).toEqual([
      { actor: 'system', before, after: drifted },
    ]);
  });

  it('of what is as it was tells nobody, and leaves the etag', async () => {
    const { id } = await world.insert({ status: 'running' });
    await world.drift.observe(await world.row(id), well);
    const before = await world.row(id);
    const traces = await world.tracesOf(async () => {
      expect(await world.drift.observe(before, { ...well, observed: { ...observed, ready_replicas: 1 } })).toBe(
        'recorded',
      );
    });
    expect(traces).toEqual({ audit: [], outbox: [] });
    const after = await world.row(id);
    expect(after.row_version).toBe(before.row_version);
    expect(after.observed.ready_replicas).toBe(1);
    expect(after.synced_at).not.toBe(before.synced_at);
  });

  it('is refused while an operation is at work, queued or running', async () => {
    const { id } = await world.running();
    const operation = await world.acted(id, 'repair');
    const row = await world.row(id);
    const before = await world.everything();
    expect(await world.drift.observe(row, drifted)).toBe('busy');
    expect(await world.everything()).toEqual(before);
    await world.begin(operation.id);
    expect(await world.drift.observe(row, drifted)).toBe('busy');
  });

  it('is refused when the row was changed since it was read', async () => {
    const row = await world.running();
    await world.finish(await world.begin((await world.acted(row.id, 'stop')).id), 'stopped');
    const before = await world.everything();
    expect(await world.drift.observe(row, drifted)).toBe('stale');
    expect(await world.everything()).toEqual(before);
  });

  it('is refused when the table of states forbids it', async () => {
    const row = await world.insert({ status: 'deprovisioned', desired_state: 'absent', applied: null });
    const before = await world.everything();
    expect(await world.drift.observe(row, well)).toBe('illegal_state');
    expect(await world.everything()).toEqual(before);
  });

  it('of nothing finds nothing', async () => {
    const row = await world.insert({ status: 'running' });
    expect(await world.drift.observe({ ...row, id: newId() }, well)).toBe('not_found');
  });

  it('of something that is gone reports the orphan and does not revive it', async () => {
    const row = await world.insert({ status: 'deprovisioned', desired_state: 'absent', applied: null });
    expect(await world.drift.observe(row, { ...drifted, status: 'deprovisioned' })).toBe('changed');
    expect(await world.row(row.id)).toMatchObject({
      status: 'deprovisioned',
      desired_state: 'absent',
      drift_state: 'drifted',
    });
  });

  it('says since when it is ready', async () => {
    const { id } = await world.insert({ status: 'error' });
    await world.drift.observe(await world.row(id), well);
    const { ready_at: since } = await world.row(id);
    expect(since).not.toBeNull();
    await world.drift.observe(await world.row(id), { ...well, drift_state: 'drifted', drift_findings: [finding] });
    expect((await world.row(id)).ready_at).toBe(since);
  });

  it('without drift starts to count repairs anew', async () => {
    const { id } = await world.insert({ status: 'running' });
    await test.sql('update public.instances set repair_attempts = 4 where id = $1', [id]);
    await world.drift.observe(await world.row(id), drifted);
    expect((await world.row(id)).repair_attempts).toBe(4);
    await world.drift.observe(await world.row(id), well);
    expect((await world.row(id)).repair_attempts).toBe(0);
  });

  it('by many at once writes once', async () => {
    const row = await world.insert({ status: 'running' });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => world.drift.observe(row, drifted)));
    expect(outcomes.sort()).toEqual(['changed', ...Array(9).fill('stale')]);
  });

  it('of many at once says only that they were seen', async () => {
    const rows = [await world.insert({ status: 'running' }), await world.insert({ status: 'stopped' })];
    const other = await world.insert({ status: 'running' });
    const traces = await world.tracesOf(() => world.drift.unchanged(rows.map(({ id }) => id)));
    expect(traces).toEqual({ audit: [], outbox: [] });
    for (const row of rows) {
      const { synced_at: synced, drift_checked_at: checked, ...rest } = await world.row(row.id);
      expect([synced, checked]).toEqual([expect.any(String), synced]);
      expect(rest).toEqual({ ...rest, row_version: row.row_version, updated_at: row.updated_at, status: row.status });
    }
    expect((await world.row(other.id)).synced_at).toBeNull();
  });

  it('of many leaves out those that somebody changes at that moment, and waits for nobody', async () => {
    const { id } = await world.insert({ status: 'running' });
    const holding = test.sql('begin; select 1 from public.instances for update; select pg_sleep(0.3); commit');
    await Promise.race([holding, new Promise((resolve) => setTimeout(resolve, 50))]);
    await world.drift.unchanged([id]);
    expect((await world.row(id)).synced_at).toBeNull();
    await holding;
  });
});
