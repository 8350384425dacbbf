import { row } from '../drift/testing/live-state.js';
import { instance, nothingObserved } from './instance.js';
import { instanceRow, toInstance } from './instance-row.js';

describe('an instance as the API shows it', () => {
  it('has every member of the contract and no other', () => {
    const shown = toInstance(row({ id: '01900000-0000-7000-8000-000000000001', row_version: 7 }));
    expect(Object.keys(shown).sort()).toEqual(Object.keys(instance.shape).sort());
    expect(shown).toMatchObject({ etag: 'v7', drift: { state: 'none', findings: [] } });
    expect(instance.parse(shown)).toEqual(shown);
  });

  it('hides where its cluster is, what was applied and what repairs it had', () => {
    const text = JSON.stringify(
      toInstance(row({ cluster: 'hidden', repair_attempts: 4711, stopped_replicas: { x: 4712 } })),
    );
    for (const hidden of ['hidden', '4711', '4712', 'web:1']) expect(text).not.toContain(hidden);
  });

  it('was seen to hold nothing when it was never looked at', () => {
    const parsed = instanceRow.parse({ ...row(), observed: {} });
    expect(parsed.observed).toEqual(nothingObserved);
    expect(instanceRow.safeParse({ ...row(), observed: { revision: 'x' } }).success).toBe(false);
  });

  it('has its times in UTC, however the database spells them', () => {
    expect(instanceRow.parse({ ...row(), created_at: '2026-01-01 01:00:00+01' }).created_at).toBe(
      '2026-01-01T00:00:00.000Z',
    );
  });
});
