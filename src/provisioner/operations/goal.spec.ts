import { goalOf } from './goal.js';
import type { Goal } from './next-action.js';
import type { WorkOrder } from './work-order.js';
import { order } from './testing/order.js';
import { thisOperation } from './testing/observations.js';

const operationId = thisOperation;
const up = { operationId, desired: 'running' } as const;
const stopped = { desired_state: 'stopped' } as const;

describe('the goal of an operation', () => {
  it.each<[string, WorkOrder, Goal]>([
    ['create', order({ operation: { kind: 'create' } }), { kind: 'converge', ...up, rollBack: false }],
    ['upgrade', order({ operation: { kind: 'upgrade' } }), { kind: 'converge', ...up, rollBack: true }],
    [
      'upgrade of a stopped instance',
      order({ operation: { kind: 'upgrade' }, instance: stopped }),
      { kind: 'converge', operationId, desired: 'stopped', rollBack: true },
    ],
    ['rollback', order({ operation: { kind: 'rollback' } }), { kind: 'converge', ...up, rollBack: true }],
    ['repair', order({ operation: { kind: 'repair' } }), { kind: 'converge', ...up, rollBack: false }],
    [
      'repair of a stopped instance',
      order({ operation: { kind: 'repair' }, instance: stopped }),
      { kind: 'converge', operationId, desired: 'stopped', rollBack: false },
    ],
    ['stop', order({ operation: { kind: 'stop' }, instance: stopped }), { kind: 'stop' }],
    ['start', order({ operation: { kind: 'start' } }), { kind: 'start', operationId }],
    ['restart', order({ operation: { kind: 'restart' } }), { kind: 'restart', operationId }],
    ['uninstall', order({ operation: { kind: 'uninstall' } }), { kind: 'uninstall', retainData: false }],
    [
      'uninstall under a blueprint that retains volumes',
      order({ operation: { kind: 'uninstall' }, volumes: 'retain' }),
      { kind: 'uninstall', retainData: true },
    ],
    [
      'uninstall that asks to retain, whatever the blueprint says',
      order({ operation: { kind: 'uninstall', params: { retain_data: true } } }),
      { kind: 'uninstall', retainData: true },
    ],
    [
      'uninstall that asks to delete, whatever the blueprint says',
      order({ operation: { kind: 'uninstall', params: { retain_data: false } }, volumes: 'retain' }),
      { kind: 'uninstall', retainData: false },
    ],
  ])('%s', (_what, workOrder, goal) => {
    expect(goalOf(workOrder)).toEqual(goal);
  });
});
