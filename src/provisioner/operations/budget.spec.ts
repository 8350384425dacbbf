import { countsFrom } from './budget.js';
import type { OperationStep } from './operation.js';
import { order } from './testing/order.js';

const began = '2026-01-01T00:00:00.000Z';
const after = (seconds: number): Date => new Date(Date.parse(began) + seconds * 1_000);

function step(name: string, seconds: number): OperationStep {
  return { name, status: 'failed', started_at: after(seconds).toISOString(), finished_at: null, message: null };
}

describe('the time of an operation', () => {
  it.each<[string, OperationStep[], number, number]>([
    ['counts from its beginning', [], 0, 0],
    ['counts from its beginning when a worker takes it up again soon', [step('install_release', 1)], 30, 0],
    [
      'leaves the wait of 180 of 600 seconds to who takes it up after an outage',
      [step('install_release', 1)],
      3_600,
      3_180,
    ],
    ['counts from when it began to go back', [step('install_release', 1), step('roll_back_release', 90)], 100, 90],
    ['counts from when it began to go back without a rollback', [step('restore_namespace', 90)], 100, 90],
    [
      'counts from the first of several ways back',
      [step('roll_back_release', 90), step('roll_back_release', 120)],
      130,
      90,
    ],
    ['leaves the same wait on the way back', [step('roll_back_release', 90)], 3_600, 3_180],
  ])('%s', (_what, steps, now, from) => {
    expect(countsFrom(order({ operation: { started_at: began, steps } }), after(now))).toBe(after(from).getTime());
  });

  it('counts from its creation as long as it has not begun', () => {
    const waiting = order({ operation: { started_at: null, created_at: began } });
    expect(countsFrom(waiting, after(1))).toBe(after(0).getTime());
  });
});
